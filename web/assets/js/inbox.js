// The inbox by keys: move, choose, claim, hand over, undo. The list never moves under somebody who is in it.
import htmx from 'htmx.org';
import { busyElsewhere } from './keys.js';

const list = document.querySelector('.page-inbox #list');
if (list) begin(list);

function begin(list) {
  const news = document.querySelector('#list-news');
  const rows = () => [...list.querySelectorAll('a[data-row]')];
  const picks = () => [...list.querySelectorAll('input.pick')];
  const checked = () => picks().filter((box) => box.checked);
  const idOf = (row) => row.id.slice('row-'.length);
  const current = () => {
    const item = document.activeElement.closest?.('.rows > li');
    return item ? item.querySelector('a[data-row]') : null;
  };
  const isOpenMenu = () => list.querySelector('details.menu[open]') !== null;
  const isBusy = () => list.contains(document.activeElement) || checked().length > 0 || isOpenMenu();
  let held = null;
  let lastPick = null;
  let place = 0;

  // --- what comes anew ---

  const parsed = (html) => new DOMParser().parseFromString(html, 'text/html');
  const idsOf = (page) => [...page.querySelectorAll('a[data-row]')].map((row) => row.id);

  function applied(html) {
    const page = parsed(html);
    takeCounts(page);
    page.querySelector('#inbox-counts')?.remove();
    const chosen = new Set(checked().map((box) => box.id));
    const focused = document.activeElement.id;
    const wasInside = list.contains(document.activeElement);
    list.replaceChildren(...page.body.childNodes);
    htmx.process(list);
    chosen.forEach((id) => { const box = document.getElementById(id); if (box) box.checked = true; });
    markOpen();
    if (wasInside) refocus(focused);
    held = null;
    news.textContent = '';
    count();
  }
  function takeCounts(page) {
    const fresh = page.querySelector('#inbox-counts');
    const counts = document.querySelector('#inbox-counts');
    if (!fresh || counts.contains(document.activeElement)) return;
    counts.replaceChildren(...[...fresh.childNodes].map((node) => node.cloneNode(true)));
    htmx.process(counts);
  }
  function refocus(id) {
    const same = id && document.getElementById(id);
    const next = same || rows()[Math.min(place, rows().length - 1)] || document.querySelector('#main h1');
    if (next && !same && next.tagName === 'H1') next.tabIndex = -1;
    next?.focus({ preventScroll: Boolean(same) });
  }
  function markOpen() {
    const open = document.querySelector('#preview [data-task]');
    rows().forEach((row) => {
      if (open && idOf(row) === open.dataset.task) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    });
  }

  // A poll's answer is ours to place; what the person did himself shows at once.
  document.addEventListener('htmx:beforeSwap', (event) => {
    if (event.detail.target !== list || event.detail.xhr.status !== 200) return;
    event.detail.shouldSwap = false;
    const html = event.detail.xhr.responseText;
    const asked = event.detail.requestConfig.triggeringEvent?.type === 'inbox-changed';
    const same = idsOf(parsed(html)).join() === rows().map((row) => row.id).join();
    if (asked || !isBusy() || (same && !isOpenMenu())) applied(html);
    else hold(html);
  });
  function hold(html) {
    held = html;
    const page = parsed(html);
    takeCounts(page);
    const known = new Set(rows().map((row) => row.id));
    const fresh = idsOf(page).filter((id) => !known.has(id)).length;
    const words = fresh === 0 ? news.dataset.same : fresh === 1 ? news.dataset.one : news.dataset.many.replace('{n}', fresh);
    const said = `${words},${news.dataset.key}`;
    if (news.textContent !== said) news.textContent = said;
  }
  const refresh = () => (held ? applied(held) : htmx.trigger(document.body, 'inbox-changed'));
  news.addEventListener('click', refresh);
  list.addEventListener('focusout', () => setTimeout(() => { if (held && !isBusy()) applied(held); }, 400));
  list.addEventListener('focusin', () => {
    const row = current();
    if (row) place = rows().indexOf(row);
  });

  // --- choosing ---

  function count() {
    const bar = list.querySelector('[data-bulk]');
    const said = list.querySelector('[data-bulk-count]');
    if (!bar || !said) return;
    const many = checked().length;
    bar.classList.toggle('is-on', many > 0);
    said.textContent = many ? said.dataset.words.replace('{n}', many) : '';
    const all = list.querySelector('#check-all');
    if (all) { all.checked = many > 0 && many === picks().length; all.indeterminate = many > 0 && many < picks().length; }
  }
  list.addEventListener('change', (event) => {
    if (event.target.matches('input.pick, #check-all')) setTimeout(count);
  });
  list.addEventListener('click', (event) => {
    const box = event.target.closest('input.pick');
    if (!box) return;
    const boxes = picks();
    if (event.shiftKey && lastPick && boxes.includes(lastPick)) {
      const [from, to] = [boxes.indexOf(lastPick), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    lastPick = box;
    count();
  });

  // --- deeds ---

  function chooseCurrent() {
    if (checked().length) return true;
    const row = current();
    const box = row && document.querySelector(`#pick-${idOf(row)}`);
    if (!box) return false;
    box.checked = true;
    count();
    return true;
  }
  function deed(what) {
    const button = list.querySelector(`[data-deed="${what}"]`);
    if (!button || !chooseCurrent()) return;
    button.click(); // htmx sends the name of a button that was clicked
  }
  function openMenu(name) {
    const menu = list.querySelector(`[data-menu="${name}"]`);
    if (!menu || !chooseCurrent()) return;
    menu.open = true;
    menu.querySelector('select, input, textarea').focus();
  }
  document.addEventListener('htmx:afterRequest', (event) => {
    const { elt, xhr } = event.detail;
    if (elt.id !== 'deeds' || !xhr || xhr.status !== 200) return;
    checked().forEach((box) => { box.checked = false; });
    list.querySelectorAll('details.menu[open]').forEach((menu) => { menu.open = false; });
    count();
    reloadPreview();
  });
  function reloadPreview() {
    const open = document.querySelector('#preview [data-task]');
    const typed = document.querySelector('#preview form.form-body :is(input, textarea, select):focus');
    if (!open || typed || document.querySelector('#preview').contains(document.activeElement)) return;
    htmx.ajax('GET', `/tasks/${open.dataset.task}`, { target: '#preview', swap: 'innerHTML' });
  }
  // Undo is offered as long as it works.
  document.addEventListener('htmx:afterSwap', (event) => {
    const undo = event.detail.target.id === 'told' && document.querySelector('#told [data-undo]');
    if (undo) setTimeout(() => undo.remove(), Number(undo.dataset.undo) * 1000);
  });
  // The form of a task that was opened to be filled in gets the focus.
  let fill = false;
  document.addEventListener('htmx:afterSettle', (event) => {
    if (!fill || event.detail.target.id !== 'preview') return;
    fill = false;
    const field = document.querySelector('#preview #task-form :is(input:not([type=hidden]), select, textarea)') ||
      document.querySelector('#preview form[action$="/claim"] button');
    (field || document.querySelector('#preview')).focus();
  });

  // --- keys ---

  const page = (which) => document.querySelector(`[data-page="${which}"]`)?.click();
  const KEYS = {
    o: () => current()?.click(),
    e: () => { const row = current(); if (row) { fill = true; row.click(); } },
    c: () => deed('claim'),
    u: () => deed('release'),
    x: () => { const row = current(); if (row) document.querySelector(`#pick-${idOf(row)}`)?.click(); },
    a: () => openMenu('assign'),
    f: () => openMenu('follow_up'),
    m: () => openMenu('comment'),
    z: () => document.querySelector('#told [data-undo] button')?.click(),
    r: refresh,
    '[': () => page('previous'),
    ']': () => page('next'),
    '\\': () => {
      const asked = document.querySelector('details.inbox-asked');
      asked.open = true;
      asked.querySelector('#inbox-text').focus();
    },
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && list.contains(event.target)) {
      const menu = event.target.closest('details.menu[open]');
      if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
      return;
    }
    if (busyElsewhere(event) || event.target.closest('#preview')) return;
    const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  count();
}
