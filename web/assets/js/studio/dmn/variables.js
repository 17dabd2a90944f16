// What the FEEL editor completes: the inputs of the table first, then what the shop knows and what forms ask for.
import { t, typeWord } from './words.js';

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function decisionAbove(element) {
  for (let each = element; each; each = each.$parent) if (each.$instanceOf?.('dmn:Decision')) return each;
  return null;
}

function ofTable(decision) {
  const columns = decision?.decisionLogic?.get?.('input') || [];
  return columns.filter((column) => PLAIN.test(column.inputExpression?.text || '')).map((column) => ({
    name: column.inputExpression.text, info: column.label || '', detail: typeWord(column.inputExpression.typeRef),
  }));
}

export function ofSurroundings({ facts = [], forms = [], variables = [], derived = [] }) {
  const found = new Map();
  for (const form of forms) {
    for (const field of form.fields) {
      if (!found.has(field.key)) found.set(field.key, { name: field.key, info: field.label || '', detail: t('表单', 'Form') });
    }
  }
  for (const name of [...facts, ...derived]) found.set(name, { name, info: '', detail: t('平台', 'Platform') });
  for (const name of variables) if (!found.has(name)) found.set(name, { name, info: '', detail: t('流程变量', 'Process') });
  return [...found.values()];
}

// `known`: an object whose `variables` are filled in when the surroundings have come.
export function variablesModule(known) {
  class Provider {
    static $inject = ['variableResolver'];

    constructor(variableResolver) { variableResolver.registerProvider(this); }

    getVariables(variables, element) {
      const own = ofTable(decisionAbove(element));
      const names = new Set([...variables, ...own].map((each) => each.name));
      return [...own, ...variables.map((each) => ({ ...each, detail: typeWord(each.detail) })),
        ...known.variables.filter((each) => !names.has(each.name))];
    }
  }
  return { __init__: ['kefuflowVariables'], kefuflowVariables: ['type', Provider] };
}
