// Which components are offered, what they are called, and how a new one begins. What the server does not show or check
// is not offered; it can still be opened, so that a file from elsewhere is seen and mended.
import { createElement as h } from 'preact';
import { KINDS, t } from './words.js';

const OFFERED = [
  'textfield', 'textarea', 'number', 'datetime', 'filepicker', 'expression',
  'radio', 'select', 'checkbox', 'checklist', 'taglist',
  'text', 'separator', 'spacer',
  'group', 'dynamiclist',
];
const first = () => [{ label: t('选项一', 'Option one'), value: 'option_1' }, { label: t('选项二', 'Option two'), value: 'option_2' }];
const BEGINNINGS = {
  radio: () => ({ values: first() }),
  select: () => ({ values: first() }),
  checklist: () => ({ values: first() }),
  taglist: () => ({ values: first() }),
  text: () => ({ text: t('写给坐席看的话', 'A sentence for whoever fills in the form') }),
  datetime: () => ({ subtype: 'date', dateLabel: t('日期', 'Date') }),
  dynamiclist: () => ({ components: [], isRepeating: true, allowAddRemove: true, defaultRepetitions: 1 }),
  group: () => ({ components: [] }),
  expression: () => ({ expression: '=', computeOn: 'change' }),
  spacer: () => ({ height: 20 }),
};

const BARE = new Set(['text', 'html', 'separator', 'spacer', 'expression', 'datetime']);
const beginning = (kind) => ({ ...(BARE.has(kind) ? {} : { label: KINDS[kind] }), ...BEGINNINGS[kind]?.() });
const IN_ROWS = new Set(['textfield', 'textarea', 'number', 'datetime', 'radio', 'select', 'checkbox', 'checklist', 'taglist']);

// Where a component comes that was picked and not dragged: behind the selected one, or into a selected container.
export function addField(form, kind) {
  const registry = form.get('formFieldRegistry');
  const selected = form.get('selection').get();
  const root = registry.getForm();
  let parent = root;
  let index = root.components.length;
  if (selected && selected.type !== 'default') {
    const isContainer = selected.type === 'group' || selected.type === 'dynamiclist';
    parent = isContainer ? selected : registry.get(selected._parent);
    index = isContainer ? parent.components.length : parent.components.indexOf(selected) + 1;
    if (parent.type === 'dynamiclist' && !IN_ROWS.has(kind)) {
      const rows = parent;
      parent = registry.get(rows._parent);
      index = parent.components.indexOf(rows) + 1;
    }
  }
  form.get('modeling').addFormField({ type: kind }, parent, index);
}

// form-js adds on Enter alone, at the end, and takes the same Enter for another one on what it has added.
export function addByPicking(canvas, form) {
  const picked = (event) => event.target.closest?.('.fjs-palette-field');
  canvas.addEventListener('keydown', (event) => {
    if ((event.key !== 'Enter' && event.key !== ' ') || !picked(event)) return;
    event.preventDefault();
    event.stopPropagation();
    addField(form, picked(event).dataset.fieldType);
  }, true);
  canvas.addEventListener('click', (event) => { if (picked(event)) addField(form, picked(event).dataset.fieldType); });
}

// A text is shown as it is written, formulas and all; HTML as words: nothing of it is ever made real here.
function Written(attribute, empty) {
  return ({ field }) => {
    const text = String(field[attribute] ?? '').trim();
    if (!text) return h('div', { class: 'fjs-form-field fjs-form-field-placeholder' }, empty);
    const lines = text.split('\n').filter((line) => line.trim());
    return h('div', { class: 'fjs-form-field ff-written', translate: 'no' }, lines.map((line) => h('p', { class: line.startsWith('#') && attribute === 'text' ? 'is-heading' : '' }, pieces(line))));
  };
}

const pieces = (line) => line.split(/(\{\{.*?\}\})/).map((piece) => (piece.startsWith('{{') ? h('code', null, piece) : piece.replace(/^#+\s*/, '')));

export function Palette(formFields) {
  const known = formFields._formFields;
  const shown = { text: Written('text', t('还没有文字', 'No text yet')), html: Written('content', t('还没有内容', 'No content yet')) };
  for (const [kind, original] of Object.entries(known)) {
    if (!KINDS[kind]) continue;
    const draw = shown[kind] ?? ((props) => original(props));
    draw.config = {
      ...original.config,
      name: KINDS[kind],
      label: original.config.label === null ? null : undefined,
      icon: original.config.icon,
      // What is opened stays as it is: what form-js would add by itself is no edit of the owner's.
      create: (options = {}, isNew = true) => (isNew ? { ...beginning(kind), ...options } : { ...original.config.create(options, false) }),
    };
    known[kind] = draw;
  }
  // The palette lists what can be counted, `get` finds the others as well.
  const order = new Map(OFFERED.map((kind, index) => [kind, index]));
  const kinds = Object.keys(known).sort((a, b) => (order.get(a) ?? 99) - (order.get(b) ?? 99));
  const components = { ...known };
  for (const kind of kinds) {
    delete known[kind];
    Object.defineProperty(known, kind, { value: components[kind], enumerable: order.has(kind) || kind === 'default', configurable: true, writable: true });
  }
}
Palette.$inject = ['formFields'];

export const PaletteModule = { __init__: ['ownPalette'], ownPalette: ['type', Palette] };
