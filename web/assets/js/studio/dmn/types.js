// Types of columns are chosen from a list; dmn-js offers a text to type as well, which only its makers' names pass.
import { Component, createComponentVNode, createVNode } from 'inferno';
import InputSelect from 'dmn-js-shared/lib/components/InputSelect';
import { isInput } from 'dmn-js-shared/lib/util/ModelUtil';
import { t, TYPES, typeWord } from './words.js';

const LOW_PRIORITY = 750;

class TypeList extends Component {
  choose = (typeRef) => {
    const { input, output } = this.props.context;
    const modeling = this.context.injector.get('modeling');
    if (input) modeling.updateProperties(input, { inputExpression: { typeRef } });
    else modeling.updateProperties(output, { typeRef });
    this.forceUpdate();
  };

  render() {
    const { input, output } = this.props.context;
    const current = isInput(input) ? input.inputExpression.typeRef : output.typeRef;
    const names = this.context.injector.get('dataTypes').getAll();
    const options = [...new Set([...names, ...(current ? [current] : [])])].map((value) => ({ value, label: typeWord(value) }));
    const label = t('类型', 'Type');
    return createVNode(1, 'div', 'type-ref-edit context-menu-container', createVNode(1, 'div', 'dms-form-control', [
      createVNode(1, 'label', 'dms-label', label, 0),
      createComponentVNode(2, InputSelect, {
        className: 'type-ref-edit-select', label, noInput: true, onChange: this.choose, options, value: current,
      }),
    ], 4), 2);
  }
}

class TypeRef {
  static $inject = ['components'];

  constructor(components) {
    components.onGetComponent('context-menu', LOW_PRIORITY, ({ contextMenuType } = {}) => (
      ['input-edit', 'output-edit'].includes(contextMenuType) ? TypeList : undefined
    ));
  }
}

// FEEL's types, and those that the file defines itself.
class DataTypes {
  static $inject = ['_parent'];

  constructor(parent) { this.parent = parent; }

  getAll() {
    const defined = this.parent.getDefinitions()?.get('itemDefinition') || [];
    return [...Object.keys(TYPES), ...defined.map((each) => each.name).filter(Boolean)];
  }
}

export const typesModule = { typeRefEditingProvider: ['type', TypeRef], dataTypes: ['type', DataTypes] };
export const dataTypesModule = { dataTypes: ['type', DataTypes] };
