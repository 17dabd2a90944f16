// Comments: Ctrl+Enter sends, @ offers those who may be mentioned, the answer is where the reader goes on.

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.matches?.('[data-comment-form] textarea')) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// A list that is refreshed under somebody's hand would take the button away that he is pressing.
document.addEventListener('htmx:beforeRequest', (event) => {
  const list = event.detail.elt;
  if (list.id === 'comments-list' && list.contains(document.activeElement)) event.preventDefault();
});
document.addEventListener('htmx:afterSettle', (event) => {
  const panel = document.querySelector('#comments');
  if (!panel || (event.detail.target.id !== 'comments' && event.detail.elt.id !== 'comments')) return;
  const problem = panel.querySelector('[data-focus]');
  const region = document.querySelector('#bell-said');
  if (region) region.textContent = panel.querySelector('[data-said]')?.textContent || '';
  (problem || panel.querySelector('textarea'))?.focus({ preventScroll: true });
});

// --- mentions ---------------------------------------------------------------------------------

let asked = null;

const parts = (area) => {
  const list = area.closest('.mentions')?.querySelector('[role=listbox]');
  const before = area.value.slice(0, area.selectionStart);
  const begun = /(?:^|[^A-Za-z0-9._%+-])[@\uff20]([^\s@\uff20]{0,16})$/.exec(before);
  return { list, begun: begun ? begun[1] : null };
};

const close = (area, list) => {
  list.hidden = true;
  list.replaceChildren();
  area.removeAttribute('aria-activedescendant');
};

const choose = (area, list, option) => {
  const { begun } = parts(area);
  const end = area.selectionStart;
  const start = end - (begun ?? '').length;
  area.setRangeText(`${option.dataset.say} `, start, end, 'end');
  close(area, list);
  area.focus();
};

const mark = (area, list, option) => {
  list.querySelectorAll('[role=option]').forEach((one) => one.setAttribute('aria-selected', String(one === option)));
  area.setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({ block: 'nearest' });
};

const offer = async (area) => {
  const { list, begun } = parts(area);
  if (!list) return;
  if (begun === null) { close(area, list); return; }
  asked?.abort();
  asked = new AbortController();
  const address = `${area.form.dataset.people}?q=${encodeURIComponent(begun)}`;
  try {
    const answer = await fetch(address, { headers: { 'HX-Request': 'true', 'X-Used': '1' }, signal: asked.signal });
    if (!answer.ok || answer.headers.get('X-Page') === 'login') return;
    list.innerHTML = await answer.text();
  } catch { return; }
  const first = list.querySelector('[role=option]');
  if (!first) { close(area, list); return; }
  list.hidden = false;
  mark(area, list, first);
};

document.addEventListener('input', (event) => {
  if (event.target.matches?.('[data-comment-form] textarea') && !event.isComposing) offer(event.target);
});
document.addEventListener('compositionend', (event) => {
  if (event.target.matches?.('[data-comment-form] textarea')) offer(event.target);
});
document.addEventListener('keydown', (event) => {
  if (!event.target.matches?.('[data-comment-form] textarea') || event.isComposing) return;
  const { list } = parts(event.target);
  if (!list || list.hidden) return;
  const options = [...list.querySelectorAll('[role=option]')];
  const at = options.findIndex((one) => one.getAttribute('aria-selected') === 'true');
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    const step = event.key === 'ArrowDown' ? 1 : options.length - 1;
    mark(event.target, list, options[(at + step) % options.length]);
  } else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') {
    choose(event.target, list, options[Math.max(at, 0)]);
  } else if (event.key === 'Escape') {
    close(event.target, list);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener('mousedown', (event) => {
  const option = event.target.closest?.('.mention-list [role=option]');
  if (!option) return;
  event.preventDefault();
  const list = option.parentElement;
  choose(list.closest('.mentions').querySelector('textarea'), list, option);
});
document.addEventListener('focusout', (event) => {
  if (!event.target.matches?.('[data-comment-form] textarea')) return;
  const { list } = parts(event.target);
  if (list) close(event.target, list);
});
