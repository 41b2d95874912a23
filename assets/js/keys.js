// The keyboard map. Single letters act only when no field has the focus, and can
// be switched off: that choice and the theme are all that the browser keeps.
{
  const leads = (option) => { // the palette holds the places that are open to this person
    const place = document.querySelector(`#palette ${option}`)?.dataset.href;
    if (place) location.href = place;
    return Boolean(place);
  };
  const rows = 'main .conv, main tbody .who a, main [data-rows] a';
  let waiting = 0; // until when a letter after G counts

  const off = () => { try { return localStorage.getItem('keys') === 'off'; } catch { return false; } };
  const box = document.querySelector('[data-single-keys]');
  if (box) {
    box.checked = !off();
    box.addEventListener('change', () => {
      try { localStorage.setItem('keys', box.checked ? 'on' : 'off'); } catch {}
    });
  }

  const typing = (el) => el.matches?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');
  const step = (by) => {
    const list = [...document.querySelectorAll(rows)].filter((a) => a.offsetParent);
    const at = list.findIndex((a) => a === document.activeElement || a.getAttribute('aria-current') === 'true');
    list[Math.min(Math.max(at + by, 0), list.length - 1)]?.focus();
  };
  const focus = (selector) => {
    const el = document.querySelector(selector);
    el?.focus();
    return Boolean(el);
  };

  const letters = {
    '?': () => window.stead.openDialog('shortcuts'),
    '/': () => focus('main [type=search]') || window.stead.openDialog('palette'),
    c: () => leads('#palette-new'),
    d: () => leads('#palette-deal'),
    j: () => step(1),
    k: () => step(-1),
    r: () => focus('main .composer textarea'),
    e: () => document.querySelector('main [data-key=e]')?.click(),
  };

  document.addEventListener('keydown', (e) => {
    const command = e.metaKey || e.ctrlKey;
    if (command && e.key.toLowerCase() === 'k') {
      e.preventDefault();
      return window.stead.openDialog('palette');
    }
    if (command && e.key === 'Enter' && typing(e.target)) return e.target.form?.requestSubmit();
    if (command && !e.shiftKey && e.key.toLowerCase() === 'z' && !typing(e.target)) return [...document.querySelectorAll('#toasts [data-undo]')].at(-1)?.requestSubmit();
    if (command || e.altKey || e.isComposing || typing(e.target) || off() || document.querySelector('dialog[open]')) return;
    if (Date.now() < waiting) {
      waiting = 0;
      if (/^[a-z]$/.test(e.key) && leads(`[data-letter=${e.key}]`)) return;
    }
    if (e.key === 'g') { waiting = Date.now() + 1500; return; }
    if (!letters[e.key]) return;
    e.preventDefault();
    letters[e.key]();
  });
}
