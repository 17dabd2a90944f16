// What every page needs: htmx under a strict policy, polling that costs nothing while nothing changes, few keys.
import htmx from 'htmx.org';
import './files.js';
import './fields.js';
import './comments.js';
import './notifications.js';
import './roster.js';
import './kpi.js';
import './board.js';
import './keys.js';
import './inbox.js';
import './customers.js';
import './start.js';
import './drafts.js';
import './reveal.js';
import './print.js';
import './scripts.js';
import './search.js';
import './quality.js';

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.scrollBehavior = 'auto';
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '304', swap: false },
  { code: '[23]..', swap: true },
  { code: '409', swap: true },
  { code: '422', swap: true },
  { code: '[45]..', swap: false, error: true },
];
window.htmx = htmx;

const etags = new WeakMap();

// A poll asks with the tag of what is on the page; the answer 304 leaves the page alone.
document.addEventListener('htmx:configRequest', (event) => {
  const element = event.detail.elt;
  if (element.hasAttribute('data-poll') && etags.has(element)) {
    event.detail.headers['If-None-Match'] = etags.get(element);
  }
});
// Only what somebody has set off keeps the session alive: polls go on beside an empty chair.
const busy = (event) => navigator.userActivation?.isActive ?? Boolean(event?.isTrusted);
document.addEventListener('htmx:configRequest', (event) => {
  if (busy(event.detail.triggeringEvent)) event.detail.headers['X-Used'] = '1';
});
document.addEventListener('htmx:afterRequest', (event) => {
  const { elt, xhr } = event.detail;
  if (!elt.hasAttribute('data-poll') || !xhr) return;
  document.body.classList.toggle('is-offline', xhr.status === 0 || xhr.status >= 500);
  const tag = xhr.status === 200 && xhr.getResponseHeader('ETag');
  if (tag) etags.set(elt, tag);
});
// Nobody looks at a hidden page, and a list must not move under somebody's keyboard.
document.addEventListener('htmx:beforeRequest', (event) => {
  const element = event.detail.elt;
  if (element.hasAttribute('data-poll') && document.hidden) event.preventDefault();
});
// The session is over: the answer is the log-in page, which belongs in the window and not in a fragment.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr } = event.detail;
  if (xhr.getResponseHeader('X-Page') === 'login') {
    event.detail.shouldSwap = false;
    location.reload();
  }
});
// A refusal is said where the button was pressed. Polls leave the page alone, and so do answers that would
// take the place of a form that somebody is filling in.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr, target } = event.detail;
  if (xhr.status >= 400 && target.id === 'preview') event.detail.shouldSwap = true;
});

// On narrow screens there is no preview beside the list: a row opens its page.
document.addEventListener('click', (event) => {
  const row = event.target.closest('a[data-preview]');
  if (!row) return;
  const preview = document.querySelector('#preview');
  const wide = preview && getComputedStyle(preview).display !== 'none';
  if (!wide || event.ctrlKey || event.metaKey || event.shiftKey) {
    event.stopPropagation();
    return;
  }
  document.querySelectorAll('a[data-preview][aria-current]').forEach((a) => a.removeAttribute('aria-current'));
  row.setAttribute('aria-current', 'true');
}, true);

// A refreshed list still shows which task is open beside it.
document.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target.id !== 'list') return;
  const open = document.querySelector('#preview [data-task]');
  document.querySelectorAll('a[data-preview]').forEach((row) => {
    if (open && row.id === `row-${open.dataset.task}`) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  });
});

// A second press sends nothing; the server would give the same answer anyway.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.matches('[data-once]') && !event.defaultPrevented) {
    form.dataset.sent = 'yes';
    form.classList.add('is-sending');
  }
});
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  document.querySelectorAll('form[data-sent]').forEach((form) => {
    delete form.dataset.sent;
    form.classList.remove('is-sending');
  });
});

const typing = (element) => element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') document.querySelectorAll('details.menu[open]').forEach((d) => { d.open = false; });
  if (typing(event.target)) return;
  if (event.key === '/') {
    const search = document.querySelector('#search');
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
  if (event.key === 'j' || event.key === 'k') {
    const rows = [...document.querySelectorAll('a[data-row]')];
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const next = rows[Math.max(0, Math.min(rows.length - 1, event.key === 'j' ? at + 1 : at - 1))];
    if (next) { event.preventDefault(); next.focus(); }
  }
});
document.addEventListener('click', (event) => {
  document.querySelectorAll('details.menu[open]').forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
// A filter takes effect when it is chosen; without scripts there is a button for it.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit-on-change]')) event.target.form.requestSubmit();
});

// One tick for all of a page.
document.addEventListener('change', (event) => {
  const name = event.target.dataset.checkAll;
  if (!name) return;
  event.target.form.querySelectorAll(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
});

// What came of a form that was sent by script is where the reader goes on.
document.addEventListener('htmx:afterSettle', () => {
  const answer = document.querySelector('#repairs .error-summary, #repairs [data-focus]');
  if (answer) answer.focus();
});

const summary = document.querySelector('[data-error-summary], .error-summary');
if (summary) summary.focus();

// On a phone the rail and the tabs are wider than the screen: the word of this page is in sight.
document.querySelectorAll('.rail, .tabs, .subject-tabs').forEach((bar) => {
  const here = bar.querySelector('[aria-current]');
  if (!here || bar.scrollWidth <= bar.clientWidth) return;
  const { left, width } = here.getBoundingClientRect();
  bar.scrollLeft += left - bar.getBoundingClientRect().left - (bar.clientWidth - width) / 2;
});
