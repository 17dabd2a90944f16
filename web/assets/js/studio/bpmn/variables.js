// Which variables are known at an element: what stands before it on a way from a start, and what the platform knows.
import { ZeebeVariableResolverModule } from '@bpmn-io/variable-resolver';
import VariableProvider from '@bpmn-io/variable-resolver/lib/VariableProvider';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { extensions, said } from './extensions.js';

const Resolver = ZeebeVariableResolverModule.variableResolver[1];
const TYPES = {
  number: 'Number', checkbox: 'Boolean', datetime: 'String', textfield: 'String', textarea: 'String', select: 'String',
  boolean: 'Boolean', string: 'String', date: 'String',
};
/** Fields of forms, results of jobs and decisions, contents of messages, facts of the platform. */
class Known extends VariableProvider {
  constructor(variableResolver, surroundings, words) {
    super(variableResolver);
    Object.assign(this, { surroundings, words });
  }

  getVariables(element) {
    if (is(element, 'bpmn:Process')) {
      return this.surroundings.list('facts').map((name) => ({ name, info: this.words.fact }));
    }
    return [...this.#fields(element), ...this.#decided(element), ...this.#results(element), ...this.#message(element)];
  }

  #fields(element) {
    const form = this.surroundings.find('forms', said(element, 'zeebe:FormDefinition', 'formId'));
    return (form?.fields || []).map(({ key, label, type }) => ({ name: key, type: TYPES[type], info: `${label} · ${form.title || form.id}` }));
  }

  #decided(element) {
    const [id, name] = ['decisionId', 'resultVariable'].map((part) => said(element, 'zeebe:CalledDecision', part));
    const decision = this.surroundings.find('decisions', id);
    if (!decision || !name) return [];
    const outputs = decision.outputs || [];
    const entries = outputs.length > 1 ? outputs.map((output) => ({ name: output })) : undefined;
    return [{ name, info: decision.name, entries, type: entries ? 'Context' : undefined }];
  }

  #results(element) {
    const job = this.surroundings.find('jobTypes', said(element, 'zeebe:TaskDefinition', 'type'));
    // Where outputs are mapped, only they come into the case.
    if (!job || extensions(element, 'zeebe:IoMapping').some((mapping) => mapping.get('outputParameters').length)) return [];
    return (job.results || []).map((name) => ({ name, info: job.name || job.id }));
  }

  #message(element) {
    const definitions = [...(element.get('eventDefinitions') || []), ...(is(element, 'bpmn:ReceiveTask') ? [element] : [])];
    return definitions
      .map((definition) => definition.messageRef?.name)
      .filter((name) => name && !is(element, 'bpmn:ThrowEvent'))
      .map((name) => ({ name: name.replace(/^msg_/, ''), type: 'Context', info: name }));
  }
}
Known.$inject = ['variableResolver', 'surroundings', 'words'];

const parents = function* (element) {
  for (let each = element?.$parent; each; each = each.$parent) yield each;
};

/** All that may have run before an element, itself and what it stands in included; nothing: everything may. */
export function before(element) {
  const first = is(element, 'bpmn:SequenceFlow') ? element.sourceRef : element;
  if (!first || !is(first, 'bpmn:FlowNode')) return null;
  const [seen, waiting] = [new Set(), [first]];
  const visit = (node) => { if (node && !seen.has(node)) waiting.push(node); };
  while (waiting.length) {
    const node = waiting.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    (node.get('incoming') || []).forEach((flow) => visit(flow.sourceRef));
    visit(node.attachedToRef);
    if (is(node, 'bpmn:SubProcess') && node !== first) node.get('flowElements').filter((each) => is(each, 'bpmn:FlowNode')).forEach(visit);
    for (const parent of parents(node)) {
      if (is(parent, 'bpmn:SubProcess')) visit(parent);
      else if (is(parent, 'bpmn:Process')) seen.add(parent);
    }
    if (is(node, 'bpmn:CatchEvent')) linked(node).forEach(visit);
  }
  return seen;
}

/** Throwing links of the same name. */
function linked(node) {
  const name = (node.get('eventDefinitions') || []).find((each) => is(each, 'bpmn:LinkEventDefinition'))?.name;
  if (!name) return [];
  return (node.$parent.get('flowElements') || []).filter((each) => is(each, 'bpmn:ThrowEvent')
    && (each.get('eventDefinitions') || []).some((one) => is(one, 'bpmn:LinkEventDefinition') && one.name === name));
}

class VariablesBefore extends Resolver {
  constructor(eventBus, bpmnjs, words) {
    super(eventBus, bpmnjs);
    this.words = words;
  }

  async getVariablesForElement(element, ...rest) {
    const found = await super.getVariablesForElement(element, ...rest);
    const known = before(getBusinessObject(element));
    const once = new Map();
    for (const variable of found) {
      const origins = variable.origin || [];
      if (known && origins.length && !origins.some((origin) => known.has(origin))) continue;
      const other = once.get(variable.name);
      if (!other) once.set(variable.name, variable);
      else once.set(variable.name, { ...other, info: other.info || variable.info, entries: other.entries || variable.entries });
    }
    return [...once.values()].map((variable) => this.#told(variable, known));
  }

  #told(variable, known) {
    const origins = (variable.origin || []).filter((origin) => !known || known.has(origin));
    const written = origins.map((origin) => origin.name || origin.id).join(this.words.comma);
    const detail = (variable.type || '').split('|').map((type) => this.words.types[type] ?? type).filter(Boolean).join(' / ');
    const info = [variable.info, written && this.words.written.replace('{names}', written)].filter(Boolean).join('\n');
    return { ...variable, detail, info };
  }
}
VariablesBefore.$inject = ['eventBus', 'bpmnjs', 'words'];

export const variablesModule = (surroundings, words) => ({
  __init__: ['variableResolver', 'knownVariables'],
  variableResolver: ['type', VariablesBefore],
  knownVariables: ['type', Known],
  surroundings: ['value', surroundings],
  words: ['value', words],
});
