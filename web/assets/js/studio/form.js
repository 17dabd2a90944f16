// The page on which a form is built.
import '@bpmn-io/form-js/dist/assets/form-js-base.css';
import '@bpmn-io/form-js/dist/assets/form-js-editor-base.css';
import '@bpmn-io/form-js/dist/assets/properties-panel.css';
import '@bpmn-io/form-js/dist/assets/flatpickr/light.css';
import '../../css/studio/frame.css';
import '../../css/studio/form.css';
import { FormEditor } from '@bpmn-io/form-js';
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';
import { openEditor } from './saving.js';
import { prepareFeel } from './form/feel.js';
import { keepUnchanged } from './form/minimal.js';
import { prepareNames, readable } from './form/names.js';
import { PaletteModule, addByPicking } from './form/palette.js';
import { PanelModule } from './form/panel.js';
import { Preview } from './form/preview.js';
import { rememberOrigins, withRows, withoutAdditions } from './form/schema.js';
import { flushAll } from './form/widgets.js';
import { english, nameOf, t } from './form/words.js';
import { keepChinese } from './form/zh.js';

const page = JSON.parse(document.getElementById('form-page').textContent);
const root = document.querySelector('[data-form-editor]');
const canvas = root.querySelector('[data-form-canvas]');
const source = root.querySelector('[data-form-source]');
const state = { original: '', schema: null, origins: new Map(), form: null };

// The text as it would be saved: what was typed and not yet taken over counts.
async function getContent() {
  flushAll();
  if (!state.form) return source.value;
  return keepUnchanged(state.original, withoutAdditions(state.form.saveSchema(), state.schema, state.origins));
}

const { settings, saver } = openEditor({ getContent, onPick: pick, onFindings: mark });
const preview = new Preview({ root: root.querySelector('[data-form-preview]'), url: page.previewUrl, csrf: settings.csrf, getContent, scenarios: page.scenarios });

function makeForm() {
  if (!english) flatpickr.localize(Mandarin);
  const form = new FormEditor({
    container: canvas,
    propertiesPanel: { parent: root.querySelector('[data-form-panel]') },
    additionalModules: [PaletteModule, PanelModule],
    around: { readOnly: !settings.editable },
  });
  const fields = () => form.get('formFieldRegistry').getAll();
  prepareNames(page.names, page.reserved, fields);
  prepareFeel(readable);
  return form;
}

function changed() {
  saver.changed();
  preview.changed();
}

// --- opening -------------------------------------------------------------------------------------

async function openText(text) {
  state.original = text;
  const schema = JSON.parse(text);
  if (!schema || typeof schema !== 'object' || Array.isArray(schema)) throw new Error(t('表单须为一个 JSON 对象', 'A form is one JSON object'));
  const form = makeForm();
  try {
    await form.importSchema(withRows(schema));
  } catch (problem) {
    form.destroy();
    canvas.replaceChildren();
    root.querySelector('[data-form-panel]').replaceChildren();
    throw problem;
  }
  state.schema = schema;
  state.origins = rememberOrigins(schema, form.saveSchema());
  state.form = form;
  keepChinese(canvas);
  keepChinese(root.querySelector('[data-form-panel]'));
  form.on('commandStack.changed', changed);
  if (settings.editable) addByPicking(canvas, form); else stayAsItIs(form);
  canvas.dataset.ready = 'true';
}

// Who only reads may look at everything and change nothing.
function stayAsItIs(form) {
  root.classList.add('is-readonly');
  form.get('commandStack').execute = () => {};
}

function openSource(text, problem) {
  root.classList.add('is-source');
  source.value = text;
  source.readOnly = !settings.editable;
  root.querySelector('[data-form-broken-why]').textContent = problem.message;
  source.addEventListener('input', changed);
  canvas.dataset.ready = 'source';
}

// --- problems ------------------------------------------------------------------------------------

function fieldOf(finding) {
  if (!state.form || !finding.element) return null;
  const fields = state.form.get('formFieldRegistry').getAll();
  const [first, column] = finding.element.split('.');
  const found = fields.find((field) => nameOf(field) === first || field.id === finding.element);
  return (column && fields.find((field) => field._parent === found?.id && nameOf(field) === column)) || found || null;
}

function pick(finding) {
  const field = fieldOf(finding);
  if (!field) return;
  showTab('build');
  const selection = state.form.get('selection');
  if (!selection.isSelected(field)) selection.set(field);
  requestAnimationFrame(() => canvas.querySelector(`[data-id="${CSS.escape(field.id)}"]`)?.scrollIntoView({ block: 'nearest' }));
}

function mark(findings) {
  const worst = new Map();
  for (const finding of findings) {
    const field = fieldOf(finding);
    if (field && worst.get(field.id) !== 'error') worst.set(field.id, finding.severity);
  }
  canvas.querySelectorAll('[data-finding]').forEach((element) => { delete element.dataset.finding; });
  for (const [id, severity] of worst) {
    const element = canvas.querySelector(`.fjs-element[data-id="${CSS.escape(id)}"]`);
    if (element) element.dataset.finding = severity;
  }
}

// --- tabs, files ---------------------------------------------------------------------------------

const tabs = [...root.querySelectorAll('[role="tab"]')];

function showTab(name) {
  for (const tab of tabs) {
    const isIt = tab.dataset.tab === name;
    tab.setAttribute('aria-selected', String(isIt));
    tab.tabIndex = isIt ? 0 : -1;
    document.getElementById(tab.getAttribute('aria-controls')).hidden = !isIt;
  }
  root.dataset.tab = name;
  if (name === 'preview') preview.open(); else preview.close();
}

for (const tab of tabs) {
  tab.addEventListener('click', () => showTab(tab.dataset.tab));
  tab.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    const next = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
    next.focus();
    showTab(next.dataset.tab);
  });
}

// A policy of the page allows no blob: the file is what was saved, read from the server.
document.querySelector('[data-form-download]')?.addEventListener('click', async (event) => {
  if (!saver.dirty || event.currentTarget.dataset.saved) return;
  event.preventDefault();
  const link = event.currentTarget;
  if (await saver.save()) location.assign(link.href);
});

document.querySelector('[data-form-upload]')?.addEventListener('change', async (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (!file) return;
  const note = document.querySelector('[data-editor-note]');
  const refuse = (why) => { note.textContent = why; note.hidden = false; };
  if (file.size > 256 * 1024) { refuse(t('表单文件超过 256 KB,没有读入。', 'The file is larger than 256 KB.')); return; }
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    const given = JSON.parse(text);
    if (!given || typeof given !== 'object' || given.id !== settings.id) { refuse(t(`文件里的表单编号是 ${given?.id ?? '—'},这里要的是 ${settings.id},没有读入。`, `The form in the file is ${given?.id ?? '—'}, not ${settings.id}.`)); return; }
  } catch {
    refuse(t('文件不是有效的 JSON,没有读入。', 'The file is not valid JSON.'));
    return;
  }
  const before = await getContent();
  if (text === before) return;
  // Saved as it is, and the page read anew with it: the way back is the version before.
  saver.getContent = async () => text;
  saver.changed();
  if (await saver.save()) { saver.leave(); location.reload(); } else { saver.getContent = getContent; }
});

openText(settings.content).catch((problem) => openSource(settings.content, problem)).then(() => {
  saver.lint();
  showTab(location.hash === '#preview' ? 'preview' : 'build');
});
