// Nothing typed is ever lost: what stands in a form goes to the server a second after the last keystroke, and stays in
// the browser's own store until the server has said that it has it. On the way back the server's copy is already in the
// form; what only this browser has is sent first, and the page is read again with it.

const PREFIX = 'kefuflow-draft|';
const QUIET = 1000;
const AGAIN = 10_000;
const OLD = 7 * 24 * 3600 * 1000;
//: Browsers send no more than this behind a page that is closing.
const PARTING = 60_000;
const SENT = 'kefuflow_sent';
//: Number of the last save from this tab, without what was typed.
const LAST = 'kefuflow-saved|';

const states = new WeakMap();
const news = 'BroadcastChannel' in window ? new BroadcastChannel('kefuflow-drafts') : null;

// --- the browser's own store ---------------------------------------------------------------------

const store = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(PREFIX + key)); } catch { return null; }
  },
  put(key, record) {
    try { localStorage.setItem(PREFIX + key, JSON.stringify(record)); } catch { /* full or forbidden: the server has it */ }
  },
  drop(key) {
    try { localStorage.removeItem(PREFIX + key); } catch { /* nothing was kept */ }
  },
  keys() {
    try { return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)); } catch { return []; }
  },
};

// A page may have been read just before what was typed on the one before it was saved: the number tells.
const lastSave = {
  get(key) {
    try { return Number(sessionStorage.getItem(LAST + key) || 0); } catch { return 0; }
  },
  put(key, number) {
    try { sessionStorage.setItem(LAST + key, String(number)); } catch { /* forbidden: the page is as new as it is */ }
  },
  drop(key) {
    try { sessionStorage.removeItem(LAST + key); } catch { /* nothing was kept */ }
  },
};

// --- a form --------------------------------------------------------------------------------------

const own = (name) => name === 'csrf_token' || name.startsWith('_');
const pairsOf = (form) => [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !own(name));
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const statusOf = (form) => form.querySelector('[data-draft-status]');
function say(form, text, bad = false) {
  const place = statusOf(form);
  if (!place) return;
  place.textContent = text;
  place.classList.toggle('is-bad', bad);
}

function stateOf(form) {
  if (!states.has(form)) {
    states.set(form, { seen: Number(form.dataset.draftSeen || 0), shown: pairsOf(form), dirty: false, timer: 0, sending: false, left: false });
  }
  return states.get(form);
}

const keep = (form, state) => store.put(form.dataset.draftKey, { pairs: pairsOf(form), base: state.seen, at: Date.now() });

function changed(form) {
  const state = stateOf(form);
  if (state.left) return;
  if (!state.dirty && same(pairsOf(form), state.shown)) return;
  state.dirty = true;
  form.dataset.draftState = 'typing';
  keep(form, state);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(form), QUIET);
}

const bodyOf = (form, pairs) => {
  const body = new URLSearchParams(pairs);
  body.append('csrf_token', form.querySelector('[name="csrf_token"]')?.value || headerToken());
  return body;
};
function headerToken() {
  try { return JSON.parse(document.body.getAttribute('hx-headers') || '{}')['X-CSRFToken'] || ''; } catch { return ''; }
}

function quietly(path, more = {}) {
  const url = new URL(path, location.href);
  Object.entries({ quiet: 1, ...more }).forEach(([name, value]) => url.searchParams.set(name, value));
  return url;
}

async function send(url, body, parting = false) {
  const answer = await fetch(url, {
    method: 'POST', body, credentials: 'same-origin', keepalive: parting && body.toString().length < PARTING,
    headers: { Accept: 'application/json' },
  });
  if (answer.redirected || answer.status === 400 || !(answer.headers.get('Content-Type') || '').includes('json')) {
    throw Object.assign(new Error('not saved'), { loggedOut: answer.redirected || answer.status === 400, status: answer.status });
  }
  return { status: answer.status, ...(await answer.json()) };
}

async function save(form, parting = false) {
  const state = stateOf(form);
  if (!state.dirty || state.left) return;
  if (state.sending && !parting) { state.timer = setTimeout(() => save(form), QUIET); return; }
  clearTimeout(state.timer);
  const pairs = pairsOf(form);
  state.sending = true;
  try {
    const answer = await send(quietly(form.dataset.draft, { seen: state.seen }), bodyOf(form, pairs), parting);
    if (answer.sent) { state.dirty = false; store.drop(form.dataset.draftKey); return; }
    if (answer.error) { say(form, answer.error, true); return; }
    state.seen = answer.number;
    form.dataset.draftSeen = String(answer.number);
    lastSave.put(form.dataset.draftKey, answer.number);
    if (same(pairs, pairsOf(form))) {
      state.dirty = false;
      state.shown = pairs;
      form.dataset.draftState = 'saved';
      store.drop(form.dataset.draftKey);
    } else {
      keep(form, state);
      state.timer = setTimeout(() => save(form), QUIET);
    }
    say(form, answer.elsewhere ? form.dataset.sayElsewhere : `${form.dataset.saySaved} ${answer.at}`, answer.elsewhere);
    news?.postMessage({ key: form.dataset.draftKey, number: answer.number });
  } catch (problem) {
    say(form, problem.loggedOut ? form.dataset.sayLogin : form.dataset.sayKept, true);
    form.dataset.draftState = 'kept';
    clearTimeout(state.timer);
    if (!problem.loggedOut) state.timer = setTimeout(() => save(form), AGAIN);
  } finally {
    state.sending = false;
  }
}

// The form is read again from the server, which has what was typed by now.
function readAgain(form) {
  const preview = form.closest('#preview');
  const task = form.querySelector('[data-task]') || form.closest('[data-task]');
  if (preview && task && window.htmx) window.htmx.ajax('GET', `/tasks/${task.dataset.task}`, { target: '#preview', swap: 'innerHTML' });
  else location.reload();
}

async function bringBack(form, record) {
  try {
    await send(quietly(form.dataset.draft), bodyOf(form, record.pairs));
    store.drop(form.dataset.draftKey);
    readAgain(form);
  } catch (problem) {
    say(form, problem.loggedOut ? form.dataset.sayLogin : form.dataset.sayKept, true);
  }
}

function offer(form, record) {
  const bar = form.querySelector('[data-draft-other]');
  if (!bar) return;
  bar.querySelector('[data-draft-other-at]').textContent = new Date(record.at).toLocaleString(document.documentElement.lang);
  bar.hidden = false;
  bar.querySelector('[data-draft-take]').addEventListener('click', () => bringBack(form, record));
  bar.querySelector('[data-draft-drop]').addEventListener('click', () => { store.drop(form.dataset.draftKey); bar.hidden = true; });
}

function prepare(form) {
  if (form.dataset.draftReady) return;
  form.dataset.draftReady = 'yes';
  const state = stateOf(form);
  const record = store.get(form.dataset.draftKey);
  const last = lastSave.get(form.dataset.draftKey);
  lastSave.drop(form.dataset.draftKey);
  if (!record && last > state.seen && !('draftFresh' in form.dataset)) readAgain(form);
  if (!record) return;
  const unsent = record.pairs.filter(([, value]) => value !== '').length > 0;
  if ('draftFresh' in form.dataset || !unsent || same(record.pairs, state.shown)) store.drop(form.dataset.draftKey);
  else if (record.base >= state.seen) bringBack(form, record);
  else offer(form, record);
}

// The form cannot be sent any more: what only this browser has goes to the server, to be read there.
async function handOver(place) {
  if (place.dataset.draftReady) return;
  place.dataset.draftReady = 'yes';
  const record = store.get(place.dataset.draftKey);
  if (!record) return;
  try {
    const body = new URLSearchParams(record.pairs);
    body.append('csrf_token', headerToken());
    const answer = await send(quietly(place.dataset.draftOver), body);
    store.drop(place.dataset.draftKey);
    if (!answer.sent) readAgain(place);
  } catch { /* it stays in the browser until it is asked for again */ }
}

// --- when ----------------------------------------------------------------------------------------

const forms = () => [...document.querySelectorAll('form[data-draft]')];
const prepareAll = () => {
  forms().forEach(prepare);
  document.querySelectorAll('[data-draft-over]').forEach(handOver);
};

// A form was taken: what was kept of it goes. So does what nobody has come back for in a week.
function tidy() {
  const sent = document.cookie.split('; ').find((part) => part.startsWith(`${SENT}=`));
  if (sent) {
    const subject = decodeURIComponent(sent.slice(SENT.length + 1)).replace(/^"|"$/g, '');
    store.keys().filter((key) => key.endsWith(`|${subject}`)).forEach(store.drop);
    document.cookie = `${SENT}=; Max-Age=0; Path=/; SameSite=Lax`;
  }
  store.keys().forEach((key) => {
    const record = store.get(key);
    if (!record || Date.now() - record.at > OLD) store.drop(key);
  });
}

tidy();
document.addEventListener('DOMContentLoaded', prepareAll);
document.addEventListener('htmx:afterSettle', prepareAll);
if (document.readyState !== 'loading') prepareAll();

['input', 'change'].forEach((kind) => document.addEventListener(kind, (event) => {
  const form = event.target.closest?.('form[data-draft]');
  if (form) changed(form);
}));
document.addEventListener('files-changed', (event) => {
  const form = event.target.closest?.('form[data-draft]');
  if (form) changed(form);
}, true);
// Rows may have been added or removed.
document.addEventListener('htmx:afterSettle', (event) => {
  const form = event.detail?.elt?.closest?.('form[data-draft]');
  if (form && states.get(form)?.dirty) changed(form);
});
document.addEventListener('focusout', (event) => {
  const form = event.target.closest?.('form[data-draft]');
  if (form && stateOf(form).dirty) save(form);
});
const parting = () => forms().forEach((form) => { if (stateOf(form).dirty) save(form, true); });
addEventListener('pagehide', parting);
document.addEventListener('visibilitychange', () => { if (document.hidden) parting(); });
addEventListener('online', () => forms().forEach((form) => save(form)));
addEventListener('pageshow', (event) => {
  if (event.persisted) forms().forEach((form) => { stateOf(form).left = false; });
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.matches('form[data-draft]') && !event.defaultPrevented) {
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.left = true;
    lastSave.drop(form.dataset.draftKey);
    if (event.submitter?.hasAttribute('data-draft-discard')) store.drop(form.dataset.draftKey);
    else keep(form, state); // until the server has taken it
  }
  if (form.matches('form[action$="/logout"]')) {
    parting();
    store.keys().forEach(store.drop); // nothing personal stays behind on a shared machine
  }
});

news?.addEventListener('message', (event) => {
  const form = forms().find((one) => one.dataset.draftKey === event.data.key);
  if (form && !stateOf(form).dirty) say(form, form.dataset.sayBehind, true);
});

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const place = document.querySelector(button.dataset.copy);
  const text = [...place.querySelectorAll('div')].map((line) => `${line.querySelector('dt').textContent}:${line.querySelector('dd').textContent}`).join('\n');
  try {
    await navigator.clipboard.writeText(text || place.textContent.trim());
    button.closest('form').querySelector('[data-copy-status]').textContent = button.dataset.sayCopied;
  } catch {
    getSelection().selectAllChildren(place); // the keys for copying do the rest
  }
});
