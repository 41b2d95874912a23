// The palette: type to find, arrows to move, Enter to go. Its form is that of the
// page of the search, which Enter opens where no line is chosen; what the server
// finds comes in above the places, which are narrowed here.
{
  const palette = document.getElementById('palette');
  if (palette) {
    const input = palette.querySelector('input[type=search]');
    const hits = palette.querySelector('#palette-hits');
    const options = () => [...palette.querySelectorAll('[role=option]')];
    const shown = () => options().filter((o) => !o.hidden);
    const chosen = () => shown().find((o) => o.getAttribute('aria-selected') === 'true');

    const choose = (option) => {
      if (!option) return;
      for (const o of options()) o.setAttribute('aria-selected', String(o === option));
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    };
    const narrow = () => {
      const typed = input.value.trim().toLowerCase();
      for (const o of options()) {
        if ('find' in o.dataset) {
          o.querySelector('[data-typed]').textContent = input.value.trim();
          o.hidden = typed === '' || hits.querySelector('[data-all]') !== null; // which leads to the same page
        } else if (!('hit' in o.dataset)) o.hidden = typed !== '' && !o.textContent.toLowerCase().includes(typed);
      }
      choose(shown()[0]);
    };

    input.addEventListener('input', narrow);
    document.addEventListener('htmx:after:swap', () => { if (palette.open) narrow(); });
    new MutationObserver(() => { // what was last is there before anything is typed
      if (palette.open) input.form.dispatchEvent(new Event('palette-open'));
    }).observe(palette, { attributeFilter: ['open'] });
    palette.addEventListener('close', () => { input.value = ''; hits.replaceChildren(); narrow(); });
    narrow();
    palette.addEventListener('click', (e) => {
      const option = e.target.closest('[role=option]');
      if (!option) return;
      choose(option);
      go();
    });
    const go = () => {
      const place = chosen()?.dataset.href;
      if (place) location.href = place;
      else if (input.value.trim() !== '') {
        input.form.querySelector('[name=in]').disabled = true;
        input.form.submit();
      }
    };
    // Enter in a field submits its form; a key of its own would go beside that.
    input.form.addEventListener('submit', (e) => { e.preventDefault(); go(); });
    palette.addEventListener('keydown', (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      const list = shown();
      choose(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
    });
  }
}
