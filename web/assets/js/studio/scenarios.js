// The scenarios of a process: run in slices so that the page stays alive, their way and what nobody takes drawn on the
// diagram. The list and the sentences say the same in words. On the page of a sandbox only the keyboard is looked after.
import '../../css/studio/frame.css';
import '../../css/studio/scenarios.css';
import { Diagram } from '../diagram.js';
import { openEditor } from './saving.js';

const MARKS = { covered: 'kf-covered', uncovered: 'kf-uncovered', path: 'kf-taken', bad: 'kf-incident' };
const QUIET = 700;
//: A progress bar is shown for what takes longer.
const PATIENCE = 400;

const make = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

class Scenarios {
  constructor(field) {
    this.field = field;
    const { settings, saver } = openEditor({
      getContent: async () => field.value,
      onPick: (finding) => this.goTo(Number((finding.element || '').replace('L', ''))),
    });
    Object.assign(this, { settings, saver, words: settings.words });
    this.state = { scenarios: [], coverage: null };
    this.chosen = settings.show || '';
    this.asked = 0;
    this.#listen();
    this.#number();
    saver.lint();
    const button = this.find('run-all');
    if (button) button.disabled = true;
    this.#draw().then(() => this.ask([])).then(() => { if (button) button.disabled = false; });
  }

  find(name) { return document.querySelector(`[data-${name}]`); }

  // --- the server ----------------------------------------------------------------------------

  // What the scenarios gave; those named are run now, as many as fit into a moment.
  async ask(run) {
    if (!run.length && this.running) return [];
    this.asked += 1;
    const asked = this.asked;
    const text = this.field.value;
    let told;
    try {
      const answer = await fetch(this.settings.runUrl, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': this.settings.csrf },
        body: JSON.stringify({ content: text, run }),
      });
      told = await answer.json();
    } catch {
      this.#problem(this.words.failed);
      return [];
    }
    if (asked !== this.asked) return [];
    if (told.message) {
      const { message, line, findings = [] } = told;
      const first = findings.find((finding) => finding.severity === 'error');
      this.#problem(line ? fill(this.words.line, { line, message }) : [message, first && `${first.file}: ${first.message}`].filter(Boolean).join(' '));
      return [];
    }
    this.#problem('');
    this.state = told;
    this.#show();
    return told.left;
  }

  async run(numbers) {
    if (this.running) return;
    this.running = true;
    const text = this.field.value;
    const all = numbers.length;
    let left = numbers;
    const bar = this.find('progress');
    const since = Date.now();
    document.querySelectorAll('[data-run-all], [data-run-one]').forEach((button) => { button.disabled = true; });
    const timer = setTimeout(() => { bar.hidden = false; }, PATIENCE);
    while (left.length) {
      bar.querySelector('progress').value = (all - left.length) / all;
      this.find('progress-said').textContent = fill(this.words.running, { done: all - left.length, all });
      const rest = await this.ask(left);
      if (rest.length >= left.length) break;
      left = rest;
    }
    clearTimeout(timer);
    bar.hidden = true;
    bar.dataset.took = String(Date.now() - since);
    this.find('run-all').disabled = false;
    this.running = false;
    this.#show();
    if (this.field.value !== text) this.ask([]);
  }

  #problem(text) {
    const place = this.find('run-problem');
    place.textContent = text;
    place.hidden = !text;
  }

  // --- what is shown -------------------------------------------------------------------------

  #show() {
    const { scenarios, coverage } = this.state;
    const count = (status) => scenarios.filter((one) => one.status === status).length;
    this.find('sum').textContent = scenarios.length
      ? fill(this.words.ran, { all: scenarios.length, ok: count('ok'), bad: count('bad'), none: count('none') })
      : this.words.empty;
    const focused = document.activeElement?.dataset?.scenario;
    this.find('list').replaceChildren(...scenarios.map((one) => this.#line(one)));
    if (focused) document.querySelector(`[data-scenario="${CSS.escape(focused)}"]`)?.focus();
    this.#gaps(coverage);
    this.#paint();
    document.querySelector('[data-scenario-diagram]')?.setAttribute('data-ready', 'yes');
  }

  #line(one) {
    const line = make('li', `scenario-line is-${one.status}`);
    line.dataset.test = `scenario-${one.no}`;
    line.dataset.status = one.status;
    const pick = make('button', 'scenario-pick');
    pick.type = 'button';
    pick.dataset.scenario = one.no;
    pick.setAttribute('aria-expanded', String(one.no === this.chosen));
    const title = make('span', 'scenario-title', one.title);
    title.translate = false;
    const sign = { ok: 'sign-done', bad: 'sign-incident', none: 'sign-off' }[one.status];
    pick.append(make('span', 'mono', one.no), title, make('span', `sign ${sign}`, this.words[one.status]));
    pick.addEventListener('click', () => { this.chosen = this.chosen === one.no ? '' : one.no; this.#show(); });
    line.append(pick);
    if (one.no === this.chosen) line.append(this.#detail(one));
    return line;
  }

  #detail(one) {
    const box = make('div', 'scenario-detail');
    if (one.problem) {
      const said = make('p', 'scenario-problem', one.problem);
      said.dataset.test = 'problem';
      box.append(said);
    }
    const row = make('div', 'field-line');
    const button = (text, act, name) => {
      const made = make('button', 'btn btn-plain btn-small', text);
      made.type = 'button';
      if (name) made.dataset[name] = '';
      made.addEventListener('click', act);
      row.append(made);
    };
    if (this.find('run-all')) button(this.words.run, () => this.run([one.no]), 'runOne');
    if (one.line) button(this.words.toLine, () => this.goTo(one.line));
    box.append(row);
    if (one.steps?.length) {
      box.append(make('h3', '', this.words.steps));
      const list = make('ol', 'scenario-steps');
      one.steps.forEach((step, number) => list.append(this.#step(one, step, number)));
      box.append(list);
    }
    return box;
  }

  #step(one, step, number) {
    const line = make('li');
    const said = make('span', '', step.said);
    said.translate = false;
    line.append(said);
    if (this.settings.sandboxUrl) {
      const open = make('button', 'btn btn-plain btn-small', this.words.open);
      open.type = 'button';
      open.setAttribute('aria-label', `${this.words.open}: ${number + 1}. ${step.said}`);
      open.dataset.test = `open-${number}`;
      open.addEventListener('click', () => this.record({ no: one.no, step: number + 1 }));
      line.append(open);
    }
    return line;
  }

  #gaps(coverage) {
    const { words } = this;
    const place = this.find('coverage');
    const chosen = this.state.scenarios.find((one) => one.no === this.chosen && one.taken);
    const told = coverage?.scenarios ? fill(words.covered, coverage) : words.nothing;
    if (place) place.textContent = chosen ? fill(words.pathOf, chosen) : told;
    const list = this.find('gaps');
    this.find('gaps-section').hidden = !coverage?.scenarios;
    if (!coverage) return;
    const lines = [
      ...coverage.flows.map((flow) => this.#gap(fill(words.flow, { source: this.name(flow.source), target: this.name(flow.target) }) + (flow.name ? `(${flow.name})` : ''), flow.id)),
      ...coverage.events.map((event) => this.#gap(fill(words.event, { name: event.name }), '', event.id)),
      ...coverage.rules.map((rule) => this.#gap(fill(words.rule, rule) + (rule.note ? `(${rule.note})` : ''))),
    ];
    list.replaceChildren(...(lines.length ? lines : [make('li', 'quiet', words.allTaken)]));
  }

  #gap(text, flow = '', element = '') {
    const line = make('li');
    const said = make('span', '', text);
    said.translate = false;
    line.append(said);
    line.dataset.gap = flow || element;
    if (flow && this.settings.sandboxUrl) line.append(this.#recordButton(flow));
    return line;
  }

  #recordButton(flow) {
    const button = make('button', 'btn btn-plain btn-small', this.words.record);
    button.type = 'button';
    button.dataset.test = `record-${flow}`;
    button.addEventListener('click', () => this.record({ aim: flow }));
    return button;
  }

  // A sandbox begins with what is saved: first everything is.
  async record(values) {
    if (!(await this.saver.save()) && this.saver.dirty) return;
    const form = this.find('record');
    for (const name of ['no', 'step', 'aim']) form.elements[name].value = values[name] ?? '';
    this.saver.leave();
    form.requestSubmit();
  }

  // --- the diagram ---------------------------------------------------------------------------

  async #draw() {
    const container = document.querySelector('[data-scenario-diagram]');
    if (!container) return;
    const answer = await fetch(this.settings.diagramUrl, { credentials: 'same-origin' });
    if (!answer.ok) return;
    this.diagram = new Diagram(container);
    try {
      await this.diagram.open(await answer.text());
    } catch {
      this.diagram = null;
      container.closest('.diagram').classList.add('is-broken');
      return;
    }
    this.marked = [];
    new ResizeObserver(() => this.diagram.fit()).observe(container);
    this.diagram.viewer.on('element.click', ({ element }) => this.#picked(element.labelTarget || element));
  }

  name(id) {
    const found = this.diagram?.viewer.get('elementRegistry').get(id);
    return found?.businessObject?.name || id;
  }

  // Green is what was taken, amber what no scenario takes; of a chosen scenario its way.
  #paint() {
    if (!this.diagram) return;
    const canvas = this.diagram.viewer.get('canvas');
    const registry = this.diagram.viewer.get('elementRegistry');
    for (const [id, mark] of this.marked) canvas.removeMarker(id, mark);
    this.marked = [];
    const put = (id, mark) => {
      if (!registry.get(id)) return;
      canvas.addMarker(id, mark);
      this.marked.push([id, mark]);
    };
    const one = this.state.scenarios.find((scenario) => scenario.no === this.chosen);
    if (one?.taken) {
      one.taken.forEach((id) => put(id, registry.get(id)?.waypoints ? MARKS.path : 'kf-done'));
      return;
    }
    const { coverage } = this.state;
    if (!coverage?.scenarios) return;
    coverage.elements.forEach((id) => put(id, MARKS.covered));
    [...coverage.flows, ...coverage.events].forEach(({ id }) => put(id, MARKS.uncovered));
  }

  #picked(element) {
    const place = this.find('picked');
    const flow = this.state.coverage?.flows.find(({ id }) => id === element.id);
    place.hidden = !flow || !this.settings.sandboxUrl;
    if (place.hidden) return;
    const said = make('span', '', fill(this.words.flow, { source: this.name(flow.source), target: this.name(flow.target) }));
    said.translate = false;
    place.replaceChildren(said, this.#recordButton(flow.id));
  }

  // --- the text ------------------------------------------------------------------------------

  #number() {
    const lines = this.field.value.split('\n').length;
    const gutter = this.find('gutter');
    if (gutter.dataset.lines === String(lines)) return;
    gutter.dataset.lines = String(lines);
    gutter.textContent = Array.from({ length: lines }, (_, n) => n + 1).join('\n');
  }

  goTo(line) {
    if (!line) return;
    const lines = this.field.value.split('\n');
    const start = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    this.field.focus();
    this.field.setSelectionRange(start, start + (lines[line - 1] || '').length);
    const height = this.field.scrollHeight / Math.max(1, lines.length);
    this.field.scrollTop = Math.max(0, (line - 4) * height);
    this.field.scrollIntoView({ block: 'nearest' });
  }

  #listen() {
    let timer = 0;
    this.field.addEventListener('input', () => {
      this.saver.changed();
      this.#number();
      clearTimeout(timer);
      timer = setTimeout(() => this.ask([]), QUIET);
    });
    this.field.addEventListener('scroll', () => { this.find('gutter').scrollTop = this.field.scrollTop; });
    this.find('run-all')?.addEventListener('click', () => this.run(this.state.scenarios.map((one) => one.no)));
    document.addEventListener('click', (event) => {
      const what = event.target.closest('[data-scenario-zoom]')?.dataset.scenarioZoom;
      if (!what || !this.diagram) return;
      if (what === 'fit') this.diagram.fit();
      else this.diagram.zoom(what === 'in' ? 1 : -1);
    });
    const form = this.find('record');
    form?.addEventListener('submit', () => this.saver.leave());
  }
}

const field = document.querySelector('[data-text]');
if (field && document.querySelector('#editor-settings')) window.kefuflowScenarios = new Scenarios(field);

// A sandbox moves on: who works without a mouse goes on where something waits.
document.addEventListener('htmx:afterSettle', (event) => {
  if (event.detail.target?.id !== 'sandbox' && event.detail.elt?.id !== 'sandbox') return;
  const held = document.activeElement;
  if (held && held !== document.body) return;
  (document.querySelector('#sandbox [role="alert"]') || document.querySelector('#sandbox [data-focus]'))?.focus();
});
