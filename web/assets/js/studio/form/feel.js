// Inputs for formulas: with the names that can be read where the formula stands, and the functions that the server has.
import FeelEditor from '@bpmn-io/feel-editor';
import { adoptStyles } from '../adopted_styles.js';
import { builtins } from '../dmn/functions.js';
import { FAMILIES } from './words.js';

let names = () => [];

// `read` gives the names as [{name, label, family, entries}] when an input is opened.
export function prepareFeel(read) {
  names = read;
  adoptStyles();
}

const variables = () => names().map(({ name, label, family, entries }) => ({ name, detail: label || FAMILIES[family] || '', entries: entries?.map((inner) => ({ name: inner.name, detail: inner.label })) }));

export function openFeel(container, { value, label, readOnly, onChange }) {
  const editor = new FeelEditor({ container, value, readOnly, builtins, variables: variables(), onChange, contentAttributes: { 'aria-label': label, translate: 'no', spellcheck: 'false' } });
  return {
    setValue(text) { editor.setValue(text); },
    focus() { editor.focus(Number.MAX_SAFE_INTEGER); },
    close() { editor._cmEditor.destroy(); },
  };
}
