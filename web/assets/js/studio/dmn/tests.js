// The tests of the decision as a table: inputs, what must come, and what came.
import { control, feelOf } from './fields.js';
import { button, data, make } from './make.js';
import { freshId, readTests, writeTests } from './store.js';
import { filled, t } from './words.js';

//: Rows that are drawn at once; the rest on request.
const MOST_ROWS = 100;
const STALE = t('表里已没有这一列', 'The table has no such column any more');

const stated = (values) => JSON.stringify(Object.entries(values).filter(([, value]) => value).sort());
const same = (one, other) => stated(one) === stated(other);

export class Tests {
  // onChange(): a test was written; onEvaluate(inputs): show it in the form of the evaluation.
  constructor({ place, count, summary, editor, editable, onChange, onEvaluate }) {
    Object.assign(this, { place, count, summary, editor, editable, onChange, onEvaluate });
    this.tests = [];
    this.outcomes = new Map();
    this.columns = { inputs: [], outputs: [], clock: false };
    this.drawn = '';
    this.most = MOST_ROWS;
  }

  // The decision that is shown, and its columns by the server.
  update(decision, { fields, outputs, clock }) {
    // What stands in the rows that are drawn goes on, unless the file says something else.
    if (decision !== this.decision || decision.extensionElements !== this.source) this.tests = readTests(decision);
    Object.assign(this, { decision, source: decision.extensionElements });
    const extra = (kind, known) => [...new Set(this.tests.flatMap((each) => Object.keys(each[kind])))].filter((name) => !known.includes(name));
    this.columns = {
      inputs: [...fields, ...extra('inputs', fields.map((each) => each.key)).map((key) => ({ key, label: key, type: null, choices: [], stale: true }))],
      outputs: [...outputs, ...extra('outputs', outputs.map((each) => each.name)).map((name) => ({ name, label: name || t('结果', 'Result'), type: null, choices: [], stale: true }))],
      clock: clock || this.tests.some((each) => each.at),
    };
    const now = JSON.stringify([decision.id, this.tests.map((each) => each.id), this.columns]);
    if (now !== this.drawn) { this.drawn = now; this.#draw(); }
  }

  // One more test, unless there is one like it; the cursor goes into what is still to be filled in.
  add({ inputs = {}, outputs = {}, at = '', name = '' }) {
    const known = this.tests.find((each) => same(each.inputs, inputs) && same(each.outputs, outputs) && each.at === at);
    if (!known || !Object.keys(inputs).length) this.addAll([{ inputs: { ...inputs }, outputs: { ...outputs }, at, name }]);
    const { id } = known || this.tests.at(-1);
    const row = this.place.querySelector(`tr[data-test-id="${CSS.escape(id)}"]`);
    row?.scrollIntoView({ block: 'center' });
    const [first] = [...(row?.querySelectorAll('[data-output] :is(input, select)') || [])].filter((each) => !each.value);
    (first || row?.querySelector('input, select'))?.focus();
  }

  addAll(added) {
    for (const each of added) this.tests.push({ at: '', name: '', ...each, id: freshId(this.tests) });
    this.most = Math.max(this.most, this.tests.length);
    this.#write();
    this.#draw();
  }

  show({ outcomes, untried }) {
    const key = ({ decision, id }) => `${decision}|${id}`;
    this.outcomes = new Map(outcomes.map((each) => [key(each), each]));
    const failed = outcomes.filter((each) => !each.passed).length;
    this.count.hidden = !outcomes.length;
    this.count.className = `table-tests-count sign ${failed ? 'sign-incident' : 'sign-done'}`;
    this.count.textContent = failed ? filled(t('测试 {n} 条不通过', '{n} tests fail'), { n: failed }) : filled(t('测试 {n} 条通过', '{n} tests pass'), { n: outcomes.length });
    const rules = untried.length && this.tests.length ? filled(t('没有测到第 {rules} 行', 'rules {rules} are not tried'), { rules: untried.slice(0, 12).join(t('、', ', ')) + (untried.length > 12 ? '…' : '') }) : '';
    this.summary.className = `sign ${!outcomes.length ? 'sign-off' : failed ? 'sign-incident' : 'sign-done'}`;
    this.summary.textContent = [outcomes.length ? this.count.textContent : t('还没有测试', 'No tests yet'), rules].filter(Boolean).join(' · ');
    for (const row of this.place.querySelectorAll('tr[data-test-id]')) this.#mark(row);
  }

  #write() {
    writeTests(this.editor.moddle, this.decision, this.tests);
    this.source = this.decision.extensionElements;
    this.drawn = JSON.stringify([this.decision.id, this.tests.map((each) => each.id), this.columns]);
    this.onChange();
  }

  #draw() {
    if (!this.tests.length) {
      this.place.replaceChildren(make('p', { className: 'quiet' }, t('还没有测试。可以把一次求值、一个缺口的例子存为测试,或按规则和边界值提议。', 'No tests yet. Save an evaluation or an example as one, or have some proposed.')));
      return;
    }
    const { inputs, outputs, clock } = this.columns;
    const head = (column, look) => make('th', { scope: 'col', className: `${look}${column.stale ? ' is-stale' : ''}`, title: column.stale ? STALE : undefined }, data(column.label));
    const more = this.tests.length > this.most
      ? button(filled(t('再显示 {n} 条', 'Show {n} more'), { n: this.tests.length - this.most }), () => { this.most = this.tests.length; this.#draw(); }) : null;
    this.place.replaceChildren(make('table', { className: 'tests-grid' },
      make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, t('结论', 'Verdict')), make('th', { scope: 'col' }, t('说明', 'Note')),
        inputs.map((each) => head(each, 'of-input')), clock ? make('th', { scope: 'col' }, t('求值时刻', 'At')) : null,
        outputs.map((each) => head(each, 'of-output')), make('th', { scope: 'col' }, make('span', { className: 'visually-hidden' }, t('操作', 'Actions'))))),
      make('tbody', {}, this.tests.slice(0, this.most).map((test, index) => this.#row(test, index)))), ...(more ? [more] : []));
  }

  #row(test, index) {
    const { inputs, outputs, clock } = this.columns;
    const cell = (column, values, key, kind) => {
      const input = control(column, undefined, values[key] || '');
      input.setAttribute('aria-label', `${filled(t('第 {n} 条', 'Test {n}'), { n: index + 1 })} ${column.label}`);
      input.disabled = !this.editable;
      input.addEventListener('change', () => { values[key] = feelOf(column, input); this.#write(); });
      return make('td', { dataset: { [kind]: key } }, input);
    };
    const plain = (key, label) => cell({ label, type: 'plain', choices: [] }, test, key, 'own');
    const row = make('tr', { dataset: { testId: test.id } }, make('td', { className: 'test-verdict' }), plain('name', t('说明', 'Note')),
      inputs.map((each) => cell(each, test.inputs, each.key, 'input')), clock ? plain('at', t('求值时刻', 'At')) : null,
      outputs.map((each) => cell(each, test.outputs, each.name, 'output')),
      make('td', { className: 'tests-actions' }, button(t('求值', 'Evaluate'), () => this.onEvaluate(test.inputs)),
        this.editable ? button(t('删除', 'Delete'), () => this.#remove(test)) : null));
    this.#mark(row);
    return row;
  }

  #remove(test) {
    this.tests = this.tests.filter((each) => each !== test);
    this.#write();
    this.#draw();
  }

  #mark(row) {
    const outcome = this.outcomes.get(`${this.decision.id}|${row.dataset.testId}`);
    row.classList.toggle('is-failed', outcome?.passed === false);
    const verdict = row.querySelector('.test-verdict');
    if (!outcome) { verdict.replaceChildren(make('span', { className: 'sign sign-off' }, t('未运行', 'Not run'))); return; }
    verdict.replaceChildren(make('span', { className: `sign ${outcome.passed ? 'sign-done' : 'sign-incident'}` }, outcome.passed ? t('通过', 'Passed') : t('不通过', 'Failed')),
      outcome.problem ? make('p', { className: 'caption' }, data(outcome.problem)) : '');
    for (const place of row.querySelectorAll('[data-output]')) {
      place.querySelector('.came')?.remove();
      if (outcome.different.includes(place.dataset.output)) place.append(make('p', { className: 'came' }, t('实为 ', 'was '), data(outcome.actual[place.dataset.output], 'mono')));
    }
  }
}
