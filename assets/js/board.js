// The board: cards are dragged, moved from a menu or by the keyboard. All of it
// posts the form that a deal has anyway, and what the server answers is the
// truth: a card that may not be moved goes back, and why is said. News waits
// until no card is held.
{
  const board = document.getElementById('board');
  const menu = document.getElementById('move-menu');
  const dialog = document.getElementById('move-dialog');
  const said = document.getElementById('board-said');
  let held = 0; // cards that somebody has hold of, or on their way
  let late = false; // news came meanwhile
  let menuFor = null;

  const laneOf = (card) => card.closest('.lane');
  const laneBy = (id) => document.getElementById(`lane-${id}`);
  const nameOf = (lane) => lane.querySelector('h2 bdi').textContent;
  const linkOf = (card) => card.querySelector('.deal-link');
  const say = (text) => { said.textContent = text; };
  const toast = (text) => {
    const shown = document.createElement('div');
    shown.className = 'toast';
    shown.append(Object.assign(document.createElement('span'), { textContent: text }));
    document.getElementById('toasts').append(shown);
  };

  // Lanes that look otherwise than what is here come back, with as many cards.
  const refresh = () => {
    if (held > 0) { late = true; return; }
    late = false;
    const url = new URL(board.dataset.path, location.href);
    for (const lane of board.querySelectorAll('.lane')) {
      url.searchParams.append('have', `${lane.dataset.lane}:${lane.querySelectorAll('[data-deal]').length}:${lane.dataset.print}`);
    }
    const at = document.activeElement?.closest?.('[data-deal]')?.dataset.deal;
    const tops = new Map([...board.querySelectorAll('.lane > ol')].map((ol) => [ol.dataset.cards, ol.scrollTop]));
    return htmx.ajax('GET', url.pathname + url.search, { source: board, target: board, swap: 'none' }).then(() => {
      for (const [id, top] of tops) {
        const ol = board.querySelector(`[data-cards="${CSS.escape(id)}"]`);
        if (ol) ol.scrollTop = top;
      }
      if (at && document.activeElement === document.body) board.querySelector(`[data-deal="${CSS.escape(at)}"] .deal-link`)?.focus();
      arm();
    });
  };
  const hold = () => { held += 1; };
  const release = () => {
    held -= 1;
    if (held === 0 && late) refresh();
  };
  // News that was on its way when a card was taken comes later, too.
  board.addEventListener('htmx:before:swap', (e) => {
    if (e.target !== board || held === 0) return;
    late = true;
    e.preventDefault();
  });

  // What the server says to a move: a form to fill in, or a sentence.
  const explain = (html) => {
    const answer = new DOMParser().parseFromString(html, 'text/html');
    const form = answer.querySelector('form[action$="/move"]');
    const head = answer.querySelector('h1');
    return { form, head, toasts: answer.querySelectorAll('.toast'), text: (answer.querySelector('.toast span, .notice span, [role=alert] p') ?? answer.body).textContent.trim() };
  };
  const here = () => {
    const url = new URL(board.dataset.path, location.href);
    return `/deals${url.search}`;
  };
  const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
  const showToasts = (toasts) => document.getElementById('toasts').append(...toasts);

  // Asked for why, or for what a stage wants: the form of the server in a dialog.
  const askFor = (card, lane, { form, head }, back) => {
    const title = document.createElement('h2');
    if (head) title.append(...head.childNodes);
    const body = dialog.querySelector('.bd');
    body.replaceChildren(title, form);
    let sent = false;
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      e.stopPropagation();
      sent = true;
      const fields = new FormData(form, e.submitter);
      dialog.close();
      post(card, lane, fields, back);
    });
    form.querySelector('a.btn.ghost')?.addEventListener('click', (e) => {
      e.preventDefault();
      dialog.close();
    });
    dialog.onclose = () => { if (!sent) back(''); };
    dialog.showModal();
    (body.querySelector('.error-summary') ?? body.querySelector('input:not([type=hidden]), select, textarea'))?.focus();
  };

  // What stands in the way of a move is asked for; where is the address of that form.
  const askAt = async (card, lane, where, back) => {
    const asked = await fetch(where, { headers });
    const told = explain(await asked.text());
    if (told.form) return askFor(card, lane, told, back);
    return back(told.text);
  };

  const post = async (card, lane, fields, back) => {
    card.dataset.busy = '';
    try {
      const answer = await fetch(`/deals/${card.dataset.deal}/move`, { method: 'POST', headers, body: new URLSearchParams(fields) });
      const leads = answer.headers.get('HX-Location');
      if (leads?.includes('/move?')) return await askAt(card, lane, leads, back);
      const told = explain(await answer.text());
      if (told.form) return askFor(card, lane, told, back);
      if (!answer.ok) return back(told.text);
      showToasts(leads ? explain(await (await fetch(here())).text()).toasts : told.toasts);
    } catch { return back(board.dataset.sayOffline); }
    delete card.dataset.busy;
    say(board.dataset.sayMoved.replace('%s', nameOf(lane)));
    held -= 1;
    late = true;
    if (held > 0) return;
    await refresh();
    if (held === 0) linkOf(document.getElementById(card.id) ?? card)?.focus();
  };

  // Moves a card, where it stands already or not. home is where it goes back to.
  const move = async (card, lane, home) => {
    const from = laneOf(card);
    const spot = home ?? { parent: card.parentElement, next: card.nextElementSibling };
    hold();
    const back = (why) => {
      delete card.dataset.busy;
      spot.parent.insertBefore(card, spot.next?.parentElement === spot.parent ? spot.next : null);
      linkOf(card)?.focus();
      const sentence = why || board.dataset.sayBack;
      say(sentence);
      if (why) toast(why);
      late = late || Boolean(why);
      release();
    };
    if (from !== lane) lane.querySelector('ol').prepend(card);
    const fields = new FormData();
    fields.set('stage', lane.dataset.lane);
    fields.set('version', card.dataset.version);
    if (!('closing' in lane.dataset)) return post(card, lane, fields, back);
    try {
      return await askAt(card, lane, `/deals/${card.dataset.deal}/move?${new URLSearchParams({ stage: lane.dataset.lane, next: here() })}`, back);
    } catch { return back(board.dataset.sayOffline); }
  };

  // By mouse and finger. Cards do not glide: Sortable takes none that still does,
  // and the browser would drag its link instead, as it would one not yet armed.
  board.addEventListener('dragstart', (e) => { if (menu && e.target.closest?.('[data-deal]')) e.preventDefault(); });
  const arm = () => {
    if (!menu) return;
    board.classList.add('sorts');
    for (const ol of board.querySelectorAll('.lane > ol')) {
      if (Sortable.get(ol)) continue;
      let home = null;
      Sortable.create(ol, {
        group: 'deals', draggable: '[data-deal]:has(.menu-btn)', sort: false, forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
        delay: 250, delayOnTouchOnly: true, touchStartThreshold: 6, scroll: true, filter: '.menu-btn', preventOnFilter: false,
        onChoose: hold,
        onUnchoose: release,
        onStart: (e) => {
          hold();
          home = { parent: e.from, next: e.item.nextElementSibling };
        },
        onMove: (e) => {
          for (const lane of board.querySelectorAll('.lane')) lane.classList.toggle('over', lane === laneOf(e.to));
        },
        onEnd: (e) => {
          for (const lane of board.querySelectorAll('.lane.over')) lane.classList.remove('over');
          if (e.to !== e.from) move(e.item, laneOf(e.to), home);
          release();
        },
      });
    }
  };

  // From the menu of a card: one menu, beside whichever card it was asked for.
  const openMenu = (card, button) => {
    menuFor = card;
    for (const choice of menu.querySelectorAll('[data-to]')) {
      if (choice.dataset.to === laneOf(card).dataset.lane) choice.setAttribute('aria-current', 'true');
      else choice.removeAttribute('aria-current');
    }
    menu.classList.add('beside');
    menu.showPopover();
    const at = button.getBoundingClientRect();
    const box = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(at.right - box.width, innerWidth - box.width - 8))}px`;
    menu.style.top = `${Math.max(8, at.bottom + box.height + 8 > innerHeight ? at.top - box.height - 4 : at.bottom + 4)}px`;
    menu.querySelector('[data-to]:not([aria-current])')?.focus();
  };
  board.addEventListener('click', (e) => {
    const button = e.target.closest('.menu-btn');
    if (!menu || !button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    openMenu(button.closest('[data-deal]'), button);
  });
  menu?.addEventListener('click', (e) => {
    const choice = e.target.closest('[data-to]');
    if (!choice || !menuFor) return;
    const card = menuFor;
    menu.hidePopover();
    if (choice.dataset.to !== laneOf(card).dataset.lane) move(card, laneBy(choice.dataset.to));
  });
  menu?.addEventListener('toggle', (e) => {
    if (e.newState === 'closed' && menu.contains(document.activeElement)) menuFor?.querySelector('.menu-btn')?.focus();
  });
  // A key that went down before the menu was there chooses nothing in it.
  let pressed = false;
  menu?.addEventListener('beforetoggle', () => { pressed = false; });
  menu?.addEventListener('keypress', (e) => { if (!pressed) e.preventDefault(); });
  menu?.addEventListener('keydown', (e) => {
    pressed = true;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const all = [...menu.querySelectorAll('[data-to]')];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });

  // By keyboard: arrows go from card to card; with Shift, and by [ and ], the
  // card goes to the stage beside.
  const beside = (lane, by) => {
    const all = [...board.querySelectorAll('.lane')];
    return all[all.indexOf(lane) + by];
  };
  board.addEventListener('keydown', (e) => {
    const card = e.target.closest?.('[data-deal]');
    if (!card || !e.target.matches('.deal-link') || e.ctrlKey || e.metaKey || e.altKey) return;
    const rtl = getComputedStyle(board).direction === 'rtl' ? -1 : 1;
    const across = { ArrowLeft: -rtl, ArrowRight: rtl, '[': -1, ']': 1 }[e.key];
    if (across) {
      const lane = beside(laneOf(card), across);
      e.preventDefault();
      if (!lane) return;
      if (e.shiftKey || e.key === '[' || e.key === ']') return menu && card.querySelector('.menu-btn') ? move(card, lane) : undefined;
      const to = lane.querySelectorAll('.deal-link');
      const at = [...card.parentElement.querySelectorAll('[data-deal]')].indexOf(card);
      to[Math.min(at, to.length - 1)]?.focus();
      return;
    }
    const down = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!down || e.shiftKey) return;
    e.preventDefault();
    const all = [...laneOf(card).querySelectorAll('.deal-link')];
    all[all.indexOf(e.target) + down]?.focus();
  });

  // News of others.
  let soon = 0;
  for (const topic of ['deals', 'catchup']) {
    document.body.addEventListener(topic, () => {
      clearTimeout(soon);
      soon = setTimeout(refresh, 150);
    });
  }

  // On a small screen one lane is in sight, and its name is marked above.
  const tabs = document.querySelectorAll('.lane-tabs a');
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const tab of tabs) {
        const here = tab.hash === `#${entry.target.id}`;
        if (here) tab.setAttribute('aria-current', 'true');
        else tab.removeAttribute('aria-current');
        if (here) tab.parentElement.scrollTo({ left: tab.offsetLeft - 16 });
      }
    }
  }, { root: board, threshold: 0.6 });
  if (matchMedia('(max-width: 47.99rem)').matches) for (const lane of board.querySelectorAll('.lane')) seen.observe(lane);

  arm();
}
