// The bell: asks every fifteen seconds, says politely what is new, and pops it up where the person has allowed that.

const EVERY = 15_000;
const bell = document.querySelector('[data-bell]');
const said = document.querySelector('#bell-said');
const KEPT = 'kefuflow-last-news';
let tag = null;

const may = () => 'Notification' in window && Notification.permission === 'granted';
const news = () => [...bell.querySelectorAll('[data-news]')].map((one) => ({
  id: Number(one.dataset.news), text: one.dataset.text, pops: 'browser' in one.dataset,
}));
const kept = () => {
  try { return Number(localStorage.getItem(KEPT) || 0); } catch { return 0; }
};
const keep = (id) => {
  try { localStorage.setItem(KEPT, String(id)); } catch { /* told again on the next page */ }
};

// What is newer than anything this browser has told: one page tells it, the others see it told.
const tell = (first) => {
  const last = kept();
  const fresh = news().filter((one) => one.id > last).sort((one, other) => one.id - other.id);
  if (!fresh.length) return;
  keep(fresh[fresh.length - 1].id);
  if (first && last === 0) return;
  said.textContent = fresh.map((one) => one.text).join(' ');
  if (!may()) return;
  for (const one of fresh.filter((each) => each.pops)) {
    const shown = new Notification(document.querySelector('.brand')?.textContent || '', { body: one.text, tag: `kefuflow-${one.id}` });
    shown.addEventListener('click', () => {
      window.focus();
      location.assign(`/notifications/${one.id}`);
      shown.close();
    });
  }
};

const ask = async () => {
  if (document.hidden && !may()) return;
  try {
    const headers = { 'HX-Request': 'true', ...(tag ? { 'If-None-Match': tag } : {}) };
    const answer = await fetch(bell.dataset.bell, { headers });
    if (answer.status !== 200 || answer.headers.get('X-Page') === 'login') return;
    tag = answer.headers.get('ETag');
    bell.innerHTML = await answer.text();
    tell(false);
  } catch { /* the next look finds out */ }
};

if (bell) {
  tell(true);
  setInterval(ask, EVERY);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
}

// --- permission, asked for on a click only ------------------------------------------------------

const place = document.querySelector('[data-browser-permission]');
if (place) {
  const button = place.querySelector('[data-allow-browser]');
  const word = place.querySelector('[data-permission-said]');
  const show = () => {
    const state = 'Notification' in window ? Notification.permission : 'missing';
    button.hidden = state !== 'default';
    word.textContent = place.dataset[state] || '';
  };
  button.addEventListener('click', async () => {
    await Notification.requestPermission();
    show();
  });
  show();
}
