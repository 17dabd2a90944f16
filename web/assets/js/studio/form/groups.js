// What can be set at each kind of component: what engine/formcheck takes, in its words, and nothing else.
import { keySpec, labelSpec } from './names.js';
import { t } from './words.js';

const TEXTS = ['textfield', 'textarea'];
const CHOICES = ['radio', 'select', 'checklist', 'taglist'];
const INPUTS = [...TEXTS, 'number', 'datetime', 'filepicker', 'checkbox', ...CHOICES];

const whole = (least, most) => (text) => (text === '' || (/^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most) ? '' : t(`请写 ${least} 到 ${most} 的整数`, `A whole number, ${least} to ${most}`));
const numeric = (text) => (text === '' || /^-?\d{1,15}(\.\d{1,10})?$/.test(text) ? '' : t('请写数字,例如 12 或 12.5', 'A number, such as 12 or 12.5'));
const sizes = (text) => (text === '' || (/^\d{1,2}(\.\d)?$/.test(text) && Number(text) > 0 && Number(text) <= 10) ? '' : t('请写 0.1 到 10', 'Write 0.1 to 10'));
const pattern = (text) => {
  if (text === '') return '';
  if (/\(\?[=!<]|\\[1-9]/.test(text)) return t('不支持环视和反向引用', 'No look-around and no back reference');
  try { new RegExp(text); return ''; } catch { return t('不是有效的正则表达式', 'Not a regular expression'); }
};
const noFormula = (text) => (text.includes('{{') || text.startsWith('=') ? t('这里不能写公式;要算出来的文字请用「说明文字」', 'No formulas here: use a shown text for what is computed') : '');
const feel = (id, path, label, help, more = {}) => ({ id, kind: 'feel', path, label, help, ...more });
const bound = (id, label) => feel(id, ['validate', id], label, '', { plain: 'number', check: numeric });
const length = (id, label) => feel(id, ['validate', id], label, '', { plain: 'number', check: whole(0, 20000) });
const flag = (id, path, label, help, more = {}) => ({ id, kind: 'check', path, label, help, off: undefined, ...more });
const mark = (id, label, help) => flag(id, ['properties', id], label, help, { on: 'true' });

function general({ field, inRows }) {
  const { type } = field;
  const entries = [];
  if (type === 'default') {
    entries.push({ id: 'id', kind: 'text', path: ['id'], label: t('表单编号', 'Id of the form'), readonly: true, help: t('流程图里按这个编号使用它,建好以后不变。', 'Diagrams use the form by this id; it stays.') });
    entries.push({ id: 'note', kind: 'note', label: t('点选中间的组件,在这里改它;从左边拖入新的组件。', 'Select a component to edit it; drag new ones in from the left.') });
    return entries;
  }
  if (INPUTS.includes(type) || type === 'dynamiclist') entries.push(labelSpec(field, noFormula), keySpec(type === 'dynamiclist' ? 'path' : 'key'));
  if (type === 'expression') {
    entries.push({ id: 'label', kind: 'text', path: ['properties', 'label'], label: t('名称', 'Name'), help: t('工单和台账里这样称呼算出来的值。', 'What the case calls the value.') }, keySpec('key'));
    entries.push(feel('expression', ['expression'], t('公式', 'Formula'), t('提交时由服务器计算并存成变量,不显示在表单上。', 'Computed by the server when the form is sent; not shown.')));
    entries.push({ id: 'computeOn', kind: 'select', path: ['computeOn'], label: t('什么时候算', 'When'), options: [['change', t('每次改动后', 'After each change')], ['presubmit', t('提交时', 'When sent')]] });
  }
  if (type === 'group' || type === 'button') entries.push({ id: 'label', kind: 'text', path: ['label'], label: t('标题', 'Title'), check: noFormula, maxlength: 200 });
  if (type === 'text') entries.push({ id: 'text', kind: 'long', path: ['text'], label: t('文字', 'Text'), keepsSpaces: true, help: t('{{公式}} 写算出来的值,如 {{order_amount}} 元;{{#if 条件}}…{{/if}} 有条件地显示;# 开头的一行是小标题。', '{{formula}} is computed; {{#if condition}}…{{/if}}; a line that begins with # is a heading.') });
  if (type === 'html') entries.push({ id: 'content', kind: 'long', path: ['content'], label: t('内容', 'Content'), keepsSpaces: true, help: t('坐席只看到文字,标签不起作用;请改用「说明文字」。', 'People see the words only: better use a shown text.') });
  if (INPUTS.includes(type) || type === 'dynamiclist') entries.push({ id: 'description', kind: 'long', path: ['description'], label: t('说明', 'Help'), help: t('显示在输入框下面。', 'Shown below the field.'), check: noFormula, maxlength: 4000 });
  if (type === 'number') {
    entries.push({ id: 'decimalDigits', kind: 'number', path: ['decimalDigits'], label: t('小数位数', 'Decimals'), check: whole(0, 20), help: t('0 是整数,金额写 2。', '0 for whole numbers, 2 for money.') });
    entries.push({ id: 'increment', kind: 'number', path: ['increment'], label: t('须为几的倍数', 'A multiple of'), check: numeric });
  }
  if (type === 'datetime') entries.push(subtype());
  if (type === 'filepicker') {
    entries.push({ id: 'accept', kind: 'text', path: ['accept'], label: t('文件种类', 'Kinds of files'), help: t('.jpg、.png、.webp、.pdf,用逗号隔开;不写都可以。', '.jpg, .png, .webp, .pdf, joined by commas; all when empty.') });
    entries.push(flag('multiple', ['multiple'], t('可以传多个', 'Several files')));
  }
  if (type === 'dynamiclist') {
    entries.push({ id: 'defaultRepetitions', kind: 'number', path: ['defaultRepetitions'], label: t('先显示几行', 'Rows shown at first'), check: whole(0, 20) });
    entries.push(flag('allowAddRemove', ['allowAddRemove'], t('可以增减行', 'Rows can be added and removed'), '', { off: false, isOn: (value) => value !== false }));
  }
  if ((type === 'radio' || type === 'select') && !inRows) entries.push(yesOrNo());
  return entries;
}

// A field with the options true and false gives a boolean, which a required tick cannot: it may be answered with no.
function yesOrNo() {
  return {
    ...flag('boolean', ['properties', 'type'], t('是/否(得到 true 或 false)', 'Yes or no (gives true or false)'), '', { on: 'boolean' }),
    set: (field, value) => {
      const properties = { ...(field.properties ?? {}) };
      if (value) properties.type = 'boolean'; else delete properties.type;
      const isPair = JSON.stringify((field.values ?? []).map((it) => it.value).sort()) === '["false","true"]';
      return {
        properties: Object.keys(properties).length ? properties : undefined,
        ...(value && !isPair ? { values: [{ label: t('是', 'Yes'), value: 'true' }, { label: t('否', 'No'), value: 'false' }] } : {}),
      };
    },
  };
}

function subtype() {
  return {
    id: 'subtype', kind: 'select', path: ['subtype'], label: t('填写', 'Asks for'), get: (field) => field.subtype ?? 'date',
    options: [['date', t('日期', 'A date')], ['time', t('时间', 'A time')], ['datetime', t('日期和时间', 'A date and a time')]],
    set: (field, value) => {
      const label = field.dateLabel || field.timeLabel;
      const clock = value === 'date' ? undefined : true;
      return {
        subtype: value,
        dateLabel: value === 'time' ? undefined : label,
        timeLabel: value === 'date' ? undefined : value === 'time' ? label : t('时间', 'Time'),
        use24h: clock,
        timeInterval: clock && 15,
        timeSerializingFormat: clock && 'utc_offset',
      };
    },
  };
}

function source(field) {
  return field.valuesExpression !== undefined ? 'expression' : field.valuesKey !== undefined ? 'key' : 'static';
}

function options({ field }) {
  const entries = [{
    id: 'source', kind: 'select', label: t('选项从哪里来', 'Where options come from'), path: ['values'], get: source,
    options: [['static', t('写在这里', 'Written here')], ['expression', t('公式给出', 'Given by a formula')], ['key', t('变量里的列表', 'A list in a variable')]],
    set: (it, value) => ({
      values: value === 'static' ? it.values ?? [{ label: t('选项一', 'Option one'), value: 'option_1' }] : undefined,
      valuesExpression: value === 'expression' ? '=' : undefined,
      valuesKey: value === 'key' ? 'options' : undefined,
    }),
  }];
  if (source(field) === 'static') entries.push({ id: 'values', kind: 'options', path: ['values'] });
  if (source(field) === 'expression') entries.push(feel('valuesExpression', ['valuesExpression'], t('公式', 'Formula'), t('给出列表:文字,或 {value, label}。', 'Gives a list of texts, or of {value, label}.')));
  if (source(field) === 'key') entries.push({ id: 'valuesKey', kind: 'text', path: ['valuesKey'], label: t('变量名', 'Variable'), list: 'ff-names' });
  return entries;
}

function checks({ field, inRows }) {
  const { type } = field;
  const entries = [];
  const isList = type === 'dynamiclist';
  if (!isList) entries.push(flag('required', ['validate', 'required'], t('必填', 'Required'), type === 'checkbox' ? t('必填的勾选框必须勾上;要能答“否”,请用单选的 是/否。', 'Must be ticked; for yes or no use a choice.') : ''));
  entries.push(feel('required_when', ['properties', 'required_when'], t('有条件的必填', 'Required when'), t('公式得 true 时必填,如 customer_decision = "counter"。', 'Required while the formula gives true.')));
  if (type === 'textfield') entries.push({ id: 'validationType', kind: 'select', path: ['validate', 'validationType'], label: t('格式', 'Format'), options: [['', t('不限,或下面的正则', 'Any, or the pattern below')], ['phone', t('电话(手机或座机)', 'Telephone')], ['email', t('邮箱', 'Mail address')]] });
  if (TEXTS.includes(type)) entries.push(length('minLength', t('最少几个字', 'At least … characters')), length('maxLength', t('最多几个字', 'At most … characters')));
  if (TEXTS.includes(type)) {
    entries.push({ id: 'pattern', kind: 'text', path: ['validate', 'pattern'], label: t('正则表达式', 'Pattern'), check: pattern, keepsSpaces: true, help: t('整段文字须符合(RE2,不支持环视和反向引用)。', 'The whole text must match (RE2).') });
    if (field.validate?.pattern) entries.push({ id: 'patternErrorMessage', kind: 'text', path: ['validate', 'patternErrorMessage'], label: t('不符合时说什么', 'What to say when it does not match') });
  }
  if (type === 'number') entries.push(bound('min', t('不小于', 'Least')), bound('max', t('不大于', 'Most')));
  if (type === 'datetime') entries.push(flag('disallowPassedDates', ['disallowPassedDates'], t('不能早于今天', 'Not before today')));
  if (type === 'filepicker') {
    entries.push({ id: 'min', kind: 'text', path: ['properties', 'min'], label: t('至少几个文件', 'At least … files'), check: whole(0, 9) }, { id: 'max', kind: 'text', path: ['properties', 'max'], label: t('最多几个文件', 'At most … files'), check: whole(1, 9), help: t('最多 9 个;多于 1 个要选“可以传多个”。', 'At most 9.') });
    entries.push({ id: 'max_size', kind: 'text', path: ['properties', 'max_size'], label: t('每个最大(MB)', 'Largest file (MB)'), check: sizes });
  }
  if (isList) entries.push({ id: 'min', kind: 'text', path: ['properties', 'min'], label: t('至少几行', 'At least … rows'), check: whole(0, 200) }, { id: 'max', kind: 'text', path: ['properties', 'max'], label: t('最多几行', 'At most … rows'), check: whole(1, 200) });
  const what = isList ? t('如 sum(ship_to_places.quantity) = item_count', 'e.g. sum(ship_to_places.quantity) = item_count') : t('如 comp_amount <= order_amount', 'e.g. comp_amount <= order_amount');
  entries.push(feel('check', ['properties', 'check'], t('须成立的公式', 'Must hold'), t(`填了以后要得 true,${what}。`, `Has to give true, ${what}.`)));
  entries.push(feel('check_message', ['properties', 'check_message'], t('不成立时说什么', 'What to say when it does not'), '', { plain: 'text' }));
  entries.push(feel('check_message_en', ['properties', 'check_message_en'], t('不成立时说什么(英文)', 'The same in English'), '', { plain: 'text' }));
  if (!isList && !inRows) entries.push({ id: 'unique', kind: 'text', path: ['properties', 'unique'], label: t('不能重复,在', 'Unique among'), help: t('waybills(运单号),或登记表的一列,如 invoice_register.invoice_no。', 'waybills, or a column of a register such as invoice_register.invoice_no.') });
  return entries;
}

function firstValues({ field, inRows }) {
  const isList = field.type === 'dynamiclist';
  const entries = [];
  if (isList) entries.push(feel('prefill', ['properties', 'prefill'], t('打开时先填好', 'Filled in at first'), t('给出各行的列表。', 'Gives a list of rows.')));
  else if (!inRows) entries.push(feel('prefill', ['properties', 'prefill'], t('打开时先填好', 'Filled in at first'), t('不写就什么也不预填,复查时不会带出上一次的答案。', 'Without it nothing is filled in.'), { plain: 'text' }));
  if (!isList) entries.push(feel('default', ['properties', 'default'], t('没有填时的值', 'Value when nothing was entered'), t('流程被调用、没有人填时也用它。', 'Used as well when the process is called.'), { plain: 'text' }));
  return entries;
}

function showing({ field, inRows }) {
  const entries = [feel('hide', ['conditional', 'hide'], t('什么时候不显示', 'Hidden when'), t('公式得 true 时不显示,也不收它的值。', 'Hidden while the formula gives true; its value is not taken.'))];
  if (INPUTS.includes(field.type) && !inRows) {
    entries.push({
      id: 'readonly', kind: 'select', path: ['readonly'], label: t('只看不填', 'Shown, not entered'), get: (it) => (typeof it.readonly === 'string' ? 'when' : it.disabled ? 'disabled' : it.readonly ? 'always' : ''),
      options: [['', t('可以填', 'Entered')], ['always', t('总是只看', 'Never entered')], ['when', t('看条件', 'By a formula')], ['disabled', t('停用', 'Disabled')]],
      set: (_it, value) => ({ readonly: { always: true, when: '=false' }[value], disabled: value === 'disabled' ? true : undefined }),
    });
    if (typeof field.readonly === 'string') entries.push(feel('readonly_when', ['readonly'], t('只看的条件', 'Shown only, when'), ''));
  }
  return entries;
}

function layout({ field, parent }) {
  if (parent?.type === 'dynamiclist') return [];
  return [{
    id: 'columns', kind: 'select', path: ['layout', 'columns'], label: t('宽度', 'Width'),
    options: [['', t('自动', 'Automatic')], ...[4, 5, 6, 8, 10, 11, 12, 16].map((it) => [String(it), it === 16 ? t('整行', 'A whole line') : t(`${it}/16 行`, `${it}/16`)])],
    parse: Number,
    help: t('把组件拖到同一行,就并排显示;手机上总是一列。', 'Drag components into one line to show them side by side; phones have one column.'),
  }];
}

export function groupsOf(field, around) {
  const { type } = field;
  const given = { ...around, field };
  const groups = [{ id: 'general', label: t('基本', 'General'), open: true, entries: general(given) }];
  if (CHOICES.includes(type)) groups.push({ id: 'options', label: t('选项', 'Options'), open: true, entries: options(given) });
  if (INPUTS.includes(type) || type === 'dynamiclist') {
    groups.push({ id: 'checks', label: t('必填和校验', 'Required and checked'), open: true, entries: checks(given) });
    groups.push({ id: 'first', label: t('预填和默认', 'First values'), entries: firstValues(given) });
  }
  if (type !== 'default') groups.push({ id: 'showing', label: t('显示条件', 'When it is shown'), open: Boolean(field.conditional?.hide), entries: showing(given) });
  if (INPUTS.includes(type) || type === 'dynamiclist' || type === 'expression') {
    groups.push({ id: 'privacy', label: t('个人信息', 'Personal data'), entries: [mark('masked', t('个人信息,表单以外打码', 'Personal data, masked outside the form'), t('电话、地址、姓名、账号都算。', 'Telephones, addresses, names, accounts.'))] });
  }
  if (INPUTS.includes(type)) groups.push({ id: 'layout', label: t('排版', 'Layout'), entries: layout(given) });
  return groups.filter((group) => group.entries.length);
}
