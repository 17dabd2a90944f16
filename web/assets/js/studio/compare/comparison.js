// Two diagrams that move together, or one with the outlines of what is gone; the list beside them is the server's.
import { diff } from 'bpmn-js-differ';
import { Pane } from './pane.js';

const WIDE = 1.8;
const NARROW = '(max-width: 767.98px)';

async function fetchText(url) {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw Object.assign(new Error(`side: ${answer.status}`), { status: answer.status });
  return answer.text();
}

export class Comparison {
  constructor(root) {
    this.root = root;
    this.settings = JSON.parse(root.querySelector('[data-marks]').textContent);
    this.words = { signs: JSON.parse(root.dataset.signs), words: JSON.parse(root.dataset.words) };
    this.said = root.querySelector('[data-said]');
    this.panes = {};
    this.at = -1;
    root.addEventListener('click', (event) => this.#press(event.target));
    root.querySelector('[data-hide-moved]')?.addEventListener('change', () => this.#mark());
  }

  async open() {
    try {
      await Promise.all(['left', 'right'].map((which) => this.#pane(which)));
    } catch (problem) {
      this.root.classList.add('is-broken');
      this.said.textContent = problem.status === 409 ? this.root.dataset.stale : this.root.dataset.failed;
      return;
    }
    this.#secondLook();
    const single = !this.panes.left || !this.panes.right;
    this.root.querySelectorAll('[data-view]').forEach((button) => { button.hidden = single; });
    // Of wide pictures one below the other shows more.
    this.root.toggleAttribute('data-stacked', !single && this.panes.right.shape > WIDE);
    this.#mark();
    this.#view(single || window.matchMedia(NARROW).matches ? 'one' : 'both');
    this.#together();
    this.root.dataset.ready = 'yes';
  }

  async #pane(which) {
    const container = this.root.querySelector(`[data-pane="${which}"]`);
    if (!this.settings[which]) {
      container.hidden = true;
      return;
    }
    const xml = await fetchText(this.settings[which]);
    const pane = new Pane(container, this.words, (id) => this.#picked(id));
    await pane.open(xml);
    this.panes[which] = pane;
  }

  get shown() {
    return Object.values(this.panes).filter((pane) => !pane.container.hidden);
  }

  /** Ids that differ, each once, from left to right as they stand in the picture. */
  get places() {
    const { marks } = this.settings;
    const kinds = this.#hidesMoved() ? ['added', 'removed', 'changed'] : ['added', 'removed', 'changed', 'moved'];
    const ids = [...new Set(kinds.flatMap((kind) => marks[kind] || []))];
    const where = (id) => this.#element(id)?.waypoints?.[0] || this.#element(id);
    return ids.filter(where).sort((a, b) => where(a).x - where(b).x || where(a).y - where(b).y);
  }

  #element(id) {
    const found = this.panes.right?.registry.get(id) || this.panes.left?.registry.get(id);
    return found?.parent ? found : null;
  }

  #hidesMoved() {
    return Boolean(this.root.querySelector('[data-hide-moved]')?.checked);
  }

  /** What bpmn-js-differ sees and the server's list does not name is marked and said, so that nothing stays unseen. */
  #secondLook() {
    const { left, right } = this.panes;
    if (!left || !right) return;
    const known = new Set(Object.values(this.settings.marks).flat());
    const found = diff(left.definitions, right.definitions);
    const unseen = [['_added', 'added'], ['_removed', 'removed'], ['_changed', 'changed'], ['_layoutChanged', 'moved']]
      .flatMap(([part, kind]) => Object.keys(found[part]).filter((id) => !known.has(id)).map((id) => [kind, id]))
      .filter(([, id]) => this.#element(id));
    this.root.dataset.unseen = unseen.map(([, id]) => id).join(' ');
    unseen.forEach(([kind, id]) => { (this.settings.marks[kind] ||= []).push(id); });
    if (unseen.length) this.said.textContent = `${this.root.dataset.more} ${unseen.map(([, id]) => (right.has(id) ? right : left).name(id)).join('、')}`;
  }

  #mark() {
    const { marks } = this.settings;
    const moved = this.#hidesMoved() ? [] : marks.moved;
    this.panes.left?.mark({ ...marks, added: [], moved });
    this.panes.right?.mark({ ...marks, removed: [], moved });
  }

  #view(view) {
    const { left, right } = this.panes;
    if (left && right) {
      left.container.hidden = view === 'one';
      const gone = view === 'one' ? (this.settings.marks.removed || []).map((id) => left.registry.get(id)) : [];
      right.ghosts(gone.filter((element) => element?.parent));
    }
    this.root.dataset.view = view;
    this.root.querySelectorAll('[data-view]').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.view === view)));
    this.#fit();
  }

  #fit() {
    this.moving = true;
    this.shown.forEach((pane) => pane.fit());
    const [first, second] = this.shown;
    if (second) this.#follow(second, first);
    this.moving = false;
  }

  /** What one shows, the other shows too. */
  #together() {
    const panes = Object.values(this.panes);
    if (panes.length < 2) return;
    panes.forEach((pane, n) => pane.viewer.on('canvas.viewbox.changed', () => {
      const other = panes[1 - n];
      if (this.moving || pane.container.hidden || other.container.hidden) return;
      this.moving = true;
      this.#follow(other, pane);
      this.moving = false;
    }));
  }

  #follow(pane, other) {
    const { x, y, width, height } = other.canvas.viewbox();
    pane.canvas.viewbox({ x, y, width, height });
  }

  #press(target) {
    const button = target.closest('button');
    if (!button || !this.root.dataset.ready) return;
    if (button.dataset.view) this.#view(button.dataset.view);
    if (button.dataset.zoom) this.shown[0].zoom(Number(button.dataset.zoom));
    if ('fit' in button.dataset) this.#fit();
    if (button.dataset.move) this.#step(button.dataset.move === 'next' ? 1 : -1);
  }

  #step(by) {
    const { places } = this;
    if (!places.length) return;
    this.at = this.at < 0 && by < 0 ? places.length - 1 : (this.at + by + places.length) % places.length;
    this.jump(places[this.at], false);
  }

  /** Show an element on each side that has it. */
  jump(id, scrolls = true) {
    const { left, right } = this.panes;
    if (!this.root.dataset.ready) return;
    if (right && left && !right.has(id) && left.container.hidden && !window.matchMedia(NARROW).matches) this.#view('both');
    const first = [right, left].find((pane) => pane && !pane.container.hidden && pane.has(id));
    if (first) first.centre(id);
    else if (left?.has(id)) this.#centreGhost(id);
    Object.values(this.panes).forEach((pane) => pane.pick(id));
    const pane = right?.has(id) ? right : left;
    const { marks } = this.settings;
    const kind = Object.keys(marks).find((one) => marks[one]?.includes(id));
    this.said.textContent = [kind ? `${this.words.signs[kind]} ${this.words.words[kind]}` : '', pane?.name(id) || id].join(' ');
    if (scrolls) this.root.scrollIntoView({ block: 'nearest' });
  }

  #centreGhost(id) {
    const element = this.panes.left.registry.get(id);
    const { canvas } = this.panes.right;
    const { width, height } = canvas.viewbox();
    const { x, y } = element.waypoints?.[0] || element;
    canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
  }

  /** From the picture to the list. */
  #picked(id) {
    const section = this.root.closest('[data-section]');
    const item = [...section.querySelectorAll('[data-id]')].find((one) => one.dataset.id === id);
    section.querySelectorAll('.is-picked').forEach((one) => one.classList.remove('is-picked'));
    Object.values(this.panes).forEach((pane) => pane.pick(id));
    if (!item) return;
    const moved = item.closest('details');
    if (moved && moved !== section) moved.open = true;
    item.classList.add('is-picked');
    item.scrollIntoView({ block: 'nearest' });
  }
}
