// The properties of a component, as the server knows them: our own groups in place of form-js's, which offer much that
// the server refuses and leave out what it needs.
import { Component, createElement as h } from 'preact';
import { groupsOf } from './groups.js';
import { checkWidget, feelWidget, noteWidget, optionsWidget, selectWidget, textWidget } from './widgets.js';

const WIDGETS = { text: textWidget, long: textWidget, number: textWidget, check: checkWidget, select: selectWidget, feel: feelWidget, options: optionsWidget, note: noteWidget };

const isEmpty = (value) => value === undefined || value === null || value === '' || (typeof value === 'object' && !Array.isArray(value) && !Object.keys(value).length);
const shown = new Map();

// A value under one attribute, or one deeper: validate.min, properties.prefill, conditional.hide.
export const read = (field, [first, second]) => (second === undefined ? field[first] : field[first]?.[second]);

function changes(field, [first, second], value) {
  if (second === undefined) return { [first]: value };
  const inner = { ...(field[first] ?? {}) };
  if (isEmpty(value)) delete inner[second]; else inner[second] = value;
  return { [first]: isEmpty(inner) ? undefined : inner };
}

class Entry extends Component {
  componentDidMount() {
    const { spec } = this.props;
    this.widget = WIDGETS[spec.kind](spec, () => this.props.bind);
    this.place.append(this.widget.element);
    shown.set(spec.id, this.widget);
    this.widget.show();
  }

  componentDidUpdate() { this.widget.show(); }

  componentWillUnmount() {
    this.widget.close();
    if (shown.get(this.props.spec.id) === this.widget) shown.delete(this.props.spec.id);
  }

  render({ id }) { return h('div', { class: 'bio-properties-panel-entry', 'data-entry-id': id, ref: (node) => { this.place = node; } }); }
}

export class Provider {
  constructor(propertiesPanel, modeling, formFieldRegistry, around) {
    this._modeling = modeling;
    this._registry = formFieldRegistry;
    this._around = around;
    propertiesPanel.registerProvider(this, 100); // after form-js's own, whose groups are left out
  }

  getGroups(field) {
    return () => (field ? groupsOf(field, this._circumstances(field)).map((group) => this._group(field, group)) : []);
  }

  _circumstances(field) {
    const parent = field._parent ? this._registry.get(field._parent) : null;
    const all = this._registry.getAll();
    return { ...this._around, parent, inRows: parent?.type === 'dynamiclist', all, field };
  }

  _group(field, group) {
    const modeling = this._modeling;
    const around = this._around;
    return {
      id: group.id,
      label: group.label,
      shouldOpen: Boolean(group.open),
      entries: group.entries.map((spec) => ({
        id: `${field.id}-${spec.id}`,
        component: Entry,
        spec,
        isEdited: () => Boolean(spec.path) && !isEmpty(spec.get ? spec.get(field) : read(field, spec.path)),
        bind: {
          field,
          readOnly: around.readOnly,
          get: () => (spec.get ? spec.get(field) : spec.path ? read(field, spec.path) : undefined),
          set: (value) => {
            if (around.readOnly) return;
            modeling.editFormField(field, spec.set ? spec.set(field, value) : changes(field, spec.path, value));
          },
        },
      })),
    };
  }
}
Provider.$inject = ['propertiesPanel', 'modeling', 'formFieldRegistry', 'config.around'];

export const PanelModule = { __init__: ['ownProperties'], ownProperties: ['type', Provider] };
