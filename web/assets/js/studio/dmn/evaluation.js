// The decision asked with inputs: what it says, which rules hit, and of the others which cell said no.
import { button, data, make } from './make.js';
import { Fields } from './fields.js';
import { ask } from './server.js';
import { filled, t } from './words.js';

const MOST_RULES = 50;

export class Evaluation {
  // content(): the file as it is; onTest({inputs, outputs, at}): makes a test of an evaluation.
  constructor({ form, result, settings, editor, marks, content, onTest }) {
    Object.assign(this, { form, result, settings, editor, marks, content, onTest });
    this.fields = new Fields(form.querySelector('[data-fields]'));
    this.asked = 0;
    form.addEventListener('submit', (event) => { event.preventDefault(); this.evaluate(); });
  }

  // What the decision asks for now; an answer that is shown may not hold any more.
  update(described) {
    this.described = described;
    this.fields.update(described.fields);
  }

  stale() {
    this.marks.clear('evaluation');
    this.result.querySelector('[data-stale]')?.removeAttribute('hidden');
  }

  fill(inputs) {
    this.fields.draw(inputs);
  }

  async evaluate() {
    this.asked += 1;
    const asked = this.asked;
    const inputs = this.fields.values();
    const answer = await ask(this.settings, 'evaluate', { content: await this.content(), decision: this.described?.decision, inputs });
    if (asked !== this.asked) return;
    this.fields.problems(answer.fields || {});
    this.marks.clear('evaluation');
    if (answer.fields) { this.result.replaceChildren(); return; }
    if (!answer.ok) { this.result.replaceChildren(make('p', { className: 'note note-bad' }, answer.message)); return; }
    this.#mark(answer);
    this.result.replaceChildren(
      make('p', { className: 'note note-warn', hidden: true, dataset: { stale: '' } }, t('表已改过,请再求值一次。', 'The table has changed since. Evaluate again.')),
      answer.problem ? this.#problem(answer.problem) : this.#outcome(answer, inputs),
      ...this.#why(answer),
    );
  }

  #problem({ message, rule, column }) {
    const row = rule ? this.editor.table?.rows[rule - 1] : null;
    const index = this.editor.table?.cols.findIndex((each) => [each.businessObject.label, each.businessObject.name].includes(column)) ?? -1;
    return make('div', { className: 'note note-bad', dataset: { test: 'evaluation-problem' } }, make('p', {}, data(message)),
      row ? button(t('到这一行', 'Go there'), () => this.editor.goTo(row.id, Math.max(index, 0))) : null);
  }

  #outcome(answer, inputs) {
    return make('div', { className: 'dmn-outcome' },
      make('dl', {}, this.described.outputs.flatMap(({ name, label }) => [make('dt', {}, data(label)), make('dd', { dataset: { output: name } }, data(answer.outputs[name], 'mono'))])),
      this.#hits(answer.rules),
      this.settings.editable ? button(t('把这次求值存为测试', 'Save this as a test'), () => this.onTest({ inputs, outputs: answer.outputs, at: this.described.clock ? answer.at : '' }), { 'data-test': 'save-as-test' }) : null,
      this.#others(answer.tables));
  }

  #hits(rules) {
    if (!this.editor.table) return null;
    if (!rules.length) return make('p', { className: 'sign sign-soon', dataset: { test: 'hits' } }, t('没有命中任何一行', 'No rule was hit'));
    return make('p', { className: 'dmn-hits', dataset: { test: 'hits' } }, make('span', { className: 'sign sign-done' }, t('命中', 'Hit')),
      rules.map((rule) => button(filled(t('第 {n} 行', 'Rule {n}'), { n: rule }), () => this.editor.goTo(this.editor.table.rows[rule - 1]?.id, 0))));
  }

  #others(tables) {
    if (!tables.length) return null;
    return make('details', {}, make('summary', {}, t('先问过的其他决策', 'Other decisions asked on the way')),
      make('ul', {}, tables.map((each) => make('li', {}, data(each.element), ' → ', data(each.output, 'mono'), ' ',
        filled(t('命中行:{rules}', 'rules: {rules}'), { rules: each.rules.join(t('、', ', ')) || t('无', 'none') })))));
  }

  // Of each rule that did not hit, what its first cell that said no tests.
  #why({ rules = [], cells, values }) {
    const table = this.editor.table;
    if (!table || !cells.length) return [];
    const lines = cells.flatMap((row, index) => {
      const column = row.findIndex((answer) => answer !== true);
      const hit = rules.length ? rules.includes(index + 1) : column < 0; // none is told where hits were refused
      return hit || !table.rows[index] ? [] : [this.#reason(table, index, column, row[column], values[column])];
    });
    if (!lines.length) return [];
    const shown = lines.slice(0, MOST_RULES);
    if (lines.length > shown.length) shown.push(make('li', { className: 'quiet' }, filled(t('还有 {n} 行没有命中。', 'And {n} more rules.'), { n: lines.length - shown.length })));
    return [make('details', { open: lines.length <= 12, dataset: { test: 'why-not' } },
      make('summary', {}, filled(t('没有命中的 {n} 行为什么没有命中', 'Why {n} rules did not hit'), { n: lines.length })), make('ol', { className: 'dmn-why' }, shown))];
  }

  #reason(table, index, column, answer, value) {
    const row = table.rows[index];
    const go = button(filled(t('第 {n} 行', 'Rule {n}'), { n: index + 1 }), () => this.editor.goTo(row.id, Math.max(column, 0)));
    if (column < 0) return make('li', {}, go, ' ', t('每格都符合,但没有轮到它。', 'every cell agrees, but another rule came first.'));
    const clause = table.cols[column].businessObject;
    const label = clause.label || clause.inputExpression?.text || '';
    const says = answer === null ? t('无法与', 'cannot be compared with') : t('不符合', 'is not');
    return make('li', {}, go, ' ', data(label), ' = ', data(value, 'mono'), ` ${says} `, data(row.cells[column].businessObject.text, 'mono'));
  }

  #mark({ rules = [], cells }) {
    const rows = this.editor.table?.rows || [];
    const hits = rules.length ? rules : cells.flatMap((row, index) => (row.every((answer) => answer === true) ? [index + 1] : []));
    this.marks.show('evaluation', [
      { rows: hits.map((rule) => rows[rule - 1]?.id).filter(Boolean), look: 'hit' },
      { cells: cells.flatMap((row, index) => row.flatMap((answer, column) => (answer === true ? [] : [rows[index]?.cells[column]?.id]))).filter(Boolean), look: 'no' },
    ]);
  }
}
