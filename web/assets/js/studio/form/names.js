// Names of variables: those of this form, and those that other forms, diagrams, decisions and the platform use. One
// thing has one name everywhere, and one name holds one kind of value.
import { FAMILIES, familyOf, labelOf, nameOf, t } from './words.js';

const KEY = /^[A-Za-z][A-Za-z0-9_]*$/;
const GENERATED = /^(textfield|textarea|number|datetime|filepicker|expression|radio|select|checkbox|checklist|taglist|dynamiclist)_[a-z0-9]+$/;
// name → {label, uses: [{family, label, form, title}], from: [where else]}
let known = {};
let reserved = new Set();
let others = () => [];

export function prepareNames(names, reservedNames, allFields) {
  known = names;
  reserved = new Set(reservedNames);
  others = allFields;
  const list = document.createElement('datalist');
  list.id = 'ff-names';
  list.setAttribute('translate', 'no');
  for (const [name, it] of Object.entries(known).sort(([one], [two]) => one.localeCompare(two))) {
    const option = document.createElement('option');
    option.value = name;
    const families = [...new Set(it.uses.map((use) => FAMILIES[use.family]).filter(Boolean))].join('/');
    option.label = [it.label, families, it.uses.length ? t(`${it.uses.length} 个表单`, `${it.uses.length} forms`) : it.from.map(sourceName).join('、')].filter(Boolean).join(' · ');
    list.append(option);
  }
  document.body.append(list);
}

const sourceName = (source) => ({ diagram: t('流程图', 'diagram'), decision: t('决策表', 'decision'), job: t('自动步骤', 'job'), platform: t('系统', 'platform') })[source] ?? source;

// What formulas can read: this form's fields first, then everything that a case may hold.
export function readable() {
  const own = others().filter((field) => nameOf(field) && field.type !== 'default');
  const found = new Map(own.map((field) => [nameOf(field), {
    name: nameOf(field), label: labelOf(field), family: familyOf(field),
    entries: field.type === 'dynamiclist' ? (field.components ?? []).map((it) => ({ name: nameOf(it), label: labelOf(it) })) : undefined,
  }]));
  for (const [name, it] of Object.entries(known)) if (!found.has(name)) found.set(name, { name, label: it.label, family: it.uses[0]?.family, entries: it.entries });
  return [...found.values()];
}

function refusal(text, field) {
  if (text === '') return t('请写变量名,答案存在它里面', 'Give the variable in which the answer is kept');
  if (/[^\x00-\x7f]/.test(text)) return t('变量名不能用中文:以英文字母开头,只含英文字母、数字和下划线,如 comp_amount;中文写在「标签」里。', 'No Chinese in a key: letters, digits and underscores; Chinese belongs into the label.');
  if (!KEY.test(text)) return t('变量名以英文字母开头,只含英文字母、数字和下划线', 'A key is a letter, then letters, digits and underscores');
  if (reserved.has(text)) return t(`“${text}”是系统用的名字,请换一个`, `“${text}” is a name of the platform`);
  const scope = (it) => (others().find((parent) => parent.type === 'dynamiclist' && parent.id === it._parent) ? it._parent : '');
  const twin = others().find((it) => it !== field && nameOf(it) === text && scope(it) === scope(field));
  if (twin) return t(`“${labelOf(twin)}”已经用了这个变量名`, `“${labelOf(twin)}” has this key`);
  return '';
}

function warning(text, field) {
  if (GENERATED.test(text)) return t('这是自动起的名字,请改成看得懂的,如 comp_amount。', 'A name made by the editor: give one that says what it holds.');
  const family = familyOf(field);
  const parent = others().find((it) => it.id === field._parent);
  if (!family || parent?.type === 'dynamiclist') return '';
  const different = (known[text]?.uses ?? []).filter((use) => use.family && use.family !== family);
  if (!different.length) return '';
  const [one] = different;
  const more = different.length > 1 ? t(`等 ${different.length} 处`, ` and ${different.length - 1} more`) : '';
  return t(`这里是${FAMILIES[family]},在${one.title}${more}却是${FAMILIES[one.family]}(${one.label})。同一个变量请用同一种值,或换一个名字。`, `A ${FAMILIES[family]} here, but a ${FAMILIES[one.family]} (${one.label}) in ${one.title}${more}. Use one kind of value, or another name.`);
}

export function keySpec(attribute) {
  return {
    id: 'key', kind: 'text', path: [attribute], label: t('变量名', 'Key'), list: 'ff-names', maxlength: 80,
    help: t('答案存在这个变量里。先从已有的名字里选,同一样东西在各处用同一个名字。', 'The answer is kept in this variable: prefer a name that is in use already.'),
    check: (text, { field }) => refusal(text, field),
    warn: (text, { field }) => warning(text, field),
  };
}

export function labelSpec(field, noFormula) {
  const attribute = field.label !== undefined || field.type !== 'datetime' ? 'label' : field.subtype === 'time' ? 'timeLabel' : 'dateLabel';
  return {
    id: 'label', kind: 'text', path: [attribute], label: t('标签', 'Label'), maxlength: 200,
    check: (text) => (text === '' ? t('请写标签', 'Give a label') : noFormula(text)),
  };
}
