// dmn-js with what the studio adds: Chinese, completion, types from lists, tests kept in the file.
import Modeler from 'dmn-js/lib/Modeler';
import Viewer from 'dmn-js/lib/NavigatedViewer';
import { builtins } from './functions.js';
import kefuflow from './kefuflow.json';
import { languageModule } from './language.js';
import { dataTypesModule, typesModule } from './types.js';
import { variablesModule } from './variables.js';
import { t } from './words.js';

export const NAMES_OF_VIEWS = { drd: t('决策关系图', 'Requirements') };

function optionsOf(container, modules) {
  const every = [languageModule, ...modules.every];
  return {
    container, width: '100%', height: '100%', moddleExtensions: { kefuflow },
    // What is typed counts at once: who saves right behind the last key loses nothing.
    common: { debounceInput: false, feelLanguageContext: { builtins } },
    drd: { additionalModules: [...every, ...modules.drd] },
    decisionTable: { additionalModules: [...every, ...modules.table, ...modules.feel] },
    literalExpression: { additionalModules: [...every, ...modules.drd, ...modules.feel] },
    boxedExpression: { additionalModules: [...every, ...modules.drd, ...modules.feel] },
  };
}

// A cell that is drawn anew after an undo writes its text once more, which would take away what can be done again.
function keepSteps(modeling) {
  const edit = modeling.editCell.bind(modeling);
  modeling.editCell = (cell, text) => { if (cell.text !== text) edit(cell, text); };
}

export class Editor {
  // known: see variables.js; onChange(): the person changed something; onView(view): another view is shown.
  constructor({ container, editable, known, onChange, onView }) {
    const modules = editable
      ? { every: [], drd: [dataTypesModule], table: [typesModule], feel: [variablesModule(known)] }
      : { every: [], drd: [], table: [], feel: [] };
    this.manager = new (editable ? Modeler : Viewer)(optionsOf(container, modules));
    this.container = container;
    this.manager.on('viewer.created', ({ viewer }) => {
      if (editable && viewer.get('sheet', false)) keepSteps(viewer.get('modeling'));
      viewer.on('commandStack.changed', ({ trigger }) => { if (trigger !== 'clear') onChange(); });
    });
    this.manager.on('views.changed', ({ activeView }) => onView(activeView));
  }

  // Gives what could not be read of the file, or throws.
  async open(xml, decision) {
    const { warnings } = await this.manager.importXML(xml, { open: false });
    const views = this.manager.getViews();
    const wanted = views.find((view) => view.id === decision) || views.find((view) => view.type !== 'drd') || views[0];
    if (!wanted) throw new Error(t('文件中没有可以编辑的决策。', 'The file has no decision to edit.'));
    await this.manager.open(wanted);
    return warnings;
  }

  async xml() {
    return (await this.manager.saveXML({ format: true })).xml;
  }

  get views() { return this.manager.getViews(); }

  get view() { return this.manager.getActiveView(); }

  // The decision that is shown; null in the diagram.
  get decision() {
    const element = this.view?.element;
    return element?.$instanceOf('dmn:Decision') ? element : null;
  }

  get decisions() {
    return this.manager.getDefinitions().get('drgElement').filter((each) => each.$instanceOf('dmn:Decision'));
  }

  get moddle() { return this.manager._moddle; }

  // A part of dmn-js in the view that is shown; undefined where it has none of this name.
  part(name) { return this.manager.getActiveViewer()?.get(name, false); }

  get table() { return this.view?.type === 'decisionTable' ? this.part('sheet')?.getRoot() : undefined; }

  async show(id) {
    const view = this.views.find((each) => each.id === id);
    if (view && view !== this.view) await this.manager.open(view);
    return view;
  }

  can(what) { return Boolean(this.part('commandStack')?.[what === 'undo' ? 'canUndo' : 'canRedo']()); }

  act(what) { this.part('commandStack')?.[what](); }

  // Show a row (id), or one of its cells (column from 0), and put the cursor into it.
  async goTo(id, column) {
    const owner = this.decisions.find((each) => each.id === id || each.decisionLogic?.rule?.some((rule) => rule.id === id));
    if (!owner) return false;
    await this.show(owner.id);
    const row = this.table?.rows.find((each) => each.id === id);
    const target = row ? row.cells[column ?? 0] : null;
    const node = target && this.container.querySelector(`[data-element-id="${CSS.escape(target.id)}"]`);
    if (!node) return Boolean(this.view);
    node.scrollIntoView({ block: 'center', inline: 'nearest' });
    this.part('selection')?.select(target);
    return true;
  }

  // A row at the end with these cells (FEEL by column from 0); the cursor goes into its first output.
  addRule(texts) {
    const table = this.table;
    const [modeling, selection] = [this.part('modeling'), this.part('selection')];
    if (!table || !modeling) return null;
    const row = modeling.addRow({ type: 'dmn:DecisionRule' }, table.rows.length);
    for (const [column, text] of Object.entries(texts)) modeling.editCell(row.cells[column].businessObject, text);
    const output = row.cells[table.businessObject.get('input').length] || row.cells[0];
    selection.select(output);
    this.container.querySelector(`[data-element-id="${CSS.escape(output.id)}"]`)?.scrollIntoView({ block: 'center' });
    return row;
  }
}
