// Colleagues are offered behind an @ in a box that names their list, and not while
// a text to somebody else is typed in it. Without this a name is typed in full, and
// counts as much.
{
  const fold = (s) => s.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase();
  const listOf = () => document.getElementById('colleague-offers');
  let box = null, from = 0;

  const close = () => {
    const list = box && listOf();
    if (list) { list.hidden = true; list.replaceChildren(); }
    box?.removeAttribute('aria-activedescendant');
    box?.removeAttribute('aria-controls');
    box = null;
  };
  const options = () => [...(box && listOf()?.children || [])];
  const chosen = () => options().find((o) => o.getAttribute('aria-selected') === 'true');
  const choose = (option) => {
    for (const o of options()) o.setAttribute('aria-selected', String(o === option));
    box.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };
  const put = (option) => {
    const into = box;
    into.setRangeText(`@${option.textContent} `, from, into.selectionStart, 'end');
    close();
    into.focus();
  };

  const offer = (area) => {
    if (area.form?.elements.mode?.value === 'reply') return close();
    const before = area.value.slice(0, area.selectionStart);
    const typed = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{M}' -]{0,40})$/u.exec(before);
    const known = [...(document.getElementById(area.dataset.mentions)?.options || [])].map((o) => o.value);
    const part = typed && fold(typed[1]);
    const fits = typed ? known.filter((n) => fold(n).startsWith(part) && fold(n) !== part.trim()).slice(0, 8) : [];
    const list = listOf();
    if (!list || fits.length === 0) return close();
    box = area;
    from = before.length - typed[1].length - 1;
    list.replaceChildren(...fits.map((name, i) => {
      const o = document.createElement('li');
      o.id = `colleague-${i}`;
      o.setAttribute('role', 'option');
      o.textContent = name;
      return o;
    }));
    list.hidden = false;
    area.setAttribute('aria-controls', list.id);
    area.setAttribute('aria-autocomplete', 'list');
    choose(list.firstElementChild);
  };

  document.addEventListener('input', (e) => { if (e.target.matches?.('textarea[data-mentions]')) offer(e.target); });
  document.addEventListener('mousedown', (e) => { // before the box loses the focus
    const option = e.target.closest?.('#colleague-offers [role=option]');
    if (!option || !box) return;
    e.preventDefault();
    put(option);
  });
  document.addEventListener('focusout', (e) => { if (e.target === box) close(); });
  document.addEventListener('keydown', (e) => {
    if (!box || e.target !== box || e.isComposing) return;
    const list = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) choose(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
    else if ((e.key === 'Enter' || e.key === 'Tab') && !e.ctrlKey && !e.metaKey && !e.shiftKey) put(chosen());
    else if (e.key === 'Escape') close();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }, true);
}
