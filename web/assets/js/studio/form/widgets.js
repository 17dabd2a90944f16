// The inputs of the panel. Each is a plain element with `show` (the model has changed), `flush` (what was typed counts
// now) and `close`. What is typed reaches the form after a short rest, on leaving the input, and before every save.
import { openFeel } from './feel.js';
import { t } from './words.js';

const REST = 300;
const open = new Set();

export const flushAll = () => open.forEach((widget) => widget.flush());

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

let count = 0;

// A labelled place for an input, with help and a sentence for what is wrong.
function frame(spec, input, { inline = false } = {}) {
  count += 1;
  const id = `ff-${count}`;
  input.id = id;
  const describes = [];
  const label = element('label', { for: id }, spec.label);
  const error = element('p', { class: 'ff-error', id: `${id}-error`, role: 'alert', hidden: true });
  describes.push(error.id);
  let help = null;
  if (spec.help) {
    help = element('p', { class: 'ff-help', id: `${id}-help` }, spec.help);
    describes.push(help.id);
  }
  input.setAttribute('aria-describedby', describes.join(' '));
  const box = element('div', { class: `ff-field${inline ? ' is-inline' : ''}`, 'data-own': true, 'data-test': `panel-${spec.id}` });
  box.append(...(inline ? [element('div', { class: 'ff-line' }, input, label)] : [label, input]), error);
  if (help) box.append(help);
  return {
    box,
    say(sentence, soft = false) {
      error.textContent = sentence || '';
      error.hidden = !sentence;
      error.classList.toggle('is-soft', soft);
      if (sentence && !soft) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
    },
  };
}

// What is typed, after a rest; `read` gives undefined for what must not be taken over.
function typed(read, bind) {
  let timer = 0;
  let dirty = false;
  const flush = () => {
    clearTimeout(timer);
    if (!dirty) return;
    dirty = false;
    const value = read();
    if (value !== undefined && value !== bind().get()) bind().set(value === null ? undefined : value);
  };
  return {
    flush,
    touch() { dirty = true; clearTimeout(timer); timer = setTimeout(flush, REST); },
    get isDirty() { return dirty; },
  };
}

function registered(widget) {
  open.add(widget);
  return { ...widget, close() { widget.flush(); open.delete(widget); widget.close?.(); } };
}

export function textWidget(spec, bind) {
  const long = spec.kind === 'long';
  const input = element(long ? 'textarea' : 'input', { class: 'bio-properties-panel-input', type: long ? undefined : 'text', rows: long ? '2' : undefined, spellcheck: 'false', autocomplete: 'off', list: spec.list, maxlength: spec.maxlength, translate: 'no', readonly: spec.readonly, inputmode: spec.kind === 'number' ? 'decimal' : undefined });
  const place = frame(spec, input);
  const read = () => {
    const text = spec.keepsSpaces ? input.value : input.value.trim();
    const problem = spec.check?.(text, bind());
    place.say(problem || spec.warn?.(text, bind()), !problem);
    if (problem) return undefined;
    if (text === '') return null;
    return spec.kind === 'number' ? Number(text) : text;
  };
  const typing = typed(read, bind);
  const grow = () => { if (long) { input.style.height = 'auto'; input.style.height = `${Math.min(240, input.scrollHeight + 2)}px`; } };
  const show = () => {
    if (typing.isDirty || (document.activeElement === input && input.value.trim() === String(bind().get() ?? '').trim())) return;
    const value = String(bind().get() ?? '');
    if (input.value !== value) input.value = value;
    place.say(spec.warn?.(value, bind()), true);
    grow();
  };
  input.addEventListener('input', () => { grow(); typing.touch(); });
  input.addEventListener('change', () => { typing.touch(); typing.flush(); });
  return registered({ element: place.box, show, flush: typing.flush, focus: () => input.focus() });
}

export function checkWidget(spec, bind) {
  const input = element('input', { type: 'checkbox', class: 'bio-properties-panel-input form-check-input' });
  const place = frame(spec, input, { inline: true });
  input.addEventListener('change', () => bind().set(input.checked ? spec.on ?? true : spec.off));
  const isOn = (value) => (spec.isOn ? spec.isOn(value) : value === true || value === 'true' || (spec.on !== undefined && value === spec.on));
  return { element: place.box, show: () => { input.checked = isOn(bind().get()); }, flush() {}, close() {}, focus: () => input.focus() };
}

export function selectWidget(spec, bind) {
  const input = element('select', { class: 'bio-properties-panel-input' });
  for (const [value, label] of spec.options) input.append(element('option', { value }, label));
  const place = frame(spec, input);
  input.addEventListener('change', () => bind().set(input.value === '' ? undefined : spec.parse ? spec.parse(input.value) : input.value));
  return { element: place.box, show: () => { input.value = String(bind().get() ?? ''); }, flush() {}, close() {}, focus: () => input.focus() };
}

// A formula, or (where `spec.plain` says what else) a plain value with a switch between the two.
export function feelWidget(spec, bind) {
  const host = element('div', { class: 'ff-feel bio-properties-panel-input', translate: 'no', tabindex: '-1' });
  const place = frame(spec, host);
  const label = place.box.querySelector('label');
  label.removeAttribute('for');
  let editor = null;
  let plain = null;
  let text = '';
  const read = () => {
    const formula = text.trim();
    if (plain) {
      const problem = spec.check?.(formula, bind());
      place.say(problem);
      if (problem) return undefined;
      if (formula === '') return null;
      return spec.plain === 'number' ? Number(formula) : formula;
    }
    place.say('');
    return formula === '' ? null : `=${formula}`;
  };
  const typing = typed(read, bind);
  const change = (value) => { if (value === text) return; text = value; typing.touch(); };
  const sign = element('button', { type: 'button', class: 'ff-fx', 'aria-pressed': 'true', title: t('公式(FEEL);再按一次改回固定的值', 'Formula (FEEL); press again for a fixed value') }, 'ƒ');
  const build = (isPlain) => {
    editor?.close();
    host.replaceChildren();
    editor = null;
    plain = null;
    sign.setAttribute('aria-pressed', isPlain ? 'false' : 'true');
    if (isPlain) {
      plain = element(spec.long ? 'textarea' : 'input', { class: 'ff-plain', type: spec.long ? undefined : 'text', rows: spec.long ? '2' : undefined, 'aria-label': spec.label, autocomplete: 'off', spellcheck: 'false' });
      plain.value = text;
      plain.addEventListener('input', () => { text = plain.value; typing.touch(); });
      plain.addEventListener('blur', () => typing.flush());
      host.append(plain);
    } else {
      editor = openFeel(host, { value: text, label: spec.label, readOnly: bind().readOnly, onChange: change });
    }
  };
  host.addEventListener('focusout', () => typing.flush());
  if (spec.plain) {
    sign.addEventListener('click', () => { typing.flush(); const toPlain = !plain; text = ''; build(toPlain); typing.touch(); (plain ?? editor).focus(); });
    label.append(sign);
  } else {
    label.append(element('span', { class: 'ff-fx is-fixed', 'aria-hidden': 'true' }, 'ƒ'));
  }
  const show = () => {
    if (typing.isDirty) return;
    const value = bind().get();
    const isFormula = typeof value === 'string' && value.startsWith('=');
    const wanted = isFormula ? value.slice(1) : String(value ?? '');
    const asPlain = Boolean(spec.plain) && (value === undefined || value === '' ? plain !== null || editor === null : !isFormula);
    if ((plain !== null) !== asPlain || (!plain && !editor)) { text = wanted; build(asPlain); return; }
    if (wanted.trim() === text.trim()) return;
    text = wanted;
    if (plain) plain.value = wanted; else editor.setValue(wanted);
  };
  return registered({ element: place.box, show, flush: typing.flush, close: () => editor?.close(), focus: () => (plain ?? editor)?.focus() });
}

// The options of a choice, a line each: what is shown and what is kept.
export function optionsWidget(spec, bind) {
  const rows = element('ol', { class: 'ff-options' });
  const error = element('p', { class: 'ff-error', role: 'alert', hidden: true });
  const add = element('button', { type: 'button', class: 'btn btn-plain btn-small' }, t('添加一项', 'Add one'));
  const box = element('div', { class: 'ff-field', 'data-own': true, 'data-test': 'panel-options', role: 'group', 'aria-label': t('选项', 'Options') },
    element('div', { class: 'ff-options-head', 'aria-hidden': 'true' }, element('span', {}, t('显示', 'Shown')), element('span', {}, t('值', 'Kept'))), rows, error, add);
  const inputs = () => [...rows.children].map((row) => [...row.querySelectorAll('input')]);
  const read = () => inputs().map(([label, value]) => ({ label: label.value.trim(), value: value.value.trim() }));
  const judge = (list) => {
    const values = list.map((option) => option.value);
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    const problem = list.some((option) => !option.label || !option.value) ? t('每一项都要写显示的文字和值', 'Each needs a label and a value')
      : twice !== undefined ? t(`值“${twice}”重复`, `The value “${twice}” is given twice`)
      : values.some((value) => !/^[\x21-\x7e]+$/.test(value)) ? t('值请用英文字母、数字、下划线,中文写在“显示”里', 'Values are ASCII; Chinese belongs into the label') : '';
    error.textContent = problem;
    error.hidden = !problem;
    return problem;
  };
  const typing = typed(() => { const list = read(); judge(list); return list; }, () => ({ get: () => undefined, set: bind().set }));
  const line = (option) => {
    const label = element('input', { type: 'text', value: option.label ?? '', 'aria-label': t('显示的文字', 'Label'), autocomplete: 'off', translate: 'no' });
    const value = element('input', { type: 'text', value: String(option.value ?? ''), 'aria-label': t('值', 'Value'), autocomplete: 'off', spellcheck: 'false', translate: 'no' });
    const up = element('button', { type: 'button', 'data-do': 'up', title: t('上移', 'Move up'), 'aria-label': t('上移', 'Move up') }, '↑');
    const gone = element('button', { type: 'button', 'data-do': 'remove', title: t('删除这一项', 'Remove'), 'aria-label': t('删除这一项', 'Remove') }, '×');
    return element('li', {}, label, value, up, gone);
  };
  let shown = '';
  const show = () => {
    if (typing.isDirty) return;
    const list = bind().get() ?? [];
    const text = JSON.stringify(list);
    if (text === shown && rows.children.length === list.length) return;
    shown = text;
    if (JSON.stringify(read()) !== JSON.stringify(list.map((it) => ({ label: String(it.label ?? ''), value: String(it.value ?? '') })))) rows.replaceChildren(...list.map(line));
    judge(read());
  };
  rows.addEventListener('input', () => typing.touch());
  rows.addEventListener('focusout', () => typing.flush());
  rows.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button || bind().readOnly) return;
    const row = button.closest('li');
    if (button.dataset.do === 'remove') row.remove(); else row.previousElementSibling?.before(row);
    typing.touch();
    typing.flush();
  });
  add.addEventListener('click', () => {
    const taken = new Set(read().map((option) => option.value));
    let number = rows.children.length + 1;
    while (taken.has(`option_${number}`)) number += 1;
    rows.append(line({ label: t(`选项 ${number}`, `Option ${number}`), value: `option_${number}` }));
    typing.touch();
    typing.flush();
    rows.lastElementChild.querySelector('input').select();
  });
  return registered({ element: box, show, flush: typing.flush, focus: () => rows.querySelector('input')?.focus() });
}

export function noteWidget(spec) {
  return { element: element('p', { class: 'ff-note', 'data-own': true }, spec.label), show() {}, flush() {}, close() {}, focus() {} };
}
