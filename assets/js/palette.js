// The palette: type to narrow the list, arrows to move, Enter to go. Its form is
// a plain search of the contacts, and so is its first line.
{
  const palette = document.getElementById('palette');
  if (palette) {
    const input = palette.querySelector('input');
    const options = [...palette.querySelectorAll('[role=option]')];
    const chosen = () => options.find((o) => !o.hidden && o.getAttribute('aria-selected') === 'true');
    const shown = () => options.filter((o) => !o.hidden);

    const choose = (option) => {
      if (!option) return;
      for (const o of options) o.setAttribute('aria-selected', String(o === option));
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
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
    palette.addEventListener('click', (e) => {
      const option = e.target.closest('[role=option]');
      if (!option) return;
      choose(option);
      input.form.requestSubmit();
    });
    palette.addEventListener('keydown', (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const list = shown();
      choose(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
    });
    input.form.addEventListener('submit', (e) => { // Enter, or a click on a line
      const place = chosen()?.dataset.href;
      if (!place) return;
      e.preventDefault();
      location.href = place;
    });
  }
}
