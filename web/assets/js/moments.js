// The timeline of a replay: a list of which a page of rows is on the screen, the one that holds the present moment.
const ROWS = 100;
const CLOCK = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' });
export const exact = (instant) => CLOCK.format(instant);
export const day = (instant) => exact(instant).slice(0, 10);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
export { filled };

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

export class Moments {
  constructor(root, film, words, onChoose) {
    Object.assign(this, { film, words, onChoose, list: root.querySelector('ol'), said: root.querySelector('[data-rows]'), page: -1, rows: [], at: -1 });
    this.scroller = root.querySelector('.replay-rows');
    root.querySelectorAll('[data-page]').forEach((button) => button.addEventListener('click', () => {
      this.#draw(this.page + Number(button.dataset.page));
      this.scroller.scrollTop = 0;
    }));
    this.buttons = [...root.querySelectorAll('[data-page]')];
    this.list.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button) this.onChoose(Number(button.dataset.index));
    });
    this.list.addEventListener('keydown', (event) => this.#walk(event));
    this.filter(() => true);
  }

  /** Keep the events that fit. */
  filter(fits) {
    this.rows = [];
    for (let index = 0; index < this.film.length; index += 1) if (fits(index)) this.rows.push(index);
    this.page = -1;
    this.#draw(this.#pageOf(this.at));
    this.show(this.at);
  }

  /** The last row that has happened at an event, by its place in the list; -1: none yet. */
  #rowOf(index) {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle] <= index) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #pageOf(index) {
    return Math.floor(Math.max(0, this.#rowOf(index)) / ROWS);
  }

  /** Mark the present event, on the page that holds it. */
  show(index) {
    this.at = index;
    const row = this.#rowOf(index);
    if (this.current) {
      this.current.removeAttribute('aria-current');
      this.current.tabIndex = -1;
      this.current = null;
    }
    if (this.#pageOf(index) !== this.page) this.#draw(this.#pageOf(index));
    const button = this.list.children[Math.max(0, row) - this.page * ROWS]?.firstElementChild;
    if (!button) return;
    button.tabIndex = 0;
    this.current = button;
    if (row < 0) return;
    button.setAttribute('aria-current', 'step');
    const [top, bottom] = [button.offsetTop, button.offsetTop + button.offsetHeight];
    if (top < this.scroller.scrollTop || bottom > this.scroller.scrollTop + this.scroller.clientHeight) {
      this.scroller.scrollTop = top - this.scroller.clientHeight / 3;
    }
  }

  #draw(page) {
    const pages = Math.max(1, Math.ceil(this.rows.length / ROWS));
    page = Math.max(0, Math.min(pages - 1, page));
    if (page === this.page) return;
    this.page = page;
    this.current = null;
    const from = page * ROWS;
    const shown = this.rows.slice(from, from + ROWS);
    this.list.replaceChildren(...shown.map((index, place) => this.#row(index, from + place)));
    if (this.list.firstElementChild) this.list.firstElementChild.firstElementChild.tabIndex = 0;
    this.said.textContent = this.rows.length
      ? filled(this.words.rows, { from: from + 1, to: from + shown.length, all: this.rows.length })
      : this.words.none;
    for (const button of this.buttons) button.disabled = button.dataset.page === '1' ? page >= pages - 1 : page <= 0;
  }

  #row(index, place) {
    const [, said, , sign] = this.film.lines[index];
    const name = this.film.named(index);
    const row = document.createElement('li');
    row.setAttribute('aria-setsize', this.rows.length);
    row.setAttribute('aria-posinset', place + 1);
    const button = element('button', `replay-row is-${sign}`);
    button.type = 'button';
    button.tabIndex = -1;
    button.dataset.index = index;
    const what = element('span', 'what', this.film.texts[said]);
    if (name) what.append(' ', element('span', 'strong', name));
    button.append(element('span', 'when', exact(this.film.frames[index][1])), ' ', what, ' ', element('span', 'who', this.film.person(index).name));
    row.append(button);
    return row;
  }

  /** ↑ and ↓ lead through the list, over the ends of its pages too. */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const button = event.target.closest('button');
    if (!step || !button || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const row = this.#rowOf(Number(button.dataset.index)) + step;
    if (row < 0 || row >= this.rows.length) return;
    this.#draw(Math.floor(row / ROWS));
    this.list.children[row - this.page * ROWS].firstElementChild.focus();
  }
}

/** The whole of one event: who, when, where, what was noted and which values it changed. */
export function details(film, index, words) {
  const [, said, , , , more] = film.lines[index];
  const [instance, at, , id, , seq] = film.frames[index];
  const found = [element('h3', '', [film.texts[said], film.named(index)].filter(Boolean).join(' '))];
  const line = element('p', 'quiet');
  line.append(exact(at), ` · ${film.person(index).name} · ${film.instances[instance].name}`);
  const mono = element('span', 'caption mono', ` ${film.instances[instance].key}·${seq} ${id || ''}`);
  line.append(mono);
  found.push(line);
  if (!more) return found;
  found.push(...more.notes.map((note) => element('p', 'replay-note', note)));
  if (more.changes.length) {
    const list = element('ul', 'values');
    for (const [label, variable, before, after] of more.changes) {
      const item = document.createElement('li');
      const named = element('span', 'name', label);
      named.title = variable;
      item.append(named, ' ');
      if (before !== null) {
        item.append(element(before === words.empty ? 'span' : 'del', before === words.empty ? 'faint' : '', before));
        const arrow = element('span', 'arrow', '→');
        arrow.setAttribute('role', 'img');
        arrow.setAttribute('aria-label', words.becomes);
        item.append(arrow);
      }
      item.append(element('ins', '', after));
      list.append(item);
    }
    found.push(list);
  }
  return found;
}
