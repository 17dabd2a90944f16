// The page of a decision table: dmn-js, what the server says of it, evaluations and tests.
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import '../../css/studio/frame.css';
import '../../css/studio/dmn.css';
import { adoptStyles } from './adopted_styles.js';
import { Analysis } from './dmn/analysis.js';
import { Evaluation } from './dmn/evaluation.js';
import { mendLanguage } from './dmn/language.js';
import { Marks } from './dmn/marks.js';
import { Editor, NAMES_OF_VIEWS } from './dmn/modeler.js';
import { showProposals } from './dmn/proposals.js';
import { ask, surroundings } from './dmn/server.js';
import { tabs } from './dmn/tabs.js';
import { Tests } from './dmn/tests.js';
import { ofSurroundings } from './dmn/variables.js';
import { english, filled, t } from './dmn/words.js';
import { openEditor } from './saving.js';

const QUIET = 700;
const MOST_BYTES = 2_000_000;
const PLACE = english ? /[Rr]ule (\d+), column (\d+)/ : /第 (\d+) 行第 (\d+) 列/;

const find = (name) => document.querySelector(`[data-${name}]`);

class Page {
  constructor() {
    this.known = { variables: [] };
    this.marks = new Marks();
    this.timer = 0;
    this.asked = 0;
    this.opened = false;
    const { settings, saver } = openEditor({
      getContent: () => this.content(), onPick: (finding) => this.pick(finding), onFindings: (findings) => this.markFindings(findings),
    });
    Object.assign(this, { settings, saver });
    this.text = settings.content;
    this.editor = new Editor({
      container: find('canvas'), editable: settings.editable, known: this.known,
      onChange: () => this.changed(), onView: () => this.viewChanged(),
    });
    mendLanguage(find('canvas'));
    this.showTab = tabs(document.querySelector('.dmn-tabs'));
    this.#panels();
    this.#buttons();
  }

  async start() {
    await this.open(this.settings.content, this.settings.id);
    this.saver.lint();
    if (this.settings.editable) this.known.variables = ofSurroundings(await surroundings(this.settings));
  }

  // Show a file; false, and the reason on the page, where that cannot be.
  async open(text, decision) {
    const note = find('broken');
    this.opened = false;
    try {
      await this.editor.open(text, decision);
      this.opened = true;
      note.hidden = true;
      await this.refresh();
    } catch (problem) {
      note.textContent = filled(t('这个文件打不开:{why} 可以下载它,改好后再换上来。', 'The file cannot be opened: {why} You may download it, mend it and put it back.'), { why: t('不是可以编辑的决策文件。', `${problem.message}.`) });
      note.hidden = false;
    }
    return this.opened;
  }

  async content() { return this.opened ? this.editor.xml() : this.text; }

  // The person changed the table, or (aside) only what is kept beside it.
  changed({ aside = false } = {}) {
    if (!this.opened) return;
    this.saver.changed();
    if (!aside) this.evaluation.stale();
    this.marks.clear('lint');
    this.#steps();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), QUIET);
  }

  viewChanged() {
    for (const layer of ['evaluation', 'hover', 'remarks']) this.marks.clear(layer);
    this.#views();
    this.#steps();
    const numbers = find('canvas').querySelector('th.index-column'); // dmn-js leaves it empty
    if (numbers && !numbers.textContent) numbers.textContent = t('行', 'No.');
    if (this.opened) this.refresh();
  }

  // What the server says of the file as it is now.
  async refresh() {
    clearTimeout(this.timer);
    this.asked += 1;
    const asked = this.asked;
    const shown = this.editor.decision || this.editor.decisions.find((each) => each.id === this.shownId) || this.editor.decisions[0];
    this.shownId = shown?.id;
    const body = { content: await this.content(), decision: shown?.id };
    const [described, tested] = await Promise.all([ask(this.settings, 'analyse', body), ask(this.settings, 'table-tests', body)]);
    if (asked !== this.asked) return;
    if (!described.ok) { this.analysis.fail(described.message); return; }
    this.described = described;
    this.evaluation.update(described);
    this.analysis.show(described);
    if (shown) this.tests.update(shown, described);
    if (tested.ok) this.tests.show(tested);
  }

  pick(finding) {
    const column = PLACE.exec(finding.message)?.[2];
    this.editor.goTo(finding.element, column ? column - 1 : undefined);
  }

  markFindings(findings) {
    const rules = this.editor.table?.rows || [];
    const cells = findings.flatMap(({ element, message, severity }) => {
      const row = rules.find((each) => each.id === element);
      const column = PLACE.exec(message)?.[2];
      return row && severity === 'error' ? [column ? row.cells[column - 1]?.id : row.id] : [];
    });
    this.marks.show('lint', [{ cells: cells.filter(Boolean), look: 'error' }]);
  }

  #panels() {
    const { settings, editor, marks } = this;
    const add = (test) => { this.tests.add(test); };
    this.analysis = new Analysis({
      place: find('remarks'), count: find('remarks-count'), editor, marks, editable: settings.editable, onTest: (inputs) => add({ inputs }),
    });
    this.evaluation = new Evaluation({
      form: find('evaluate'), result: find('result'), settings, editor, marks, content: () => this.content(), onTest: add,
    });
    this.tests = new Tests({
      place: find('tests'), count: find('tests-count'), summary: find('tests-summary'), editor, editable: settings.editable,
      onChange: () => this.changed({ aside: true }),
      onEvaluate: (inputs) => { this.showTab('tab-evaluate'); this.evaluation.fill(inputs); this.evaluation.evaluate(); find('canvas').scrollIntoView({ block: 'start' }); },
    });
  }

  #buttons() {
    find('download').addEventListener('click', () => this.download());
    find('add-test')?.addEventListener('click', () => { if (this.opened) this.tests.add({}); });
    find('propose')?.addEventListener('click', () => this.propose());
    const file = find('upload-file');
    find('upload')?.addEventListener('click', () => file.click());
    file?.addEventListener('change', () => { if (file.files[0]) this.upload(file.files[0]); file.value = ''; });
    for (const button of document.querySelectorAll('[data-act]')) button.addEventListener('click', () => { this.editor.act(button.dataset.act); this.#steps(); });
  }

  #steps() {
    for (const button of document.querySelectorAll('[data-act]')) button.disabled = !this.editor.can(button.dataset.act);
  }

  // A button for each view of the file; with one decision alone there is nothing to choose but its diagram.
  #views() {
    const chosen = this.editor.view;
    find('views').replaceChildren(...this.editor.views.map((view) => {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', className: 'btn btn-plain btn-small', textContent: NAMES_OF_VIEWS[view.type] || view.name || view.id });
      if (!NAMES_OF_VIEWS[view.type]) button.translate = false;
      button.setAttribute('aria-pressed', String(view.id === chosen?.id));
      button.addEventListener('click', () => this.editor.show(view.id));
      return button;
    }));
  }

  async propose() {
    const answer = await ask(this.settings, 'table-tests', { content: await this.content(), decision: this.shownId, propose: true });
    if (!answer.ok) { this.saver.onState('refused', { message: answer.message }); return; }
    showProposals(find('proposals'), answer, this.described, (taken) => this.tests.addAll(taken));
  }

  async download() {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([await this.content()], { type: 'application/xml' }));
    link.download = this.settings.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async upload(file) {
    const refuse = (why) => { const note = find('broken'); note.textContent = why; note.hidden = false; };
    if (file.size > MOST_BYTES) { refuse(t('文件超过 2 MB,没有换上。', 'The file is larger than 2 MB and was not taken.')); return; }
    if (!confirm(t('用本机的文件换掉这份草稿的内容?', 'Replace the content of this draft by the file?'))) return;
    const before = await this.content();
    const text = await file.text();
    if (await this.open(text, this.settings.id) && this.editor.decisions.length) { this.changed(); return; }
    const why = t('这个文件不是可以编辑的决策文件,没有换上。', 'The file is no decision file that can be edited and was not taken.');
    await this.open(before, this.settings.id);
    refuse(why);
  }
}

if (find('canvas')) {
  adoptStyles();
  new Page().start();
}
