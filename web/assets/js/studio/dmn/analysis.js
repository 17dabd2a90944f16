// What the analysis says of the table: gaps, overlaps, rules that never hit; shown in the table, mended by one click.
import { button, data, make } from './make.js';
import { t } from './words.js';

const SIGNS = { overlap: 'sign-soon', gap: 'sign-soon', unreachable: 'sign-soon' };
const KINDS = {
  overlap: t('重叠', 'Overlap'), gap: t('缺口', 'Gap'), unreachable: t('到不了', 'Never hits'),
  untested: t('没用到', 'Not tested'), unknown: t('没分析', 'Not analysed'), unfinished: t('没查完', 'Not finished'),
};

export class Analysis {
  // onTest(inputs): makes a test of an example.
  constructor({ place, count, editor, marks, editable, onTest }) {
    Object.assign(this, { place, count, editor, marks, editable, onTest });
  }

  fail(message) {
    this.clear();
    this.count.textContent = '';
    this.place.replaceChildren(make('p', { className: 'note note-warn' }, message));
  }

  show({ findings, problem }) {
    this.clear();
    if (problem) { this.fail(problem); return; }
    const serious = findings.filter((each) => SIGNS[each.kind]);
    this.count.textContent = serious.length ? String(serious.length) : '';
    if (!findings.length) {
      const clean = this.editor.table ? t('没有缺口,没有重叠,每一行都到得了。', 'No gaps, no overlaps, and every rule can hit.') : t('只有决策表才能分析。', 'Only tables can be analysed.');
      this.place.replaceChildren(make('p', { className: 'sign sign-done' }, clean));
    } else this.place.replaceChildren(make('ol', { className: 'dmn-remarks' }, findings.map((each) => this.#remark(each))));
    const rows = serious.flatMap((each) => this.#rows(each.rules.slice(0, each.kind === 'unreachable' ? 1 : 2)));
    this.marks.show('remarks', [{ cells: rows, look: 'remark' }]);
  }

  clear() {
    this.marks.clear('hover');
    this.marks.clear('remarks');
  }

  #rows(rules) {
    const rows = this.editor.table?.rows || [];
    return rules.map((rule) => rows[rule - 1]?.id).filter(Boolean);
  }

  #columns(columns) {
    const cols = this.editor.table?.cols || [];
    return columns.map((column) => cols[column - 1]?.id).filter(Boolean);
  }

  #cells(cells) {
    const rows = this.editor.table?.rows || [];
    return cells.map(([rule, column]) => rows[rule - 1]?.cells[column - 1]?.id).filter(Boolean);
  }

  #remark(remark) {
    const line = make('li', { dataset: { kind: remark.kind } },
      make('span', { className: `sign ${SIGNS[remark.kind] || 'sign-off'}` }, KINDS[remark.kind]),
      make('p', {}, data(remark.message)), this.#actions(remark));
    const mark = () => this.marks.show('hover', [
      { rows: this.#rows(remark.rules), look: 'hover' },
      { columns: remark.rules.length ? [] : this.#columns(remark.columns), look: 'hover' },
      { cells: this.#cells(remark.cells), look: 'hover-cell' },
    ]);
    for (const name of ['mouseenter', 'focusin']) line.addEventListener(name, mark);
    for (const name of ['mouseleave', 'focusout']) line.addEventListener(name, () => this.marks.clear('hover'));
    return line;
  }

  #actions(remark) {
    const found = [];
    const row = this.#rows(remark.rules)[0] || this.editor.table?.rows[remark.cells[0]?.[0] - 1]?.id;
    if (row) found.push(button(t('看这一行', 'Show'), () => this.editor.goTo(row, 0)));
    if (this.editable && remark.kind === 'gap' && Object.keys(remark.row).length) {
      found.push(button(t('加一行', 'Add a row'), () => this.#addRow(remark), { 'data-test': 'fill-gap' }));
    }
    if (this.editable && Object.keys(remark.example).length) {
      found.push(button(t('作为测试', 'Make a test'), () => this.onTest(remark.example), { 'data-test': 'example-test' }));
    }
    return found.length ? make('div', { className: 'dmn-actions' }, found) : null;
  }

  #addRow(remark) {
    this.marks.clear('hover');
    this.editor.addRule(Object.fromEntries(Object.entries(remark.row).map(([column, text]) => [column - 1, text])));
  }
}
