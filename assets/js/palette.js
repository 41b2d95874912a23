// The palette: type to narrow the list, arrows to move, Enter to go. Its form is
// a plain search of the contacts, and so is its first line.
{
  const palette = document.getElementById('palette');
  if (palette) {
    const input = palette.querySelector('input');
    const options = [...palette.querySelectorAll('[role=option]')];
    const shown = () => options.filter((o) => !o.hidden);

    const choose = (option) => {
      for (const o of options) o.setAttribute('aria-selected', String(o === option));
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    };
    const go = (option) => {
      if (option.dataset.href) location.href = option.dataset.href;
      else input.form.requestSubmit();
    };
    const narrow = () => {
      const typed = input.value.trim().toLowerCase();
      for (const o of options) {
        if ('find' in o.dataset) o.querySelector('[data-typed]').textContent = input.value.trim();
        else o.hidden = typed !== '' && !o.textContent.toLowerCase().includes(typed);
      }
      choose(typed === '' ? (shown()[1] ?? shown()[0]) : shown()[0]);
    };

    input.addEventListener('input', narrow);
    palette.addEventListener('close', () => { input.value = ''; narrow(); });
    narrow();
    palette.addEventListener('click', (e) => { const o = e.target.closest('[role=option]'); if (o) go(o); });
    palette.addEventListener('keydown', (e) => {
      const list = shown();
      const at = list.findIndex((o) => o.getAttribute('aria-selected') === 'true');
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) { e.preventDefault(); choose(list[(at + step + list.length) % list.length]); }
      if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); go(list[Math.max(at, 0)]); }
    });
  }
}
