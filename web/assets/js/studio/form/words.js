// The editor's own words: Chinese, and English for who reads the page in English.
export const english = document.documentElement.lang.startsWith('en');

export const t = (zh, en) => (english ? en : zh);

// The kinds of form-js under the names that the desk's people use.
export const KINDS = {
  default: t('表单', 'Form'),
  textfield: t('单行文字', 'Text'),
  textarea: t('多行文字', 'Long text'),
  number: t('数字', 'Number'),
  datetime: t('日期时间', 'Date and time'),
  filepicker: t('文件', 'Files'),
  expression: t('计算字段', 'Computed field'),
  radio: t('单选', 'One of several'),
  select: t('下拉选择', 'Drop-down'),
  checkbox: t('勾选', 'Tick'),
  checklist: t('多选', 'Any of several'),
  taglist: t('标签多选', 'Tags'),
  text: t('说明文字', 'Text shown'),
  html: t('说明文字(HTML)', 'Text shown (HTML)'),
  separator: t('分隔线', 'Line'),
  spacer: t('留白', 'Gap'),
  group: t('分组', 'Group'),
  dynamiclist: t('成行的字段', 'Rows'),
  button: t('按钮', 'Button'),
};

// What a value is, whatever component asks for it; two fields of one name must agree on it.
export const FAMILIES = {
  text: t('文字', 'text'),
  number: t('数字', 'number'),
  boolean: t('是/否', 'yes or no'),
  date: t('日期', 'date'),
  time: t('时间', 'time'),
  datetime: t('日期时间', 'date and time'),
  list: t('多项', 'list'),
  files: t('文件', 'files'),
  rows: t('若干行', 'rows'),
};

export function familyOf(component) {
  const { type } = component;
  if (type === 'checkbox' || component.properties?.type === 'boolean') return 'boolean';
  if (type === 'datetime') return component.subtype || 'date';
  return { number: 'number', checklist: 'list', taglist: 'list', filepicker: 'files', dynamiclist: 'rows', expression: '' }[type] ?? 'text';
}

export const nameOf = (component) => (component.type === 'dynamiclist' ? component.path : component.key) || '';

export const labelOf = (component) => component.label || component.dateLabel || component.timeLabel || component.properties?.label || nameOf(component) || KINDS[component.type] || '';
