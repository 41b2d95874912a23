// What went wrong on the way to the server is said in a toast, in the page's
// language: the sentences stand in <template id="say-…">. What was typed stays.
{
  const toasts = () => document.getElementById('toasts');
  const say = (what) => {
    const words = document.getElementById(`say-${what}`);
    if (words) toasts().append(words.content.cloneNode(true));
  };

  document.addEventListener('click', (e) => e.target.closest('[data-dismiss]')?.closest('.toast')?.remove());

  // A toast goes after ten seconds, unless someone is at it or it can undo.
  const watch = new MutationObserver((changes) => {
    for (const toast of changes.flatMap((c) => [...c.addedNodes])) leave(toast);
  });
  const leave = (toast) => {
    if (!(toast instanceof HTMLElement) || toast.querySelector('form')) return;
    setTimeout(() => {
      if (toast.matches(':hover, :focus-within')) leave(toast);
      else toast.remove();
    }, 10_000);
  };
  if (toasts()) {
    watch.observe(toasts(), { childList: true });
    for (const toast of toasts().children) leave(toast);
  }

  const live = (e) => e.target?.id === 'live';

  // No answer at all.
  document.addEventListener('htmx:error', (e) => {
    if (live(e) || !e.detail?.ctx?.request) return;
    say(e.detail.ctx.request.method === 'GET' ? 'unreachable' : 'offline');
  });

  // An answer that is no form to mend: it goes where it does not replace
  // anything. 422 and 409 are swapped in their place, and what says itself where
  // it belongs, there.
  const words = { 403: 'denied', 404: 'gone', 410: 'gone', 429: 'slow' };
  document.addEventListener('htmx:response:error', (e) => {
    const ctx = e.detail.ctx;
    if (ctx.response.status === 422 || ctx.response.status === 409 || ctx.response.headers.has('HX-Retarget')) return;
    ctx.push = ctx.replace = null;
    if (live(e)) { ctx.swap = 'none'; return; }
    if (!/^\s*<div class="(toast|notice)/.test(ctx.text)) {
      ctx.swap = 'none';
      if (!ctx.response.headers.has('HX-Redirect')) say(words[ctx.response.status] ?? 'fault');
      return;
    }
    ctx.select = null;
    ctx.target = toasts();
    ctx.swap = 'beforeend';
  });

  // The stream: say when the page is no longer live, but not while it is being
  // left; and stop asking once signed out.
  const notLive = document.getElementById('not-live');
  let soon = 0;
  let stop = false;
  document.addEventListener('htmx:sse:error', (e) => {
    if (document.hidden || !notLive) return;
    stop = e.detail.status === 401;
    clearTimeout(soon);
    soon = setTimeout(() => { notLive.hidden = false; }, 2000);
  });
  document.addEventListener('htmx:sse:before:connection', (e) => { if (stop) e.preventDefault(); });
  document.addEventListener('htmx:sse:after:connection', () => {
    clearTimeout(soon);
    if (notLive) notLive.hidden = true;
  });
}
