// From a buyer's first sentence to the start form: Enter opens the first suggestion, the arrow keys choose another one.
// The sentence goes to the form through the tab's own store: it never stands in an address. From there on the page's
// entry in the history keeps it, so that it outlives a reload and never shows up in another buyer's form.
const HANDED = 'kefuflow-first-sentence';
const KEPT = 'kefuflow-sentence-kept';

const store = {
  put(key, value) {
    try { sessionStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
  },
  take(key) {
    try {
      const value = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.removeItem(key);
      return value;
    } catch { return null; }
  },
};

// --- the start page --------------------------------------------------------------------------------

const box = document.querySelector('#first-sentence');
const place = document.querySelector('#first-suggestions');

if (box && place) {
  const form = box.form;
  const cards = () => [...place.querySelectorAll('[data-open]')];
  const typed = () => box.value.trim();
  let asked = '';
  let answered = place.dataset.answer.trim();
  let opens = false;

  // The entry in the history keeps it for a reload, and for who comes back.
  const remember = () => history.replaceState({ ...history.state, typed: { person: form.dataset.person, sentence: typed() } }, '');
  const ask = () => box.dispatchEvent(new Event('ask'));
  const open = (card) => form.requestSubmit(card);

  form.addEventListener('submit', (event) => {
    const card = event.submitter;
    if (!card || !card.dataset.open) {
      event.preventDefault();
      ask();
      return;
    }
    const process = card.dataset.test.replace('suggest-', '');
    if (!store.put(HANDED, { person: form.dataset.person, process, sentence: typed() })) return; // forbidden: the form itself takes it along
    event.preventDefault();
    remember();
    location.assign(card.dataset.open);
  });

  box.addEventListener('htmx:beforeRequest', () => { asked = typed(); });
  place.addEventListener('htmx:afterSwap', () => {
    answered = asked;
    remember();
    document.querySelector('#first-status').textContent = place.querySelector('[data-say]')?.dataset.say || '';
    if (opens && answered === typed() && cards().length) open(cards()[0]);
    if (answered === typed()) opens = false;
  });
  box.addEventListener('input', () => {
    opens = false;
    if (!typed()) { place.replaceChildren(); answered = ''; remember(); }
  });

  // Keys of an input method belong to it: Enter takes the characters, not the first process.
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && typed()) {
      event.preventDefault();
      if (answered === typed() && cards().length) open(cards()[0]);
      else { opens = true; ask(); }
    }
    if (event.key === 'ArrowDown' && cards().length) { event.preventDefault(); cards()[0].focus(); }
    if (event.key === 'Escape') box.blur();
  });
  place.addEventListener('keydown', (event) => {
    const all = cards();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || !['ArrowDown', 'ArrowUp', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'Escape' || (event.key === 'ArrowUp' && at === 0)) box.focus();
    else all[Math.min(all.length - 1, event.key === 'ArrowDown' ? at + 1 : at - 1)].focus();
  });

  // Looking for the order is another page: what was typed comes along.
  const keep = () => { if (typed()) store.put(KEPT, { person: form.dataset.person, sentence: typed() }); };
  document.querySelector('.order-box').addEventListener('submit', keep);
  document.querySelectorAll('[data-test="orders"] a').forEach((link) => link.addEventListener('click', keep));
  const mine = (one) => one?.sentence && one.person === form.dataset.person; // another person may log in here
  const kept = [store.take(KEPT), history.state?.typed].find(mine);
  if (kept && !typed()) box.value = kept.sentence;
  addEventListener('pageshow', () => { if (typed() && typed() !== answered) ask(); });
}

// --- the list of processes -------------------------------------------------------------------------

document.addEventListener('input', (event) => {
  const list = event.target.dataset.filter && document.querySelector(event.target.dataset.filter);
  if (!list) return;
  const words = event.target.value.trim().toLowerCase().split(/\s+/);
  let left = 0;
  list.querySelectorAll('[data-filter-group]').forEach((group) => {
    const items = [...group.querySelectorAll('[data-filter-item]')];
    items.forEach((item) => {
      const text = `${group.firstElementChild.textContent} ${item.textContent}`.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    });
    const shown = items.filter((item) => !item.hidden).length;
    group.hidden = shown === 0;
    left += shown;
  });
  list.querySelector('[data-filter-none]').hidden = left > 0;
});

// --- the start form --------------------------------------------------------------------------------

const start = document.querySelector('#start-form[data-sentence-fields]');

if (start) {
  const { process, person, sentenceFields } = start.dataset;
  const meant = (one) => one?.process === process && one.person === person;
  const handed = store.take(HANDED);
  const said = [handed, history.state?.firstSentence].find(meant);
  if (said) {
    const { sentence } = said;
    history.replaceState({ ...history.state, firstSentence: said }, '');
    const fields = sentenceFields.split(' ').filter(Boolean).map((name) => start.elements[name]).filter(Boolean);
    const taken = fields.filter((field) => !field.value || field.value === sentence);
    taken.forEach((field) => { field.value = sentence; });
    const shown = document.querySelector('[data-first-said]');
    shown.querySelector('q').textContent = sentence;
    shown.hidden = taken.length > 0;
    // A draft of another time stands in the form: when it is given up the sentence takes its place. And an order that
    // is brought in loads the form anew.
    const again = () => store.put(HANDED, said);
    start.querySelector('[data-draft-discard]')?.addEventListener('click', again);
    document.querySelector('#known-order')?.form.addEventListener('submit', again);
  }
}

// Nothing personal stays behind on a shared machine.
document.addEventListener('submit', (event) => {
  if (event.target.matches('form[action$="/logout"]')) [HANDED, KEPT].forEach(store.take);
});
