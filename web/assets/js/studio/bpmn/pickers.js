// Lists in place of free text in the panel: forms, decisions, processes, groups, job types, templates. What the engine
// does not execute is not offered at all.
import { SelectEntry, isSelectEntryEdited, useShowEntryEvent } from '@bpmn-io/properties-panel';
import { h } from '@bpmn-io/properties-panel/preact';
import { useEffect, useRef } from '@bpmn-io/properties-panel/preact/hooks';
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject, is, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { extension, said, say, unsay } from './extensions.js';
import { filled } from './words.js';

const BEHIND_ALL = 200;
const HIDDEN_GROUPS = new Set([
  'Zeebe__ExecutionListeners', 'Zeebe__TaskListeners', 'businessId', 'jobPriorityDefinition', 'outputCollection',
]);
const HIDDEN_ENTRIES = new Set(['bindingType', 'versionTag', 'assignmentDefinitionCandidateUsers', 'variableEvents', 'variableName']);
/** Jobs have headers; what else offers them here has none that would be read. */
const WITH_HEADERS = ['bpmn:ServiceTask', 'bpmn:SendTask', 'bpmn:ThrowEvent'];
/** Groups in which one chooses how an element is made, and the extension of the way that runs here. */
const WAYS = {
  userTaskImplementation: 'zeebe:UserTask',
  businessRuleImplementation: 'zeebe:CalledDecision',
  scriptImplementation: 'zeebe:Script',
};
const PROPERTIES = ['permission', 'four_eyes', 'queue', 'progress', 'register', 'implied'];
const PROCESS_PROPERTIES = ['start_permission', 'start_groups', 'missed', 'roster', 'roster_groups', 'time_zone', 'kind', 'priority', 'pack', 'first_contact', 'asks_satisfaction', 'register.', 'register_row.'];
const HEADERS = ['template', 'text', 'groups', 'names', 'mode', 'sequence', 'pattern', 'days', 'process_id', 'priority'];

const formula = (value) => value.startsWith('=');
/** A choice: what it is of, which extension says it, and what is said of a value that is not in the list. */
const CHOICES = {
  form: { list: 'forms', type: 'zeebe:FormDefinition', name: 'formId', label: 'form', unknown: 'unknownForm', open: ['form', 'openForm', 'beginForm'] },
  decision: { list: 'decisions', type: 'zeebe:CalledDecision', name: 'decisionId', label: 'decision', unknown: 'unknownDecision', open: ['decision', 'openDecision', 'beginDecision'] },
  process: { list: 'processes', type: 'zeebe:CalledElement', name: 'processId', label: 'process', unknown: 'unknownProcess', open: ['bpmn', 'openProcess', 'beginProcess'] },
  job: { list: 'jobTypes', type: 'zeebe:TaskDefinition', name: 'type', label: 'job', unknown: 'unknownJob' },
};
const optionOf = (each) => {
  const name = each.title || each.name;
  return { value: each.id, label: name && name !== each.id ? `${name} · ${each.id}` : each.id };
};

/** Forms of the own process first. */
function options(choice, element, surroundings, words, value) {
  const all = surroundings.list(choice.list);
  const first = [{ value: '', label: words.noneChosen }];
  if (value && !all.some(({ id }) => id === value)) first.push({ value, label: filled(words.unknown, { value }) });
  if (choice.list !== 'forms') return [...first, ...all.map(optionOf)];
  const process = processOf(element);
  const own = all.filter(({ id }) => id.startsWith(`${process.id}.`));
  const others = all.filter((each) => !own.includes(each));
  return [
    ...first,
    ...(own.length ? [{ label: words.ownForms, children: own.map(optionOf) }] : []),
    ...(others.length ? [{ label: words.otherForms, children: others.map(optionOf) }] : []),
  ];
}

function Choice({ element, id, choice }) {
  const [injector, surroundings, words] = ['injector', 'surroundings', 'words'].map((name) => useService(name));
  const value = said(element, choice.type, choice.name);
  return SelectEntry({
    element,
    id,
    label: words[choice.label],
    getValue: () => value,
    setValue: (now) => {
      if (!now && choice.list === 'forms') unsay(injector, element, choice.type);
      else say(injector, element, choice.type, choice.name, now || undefined);
    },
    getOptions: () => options(choice, element, surroundings, words, value),
    validate: (now) => (now && !surroundings.find(choice.list, now) ? filled(words[choice.unknown], { value: now }) : null),
  });
}

const processOf = (element) => {
  let process = getBusinessObject(element);
  while (process.$parent && !is(process, 'bpmn:Process')) process = process.$parent;
  return process;
};

/** The way from a name to what it names; what is not there yet is begun, a form under the id of its step. */
function Open({ element, id, choice }) {
  const [injector, surroundings, words, resources, bus] = ['injector', 'surroundings', 'words', 'resources', 'eventBus'].map((name) => useService(name));
  const value = said(element, choice.type, choice.name);
  const [kind, label, begin] = choice.open;
  const known = surroundings.find(choice.list, value);
  const target = value || (kind === 'form' ? `${processOf(element).id}.${getBusinessObject(element).id}` : '');
  if (!target || (!known && !resources.editable)) return null;
  const go = async () => {
    if (!(await resources.open(kind, target)) || known) return;
    await surroundings.load().catch(() => {});
    if (target === value) bus.fire('propertiesPanel.providersChanged');
    else say(injector, element, choice.type, choice.name, target);
  };
  return h('div', { class: 'bio-properties-panel-entry', 'data-entry-id': id },
    h('button', { type: 'button', class: 'btn btn-plain btn-small', title: known ? words.openHint : target, onClick: go }, words[known ? label : begin]));
}

/** Several groups, in the order in which they were chosen. */
function Groups({ element, id }) {
  const [injector, surroundings, words] = ['injector', 'surroundings', 'words'].map((name) => useService(name));
  const chosen = said(element, 'zeebe:AssignmentDefinition', 'candidateGroups').split(',').map((each) => each.trim()).filter(Boolean);
  const known = surroundings.list('groups');
  const unknown = chosen.filter((each) => !known.some((group) => group.id === each)).map((each) => ({ id: each, unknown: true }));
  const first = useShowEntryEvent(id);
  const toggle = (group, on) => {
    const now = on ? [...chosen, group] : chosen.filter((each) => each !== group);
    say(injector, element, 'zeebe:AssignmentDefinition', 'candidateGroups', now.join(',') || undefined);
  };
  const box = (group, place) => h('label', { class: `kf-choice${group.unknown ? ' is-unknown' : ''}`, key: group.id },
    h('input', {
      type: 'checkbox',
      ref: place === 0 ? first : null,
      name: 'candidateGroups',
      value: group.id,
      checked: chosen.includes(group.id),
      onChange: (event) => toggle(group.id, event.target.checked),
    }),
    h('span', null, group.name || group.id),
    h('code', { translate: 'no' }, group.id),
    group.unknown ? h('span', { class: 'kf-unknown' }, words.unknownGroup) : null);
  return h('fieldset', { class: 'bio-properties-panel-entry kf-choices', 'data-entry-id': id },
    h('legend', { class: 'bio-properties-panel-label' }, words.groups),
    h('input', { type: 'hidden', class: 'bio-properties-panel-input', value: chosen.join(',') }),
    ...[...unknown, ...known].map(box));
}

/** The template of a job's header. */
function Template({ element, id, header }) {
  const [modeling, surroundings, words] = ['modeling', 'surroundings', 'words'].map((name) => useService(name));
  const codes = surroundings.list('templates');
  const value = header.get('value') || '';
  const unknown = value && !codes.includes(value);
  return SelectEntry({
    element,
    id,
    label: words.template,
    getValue: () => value,
    setValue: (now) => modeling.updateModdleProperties(element, header, { value: now || undefined }),
    getOptions: () => [
      { value: '', label: words.noneChosen },
      ...(unknown ? [{ value, label: filled(words.unknown, { value }) }] : []),
      ...codes.map((code) => ({ value: code, label: code })),
    ],
    validate: (now) => (now && !codes.includes(now) ? filled(words.unknownTemplate, { value: now }) : null),
  });
}

/** Any entry with a text field, and what may be meant below it; made once, or typing would lose the field. */
const suggested = new WeakMap();
function suggesting(Component, values) {
  const key = values.join('\n');
  const made = suggested.get(Component) || new Map();
  suggested.set(Component, made);
  if (!made.has(key)) {
    made.set(key, function Suggesting(props) {
      const place = useRef(null);
      const list = `suggested-${props.id}`;
      useEffect(() => { place.current?.querySelector('input')?.setAttribute('list', list); });
      return h('div', { ref: place },
        h(Component, props), h('datalist', { id: list }, values.map((value) => h('option', { value, key: value }))));
    });
  }
  return made.get(key);
}

export class PickersProvider {
  constructor(propertiesPanel, surroundings) {
    this.surroundings = surroundings;
    propertiesPanel.registerProvider(BEHIND_ALL, this);
  }

  getGroups(element) {
    return (groups) => groups
      .filter(({ id }) => !HIDDEN_GROUPS.has(id) && !(WAYS[id] && extension(element, WAYS[id])))
      .filter(({ id, items }) => id !== 'headers' || items?.length || isAny(element, WITH_HEADERS))
      .map((group) => this.#group(element, group))
      .filter((group) => !group.entries || group.entries.length);
  }

  #group(element, group) {
    const entries = (group.entries || []).filter(({ id }) => !HIDDEN_ENTRIES.has(id) || (id === 'versionTag' && group.id === 'general'));
    switch (group.id) {
      case 'form': return this.#form(element, group);
      case 'calledDecision': return { ...group, entries: this.#chosen(element, entries, 'decisionId', CHOICES.decision) };
      case 'calledElement': return { ...group, entries: this.#chosen(element, entries, 'targetProcessId', CHOICES.process) };
      case 'taskDefinition': return { ...group, entries: this.#chosen(element, entries, 'taskDefinitionType', CHOICES.job) };
      case 'assignmentDefinition': return { ...group, entries: entries.map((entry) => this.#groups(element, entry)) };
      case 'message': return { ...group, entries: this.#suggested(entries, /^messageName$/, this.surroundings.list('messages')) };
      case 'headers': return { ...group, items: group.items?.map((item, index) => this.#header(element, item, index)) };
      case 'Zeebe__ExtensionProperties': return this.#properties(element, group);
      default: return group.entries ? { ...group, entries } : group;
    }
  }

  /** Forms within the diagram or elsewhere are not executed, but shown as they are where a file has them. */
  #form(element, group) {
    const form = extension(element, 'zeebe:FormDefinition');
    const others = form?.get('formKey') || form?.get('externalReference') || formula(form?.get('formId') || '');
    return others ? group : { ...group, entries: this.#pair('formId', CHOICES.form) };
  }

  #pair(id, choice) {
    const chosen = { id, component: Choice, choice, isEdited: isSelectEntryEdited };
    return choice.open ? [chosen, { id: `${id}-open`, component: Open, choice }] : [chosen];
  }

  #chosen(element, entries, id, choice) {
    if (formula(said(element, choice.type, choice.name))) return entries;
    return entries.flatMap((entry) => (entry.id === id ? this.#pair(id, choice) : [entry]));
  }

  #groups(element, entry) {
    if (entry.id !== 'assignmentDefinitionCandidateGroups') return entry;
    if (formula(said(element, 'zeebe:AssignmentDefinition', 'candidateGroups'))) return entry;
    return { ...entry, component: Groups, isEdited: (node) => Boolean(node?.value) };
  }

  #suggested(entries, pattern, values) {
    return entries.map((entry) => (pattern.test(entry.id) ? { ...entry, component: suggesting(entry.component, values) } : entry));
  }

  #header(element, item, index) {
    const header = extension(element, 'zeebe:TaskHeaders')?.get('values')[index];
    const entries = this.#suggested(item.entries, /-key$/, HEADERS);
    if (header?.get('key') !== 'template') return { ...item, entries };
    return { ...item, entries: entries.map((entry) => (/-value$/.test(entry.id) ? { ...entry, component: Template, header } : entry)) };
  }

  #properties(element, group) {
    const names = is(element, 'bpmn:Process') || is(element, 'bpmn:Participant') ? PROCESS_PROPERTIES : PROPERTIES;
    return { ...group, items: group.items?.map((item) => ({ ...item, entries: this.#suggested(item.entries, /-name$/, names) })) };
  }
}
PickersProvider.$inject = ['propertiesPanel', 'surroundings'];

export const pickersModule = (resources) => ({
  __init__: ['pickers'],
  pickers: ['type', PickersProvider],
  resources: ['value', resources],
});
