// The grid of lines: Enter goes on to the next row and makes it where there is
// none, products are offered under what is typed, and what all comes to is asked
// of the server while it is typed. Without this, buttons do the same.
{
  const grid = (el) => el?.closest?.('[data-lines]');
  const offers = () => document.getElementById('product-offers');
  const told = (form) => form.querySelector('#line-totals')?.dispatchEvent(new Event('lines-typed'));
  const rowsOf = (form) => [...form.querySelectorAll('tbody > tr')];
  let box = null, asked = 0, waits = 0;

  const close = () => {
    const list = offers();
    if (list) { list.hidden = true; list.replaceChildren(); list.removeAttribute('style'); }
    box?.removeAttribute('aria-activedescendant');
    box?.setAttribute('aria-expanded', 'false');
    box = null;
  };
  const options = () => [...(offers()?.querySelectorAll('[role=option]') || [])];
  const chosen = () => options().find((o) => o.getAttribute('aria-selected') === 'true');
  const choose = (option) => {
    for (const o of options()) o.setAttribute('aria-selected', String(o === option));
    box.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };

  // The list stands under its cell, over whatever the table cuts off.
  const show = (input) => {
    const list = offers(), at = input.getBoundingClientRect();
    list.hidden = false;
    list.style.insetInlineStart = 'auto';
    list.style.left = `${at.left}px`;
    list.style.top = `${at.bottom + 4}px`;
    list.style.minWidth = `${Math.min(at.width, 320)}px`;
    input.removeAttribute('list');
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-controls', list.id);
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'true');
  };

  const find = async (input) => {
    const turn = ++asked, typed = input.value.trim(), form = grid(input);
    if (typed === '') return close();
    let text = '';
    try {
      const body = new URLSearchParams({ q: typed, currency: form.elements.currency.value });
      const answer = await fetch('/products/find', { method: 'POST', body, headers: { 'HX-Request-Type': 'partial' } });
      if (!answer.ok) return;
      text = await answer.text();
    } catch { return; }
    if (turn !== asked || document.activeElement !== input) return;
    const found = new DOMParser().parseFromString(text, 'text/html').querySelectorAll('[role=option]');
    if (found.length === 0) return close();
    box = input;
    offers().replaceChildren(...found);
    show(input);
  };

  const put = (option) => {
    const input = box, row = input.closest('tr'), form = grid(input);
    const cell = (name) => row.querySelector(`[name=${name}]`);
    const d = option.dataset;
    input.value = d.name;
    cell('product').value = d.product;
    cell('unit').value = d.unit;
    cell('tax').value = d.tax;
    if (d.price !== '') cell('price').value = d.price;
    close();
    cell('quantity').focus();
    told(form);
  };

  const blank = (row) => [...row.querySelectorAll('input:not([type=hidden])')].every((i) => i.value.trim() === '');

  // A new row is the server's, with its number put in.
  const add = (form) => {
    const n = rowsOf(form).length;
    const row = form.querySelector('template[data-row]').content.cloneNode(true).firstElementChild;
    for (const el of [row, ...row.querySelectorAll('*')]) {
      for (const a of el.attributes) {
        if (['id', 'value'].includes(a.name) && a.value.endsWith('-new')) a.value = a.value.replace(/-new$/, `-${n}`);
        if (a.name === 'aria-label') a.value = a.value.replace(/0(?!.*0)/, n + 1);
      }
      if (el.classList.contains('vh')) el.textContent = el.textContent.replace('0', n + 1);
    }
    form.querySelector(`#down-${n - 1}`)?.removeAttribute('disabled');
    form.querySelector('tbody').append(row);
    return form.querySelector(`#item-${n}`);
  };

  document.addEventListener('input', (e) => {
    const form = grid(e.target);
    if (!form) return;
    if (e.target.matches('[data-find-product]')) {
      e.target.closest('tr').querySelector('[name=product]').value = '';
      clearTimeout(waits);
      waits = setTimeout(find, 120, e.target);
    }
    told(form);
  });

  document.addEventListener('keydown', (e) => {
    const form = grid(e.target);
    if (!form || !e.target.matches('td input') || e.isComposing) return;
    const open = box === e.target && !offers().hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && open) {
      const list = options(), at = list.indexOf(chosen());
      choose(list[at < 0 ? (step > 0 ? 0 : list.length - 1) : (at + step + list.length) % list.length]);
    } else if (e.key === 'Escape' && open) close();
    else if (e.key === 'Enter' && open && chosen()) put(chosen());
    else if (e.key === 'Enter' && !e.ctrlKey && !e.metaKey) {
      const row = e.target.closest('tr'), next = row.nextElementSibling;
      close();
      if (next) next.querySelector('[name=item]').focus();
      else if (blank(row)) { // once the key is up, which would press the button else
        document.addEventListener('keyup', () => form.querySelector('button[value=save]').focus(), { once: true });
      }
      else add(form).focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }, true);

  // What Enter does stands above; a form's own answer to it is for who has no scripts.
  document.addEventListener('submit', (e) => {
    if (!e.submitter?.matches('[data-lines] [data-default]')) return;
    e.preventDefault();
    e.stopPropagation();
  }, true);
  document.addEventListener('click', (e) => {
    const more = e.target.closest?.('[data-lines] [data-add]');
    if (!more) return;
    e.preventDefault();
    add(grid(more)).focus();
  }, true);
  document.addEventListener('mousedown', (e) => { // before the box loses the focus
    const option = e.target.closest?.('#product-offers [role=option]');
    if (!option || !box) return;
    e.preventDefault();
    put(option);
  });
  document.addEventListener('focusout', (e) => {
    if (!grid(e.target)) return;
    asked++;
    if (e.target === box) close();
  });
  document.addEventListener('scroll', () => { if (box) close(); }, true);
}
