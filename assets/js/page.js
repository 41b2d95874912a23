// Small things of every page: dialogs, theme, what gets the focus, and logs that
// stay at their end. One listener per concern, on the document: swapped-in
// content needs no set-up.
{
  const $ = (selector, root = document) => root.querySelector(selector);

  const setTheme = (theme) => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try { localStorage.setItem('theme', theme); } catch {}
  };

  const openDialog = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return Boolean(dialog);
    for (const menu of document.querySelectorAll(':popover-open')) menu.hidePopover();
    dialog.showModal();
    $('input:not([type=hidden]):not([type=checkbox])', dialog)?.select();
    return true;
  };

  // Where the browser lends no clipboard (plain http), the text is selected.
  const copy = async (button) => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { return; }
    button.textContent = button.dataset.done;
    const said = button.parentElement.querySelector('[role=status]');
    if (said) said.textContent = button.dataset.done;
  };

  document.addEventListener('click', (e) => {
    const opener = e.target.closest('[data-open]');
    if (opener && !e.ctrlKey && !e.metaKey && openDialog(opener.dataset.open)) return e.preventDefault();
    const closer = e.target.closest('[data-close]');
    if (closer) return closer.closest('dialog')?.close();
    const copier = e.target.closest('[data-copy]');
    if (copier) copy(copier);
    const theme = e.target.closest('[data-theme-set]');
    if (theme) {
      setTheme(theme.dataset.themeSet);
      theme.closest('[popover]')?.hidePopover();
    }
    if (e.target instanceof HTMLDialogElement) e.target.close(); // a click beside it
  });

  // What was refused is read first: the list of problems takes the focus, once.
  const focusSummary = () => {
    const summary = $('.error-summary:not([data-seen])');
    if (!summary) return;
    summary.dataset.seen = '';
    summary.focus();
    const mark = $('meta[name=error-word]')?.content;
    if (mark && !document.title.startsWith(mark)) document.title = `${mark} ${document.title}`;
  };

  // A log follows what is new while its reader stands at the end.
  const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  let follow = true;
  const toEnd = () => {
    const log = $('.log');
    if (log && follow) log.scrollTop = log.scrollHeight;
  };
  document.addEventListener('htmx:before:swap', () => {
    const log = $('.log');
    follow = !log || atEnd(log) || document.activeElement?.closest('.composer') !== null;
  });
  document.addEventListener('htmx:after:swap', () => {
    toEnd();
    focusSummary();
    const asks = $('[data-asks]:not([data-seen])'); // a question that took the place of the page, or of a part
    if (asks) {
      asks.dataset.seen = '';
      $('input:not([type=hidden]):not([readonly]), textarea, select', asks)?.focus();
    }
    const back = $('[data-focus]:not([data-seen])'); // a part that was saved, or left as it was
    if (!back) return;
    back.dataset.seen = '';
    if (!document.activeElement || document.activeElement === document.body) back.focus();
  });

  // One box chooses every row of its list; it is there only where it can.
  const showPicks = () => { for (const box of document.querySelectorAll('[data-pick-all][hidden]')) box.hidden = false; };
  document.addEventListener('htmx:after:swap', showPicks);
  document.addEventListener('change', (e) => {
    const all = e.target.closest?.('[data-pick-all]');
    if (!all) return;
    for (const box of all.closest('form').querySelectorAll('tbody [name=id]')) box.checked = all.checked;
  });
  showPicks();

  // Escape leaves a part of a page as it was.
  document.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape' || e.isComposing) return;
    const cancel = e.target.closest?.('[data-escape]')?.querySelector('[data-cancel]');
    if (!cancel) return;
    e.preventDefault();
    cancel.click();
  });

  for (const busy of ['htmx:before:request', 'htmx:finally:request']) {
    document.addEventListener(busy, (e) => {
      const form = e.detail?.ctx?.sourceElement?.closest?.('form');
      const button = form && $('button[type=submit], button:not([type])', form);
      button?.toggleAttribute('aria-busy', false);
      if (button && busy === 'htmx:before:request') button.setAttribute('aria-busy', 'true');
    });
  }

  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    for (const kbd of document.querySelectorAll('[data-mod]')) kbd.textContent = `⌘${kbd.dataset.mod}`;
  }
  // What a sign-in says of the place where it happens.
  for (const field of document.querySelectorAll('[data-zone]')) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
  $('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  focusSummary();
  toEnd();
  window.stead = { openDialog };
}
