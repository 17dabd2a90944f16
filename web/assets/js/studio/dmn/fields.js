// The form of an evaluation: one field for each thing that a decision asks for, typed by its type.
import { make, data } from './make.js';
import { OF_STANDARD, t, typeWord } from './words.js';
import { readable, shown, typed } from './values.js';

const INPUTS = { number: { inputmode: 'decimal' }, date: { type: 'date' } };
const EXAMPLES = {
  time: '10:00:00', dateTime: '2026-11-29T10:00:00', dayTimeDuration: 'P1DT2H', yearMonthDuration: 'P1Y2M',
};
const EMPTY = t('(空)', '(empty)');

const kindOf = (type) => OF_STANDARD[type] || type;

const choosable = (field, kind) => (field.choices.length ? field.choices : kind === 'boolean' ? ['true', 'false'] : []);

// FEEL of what stands in a control.
export const feelOf = (field, input) => (input.dataset.feel ? input.value.trim() : typed(field.type, input.value));

// A control for one value; `field`: {type, choices}.
export function control(field, id, feel) {
  const kind = kindOf(field.type);
  const now = shown(field.type, feel);
  if ((field.choices.length || kind === 'boolean') && (!feel || choosable(field, kind).includes(feel))) {
    const choices = choosable(field, kind);
    const words = kind === 'boolean' ? { true: t('是', 'Yes'), false: t('否', 'No') } : {};
    const list = make('select', { id, className: 'form-select', dataset: { feel: 'yes' } }, make('option', { value: '' }, EMPTY),
      choices.map((each) => make('option', { value: each, translate: 'no' }, words[each] || readable(each))));
    list.value = choices.includes(feel) ? feel : '';
    return list;
  }
  const code = !kind || kind === 'Any' || now.feel !== undefined;
  const input = make('input', {
    id, className: code ? 'form-control mono' : 'form-control', type: 'text', autocomplete: 'off', spellcheck: 'false', translate: 'no',
    placeholder: code ? 'FEEL' : EXAMPLES[kind], dataset: code ? { feel: 'yes' } : {}, ...(code ? {} : INPUTS[kind]),
  });
  input.value = code ? now.feel || '' : now.text;
  return input;
}

export class Fields {
  constructor(place) {
    this.place = place;
    this.fields = [];
    this.written = '';
  }

  // Draw the fields anew where the decision asks for other things now; what was typed stays.
  update(fields) {
    const written = JSON.stringify(fields);
    if (written === this.written) return;
    const before = this.values();
    this.written = written;
    this.fields = fields;
    this.draw(before);
  }

  draw(values) {
    this.place.replaceChildren(...this.fields.map((field, index) => {
      const id = `input-${index}`;
      return make('div', { className: 'dmn-field', dataset: { key: field.key } },
        make('label', { for: id, className: 'form-label' }, data(field.label), ' ', field.label === field.key ? null : data(field.key, 'caption mono'), ' ', make('span', { className: 'caption' }, typeWord(field.type))),
        control(field, id, values[field.key] || ''),
        make('p', { className: 'invalid-feedback', id: `${id}-error` }));
    }));
    if (!this.fields.length) this.place.replaceChildren(make('p', { className: 'quiet' }, t('这个决策不需要输入。', 'This decision asks for nothing.')));
  }

  // FEEL by key.
  values() {
    return Object.fromEntries(this.fields.map((field, index) => {
      const input = this.place.querySelector(`#input-${index}`);
      return [field.key, input ? feelOf(field, input) : ''];
    }));
  }

  problems(told) {
    for (const place of this.place.querySelectorAll('.dmn-field')) {
      const [input, note] = [place.querySelector('input, select'), place.querySelector('.invalid-feedback')];
      const problem = told[place.dataset.key];
      note.textContent = problem || '';
      input.classList.toggle('is-invalid', Boolean(problem));
      input.setAttribute('aria-invalid', String(Boolean(problem)));
      if (problem) input.setAttribute('aria-describedby', note.id); else input.removeAttribute('aria-describedby');
    }
    this.place.querySelector('.is-invalid')?.focus();
  }
}
