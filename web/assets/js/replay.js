// The page of a replay: fetches the film and its diagrams, and ties the controls to the player.
import { Film, TOLD_WAIT } from './film.js';
import { Moments, details, exact, filled } from './moments.js';
import { Player } from './player.js';
import { Stage } from './stage.js';

const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';

const fetched = async (url, as) => {
  const answer = await fetch(url, { credentials: 'same-origin' });
  if (!answer.ok) throw new Error(`replay: ${answer.status}`);
  return answer[as]();
};

/** targets: flow → the element to which it leads; names: id → name. */
const drawnIn = (xml) => {
  const drawn = new DOMParser().parseFromString(xml, 'application/xml');
  const flows = [...drawn.getElementsByTagNameNS(BPMN, 'sequenceFlow')];
  const named = [...drawn.getElementsByTagNameNS(BPMN, '*')].filter((each) => each.id && each.hasAttribute('name'));
  return {
    targets: new Map(flows.map((flow) => [flow.getAttribute('id'), flow.getAttribute('targetRef')])),
    names: new Map(named.map((each) => [each.id, each.getAttribute('name')])),
  };
};

class Page {
  constructor(root) {
    this.root = root;
    this.words = JSON.parse(root.dataset.words);
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.range = this.part('seek');
    this.picked = null;
  }

  async open() {
    const data = await fetched(this.root.dataset.film, 'json');
    const urls = new Map(data.instances.map(({ definition, xml }) => [definition, xml]));
    const xmls = new Map(await Promise.all([...urls].map(async ([key, url]) => [key, await fetched(url, 'text')])));
    const drawn = new Map([...xmls].map(([key, xml]) => [key, drawnIn(xml)]));
    this.film = new Film(data, data.instances.map(({ definition }) => drawn.get(definition)));
    this.#spans();
    this.stage = new Stage(this.part('stage'), this.film, (element) => this.#pick(element));
    await this.stage.open(xmls);
    this.player = new Player(this.film, this.stage, (player, tells) => this.#show(player, tells));
    this.moments = new Moments(this.part('moments'), this.film, this.words, (index) => this.player.seekTo(index));
    this.range.max = Math.ceil(this.film.duration);
    this.#choices();
    this.#listen();
    this.#begin();
    this.root.dataset.ready = 'yes';
  }

  /** At the moment that the address names, else before everything. */
  #begin() {
    const { at } = this.root.dataset;
    const index = at ? this.film.places.get(at) : -1;
    if (index === undefined) this.#say(this.words.unknown);
    else if (this.film.cut) this.#say(filled(this.words.cut, { n: this.film.length }));
    this.player.seekTo(index ?? -1);
  }

  #say(text) {
    const said = this.part('said');
    said.textContent = text;
    said.hidden = !text;
  }

  /** First and last frame of each instance. */
  #spans() {
    this.spans = this.film.instances.map(() => [Infinity, -1]);
    this.film.frames.forEach(([instance], index) => {
      const span = this.spans[instance];
      span[0] = Math.min(span[0], index);
      span[1] = index;
    });
  }

  /** People and elements to choose from, in the order in which they came. */
  #choices() {
    const fill = (name, pairs) => this.part(name).append(...pairs.map(([value, text]) => new Option(text, value)));
    fill('person', this.film.people.map(({ name }, place) => [place, name]));
    const elements = new Map();
    this.film.frames.forEach(([instance, , what, id], index) => {
      const name = this.film.texts[this.film.lines[index][2]];
      if (id && name && what !== 'flow') elements.set(`${this.film.instances[instance].definition} ${id}`, name);
    });
    fill('element', [...elements]);
  }

  #listen() {
    const { player } = this;
    const on = (name, kind, deed) => this.part(name).addEventListener(kind, deed);
    on('play', 'click', () => (player.playing ? player.pause() : player.play()));
    this.range.addEventListener('input', () => player.seek(Number(this.range.value)));
    on('speed', 'change', (event) => { player.speed = Number(event.target.value); });
    on('follow', 'change', (event) => player.follow(event.target.checked));
    on('crumbs', 'click', (event) => {
      const button = event.target.closest('button');
      if (button) player.turn(Number(button.dataset.instance));
    });
    on('copy', 'click', () => this.#copy());
    for (const button of this.root.querySelectorAll('[data-step]')) {
      button.addEventListener('click', () => player.event(Number(button.dataset.step), this.moments.rows));
    }
    for (const button of this.root.querySelectorAll('[data-leap]')) {
      button.addEventListener('click', () => this.#leap(Number(button.dataset.leap)));
    }
    for (const button of this.root.querySelectorAll('[data-zoom]')) {
      button.addEventListener('click', () => {
        const { diagram } = this.stage.scene;
        if (button.dataset.zoom === 'fit') diagram.fit();
        else diagram.zoom(button.dataset.zoom === 'in' ? 1 : -1);
      });
    }
    for (const name of ['person', 'element', 'kind']) on(name, 'change', () => this.#filter());
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  #filter() {
    const [person, element, kind] = ['person', 'element', 'kind'].map((name) => this.part(name).value);
    const { lines, frames, instances } = this.film;
    this.moments.filter((index) => {
      const [instance, , , id] = frames[index];
      return (person === '' || lines[index][0] === Number(person)) && (kind === 'all' || !lines[index][4]) &&
        (element === '' || `${instances[instance].definition} ${id}` === element);
    });
  }

  #leap(step) {
    const person = this.part('person').value;
    this.player.leap(this.part('by').value, step, { person: person === '' ? null : Number(person), picked: this.picked });
  }

  /** An element of the diagram is chosen; the ground chooses nothing. */
  #pick(element) {
    const chosen = element.parent && element.type !== 'label' && !element.waypoints ? element.id : null;
    this.stage.picked = chosen;
    this.picked = chosen && [this.stage.instance, chosen];
    this.part('picked').textContent = chosen ? filled(this.words.picked, { name: this.stage.scene.name(chosen) || chosen }) : '';
    if (chosen) this.part('by').value = 'element';
    this.player.again();
  }

  #key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (/^(SELECT|TEXTAREA)$/.test(target.tagName) || (target.tagName === 'INPUT' && !/^(range|checkbox)$/.test(target.type))) return;
    const presses = target.closest('button, a, summary, [type=checkbox]');
    const deeds = {
      ' ': presses ? null : () => (this.player.playing ? this.player.pause() : this.player.play()),
      ArrowLeft: () => (event.shiftKey ? this.#leap(-1) : this.player.event(-1, this.moments.rows)),
      ArrowRight: () => (event.shiftKey ? this.#leap(1) : this.player.event(1, this.moments.rows)),
      Home: () => this.player.seekTo(-1),
      End: () => this.player.seekTo(this.film.length - 1),
    };
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  async #copy() {
    this.#address(true);
    try {
      await navigator.clipboard.writeText(location.href);
      this.part('copied').textContent = this.words.copied;
    } catch {
      this.part('copied').textContent = location.href; // no door to the clipboard: the link to be marked by hand
    }
  }

  // -- what is shown -----------------------------------------------------------------------------------------------

  #show(player, tells) {
    const { position, count } = player;
    this.range.value = position;
    const wait = this.film.waitAt(position, count);
    this.#text('clock', count ? exact(this.film.instant(position, count)) : this.words.before);
    this.#text('wait', wait && wait.gap >= TOLD_WAIT ? filled(this.words.wait, { span: this.#span(wait.gap) }) : '');
    if (!tells) return;
    const index = count - 1;
    this.#buttons(player.playing);
    this.#crumbs();
    this.moments.show(index);
    const place = filled(this.words.place, { n: count, all: this.film.length });
    this.#text('place', place);
    this.range.setAttribute('aria-valuetext', count ? `${this.#headline(index)} ${place}` : this.words.before);
    if (this.told !== index) {
      this.part('details').replaceChildren(...(count ? details(this.film, index, this.words) : []));
      this.told = index;
    }
    if (!player.playing) this.#rest(index);
  }

  #text(name, text) {
    const part = this.part(name);
    if (part.textContent !== text) part.textContent = text;
  }

  #headline(index) {
    const { film } = this;
    return [exact(film.frames[index][1]), film.person(index).name, film.texts[film.lines[index][1]], film.named(index)].filter(Boolean).join(' ');
  }

  /** The two greatest units of a wait. */
  #span(gap) {
    const minutes = Math.floor(gap / 60_000);
    const parts = [['days', Math.floor(minutes / 1440)], ['hours', Math.floor(minutes / 60) % 24], ['minutes', minutes % 60]];
    return parts.filter(([, n]) => n).slice(0, 2).map(([unit, n]) => filled(this.words[unit], { n })).join(this.root.dataset.between);
  }

  #buttons(playing) {
    const button = this.part('play');
    const label = playing ? this.words.pause : this.words.play;
    if (button.getAttribute('aria-label') === label) return;
    button.setAttribute('aria-label', label);
    button.dataset.is = playing ? 'playing' : 'paused';
  }

  /** It stands still: who listens hears where, and the address names the moment. */
  #rest(index) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.player.playing) return;
      this.#text('heard', index < 0 ? '' : this.#headline(index));
      this.#address();
    }, 150);
  }

  #address() {
    const index = this.player.count - 1;
    const url = new URL(location.href);
    if (index < 0) url.searchParams.delete('at');
    else url.searchParams.set('at', `${this.film.instances[this.film.frames[index][0]].key}.${this.film.frames[index][5]}`);
    if (url.href !== location.href) history.replaceState(history.state, '', url);
  }

  /** From the case's own process to the shown one, and what that one has called and is running now. */
  #crumbs() {
    const { instances } = this.film;
    const [shown, count] = [this.stage.instance, this.player.count];
    const places = new Map(instances.map(({ key }, place) => [key, place]));
    const path = [];
    for (let place = shown; place !== undefined; place = places.get(instances[place].parent)) path.unshift(place);
    const called = instances.flatMap(({ parent }, place) =>
      (parent === instances[shown].key && this.spans[place][0] < count && this.spans[place][1] >= count ? [place] : []));
    const key = [path, called.slice(0, 6)].join(';');
    this.part('follow').checked = this.player.follows;
    if (key === this.crumbed) return;
    this.crumbed = key;
    const crumb = (place, current, inside) => {
      const [item, button] = [document.createElement('li'), document.createElement('button')];
      button.type = 'button';
      button.className = 'btn btn-plain btn-small';
      button.dataset.instance = place;
      button.textContent = instances[place].name;
      if (current) button.setAttribute('aria-current', 'true');
      if (inside) item.className = 'inside';
      const version = document.createElement('span');
      version.className = 'faint';
      version.textContent = `v${instances[place].version}`;
      button.append(version);
      item.append(button);
      return item;
    };
    this.part('crumbs').replaceChildren(
      ...path.map((place) => crumb(place, place === shown, false)),
      ...called.slice(0, 6).map((place) => crumb(place, false, true)),
    );
  }
}

const root = document.querySelector('[data-replay]');
if (root) {
  const page = new Page(root);
  window.kefuflowReplay = page;
  page.open().catch((error) => {
    const said = root.querySelector('[data-said]');
    said.textContent = page.words.failed;
    said.hidden = false;
    root.classList.add('is-broken');
    throw error;
  });
}
