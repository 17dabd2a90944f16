// Reading and writing of the zeebe: extensions of an element, each change one step of undo.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

export const extensions = (element, type) => {
  const values = getBusinessObject(element).get('extensionElements')?.get('values') || [];
  return type ? values.filter((value) => value.$type === type || value.$instanceOf?.(type)) : values;
};

export const extension = (element, type) => extensions(element, type)[0];

/** What one extension says, '' where there is none. */
export const said = (element, type, name) => extension(element, type)?.get(name) || '';

/** Write one attribute; the extension is made where it is missing. */
export function say(injector, element, type, name, value) {
  const [commands, factory] = [[], injector.get('bpmnFactory')];
  const change = (moddleElement, properties) => commands.push({
    cmd: 'element.updateModdleProperties',
    context: { element, moddleElement, properties },
  });
  const business = getBusinessObject(element);
  let holder = business.get('extensionElements');
  if (!holder) {
    holder = factory.create('bpmn:ExtensionElements', { values: [] });
    holder.$parent = business;
    change(business, { extensionElements: holder });
  }
  let found = extension(element, type);
  if (!found) {
    found = factory.create(type, {});
    found.$parent = holder;
    change(holder, { values: [...holder.get('values'), found] });
  }
  change(found, { [name]: value });
  injector.get('commandStack').execute('properties-panel.multi-command-executor', commands);
}

/** Take an extension out. */
export function unsay(injector, element, type) {
  const holder = getBusinessObject(element).get('extensionElements');
  if (!holder || !extension(element, type)) return;
  injector.get('modeling').updateModdleProperties(element, holder, {
    values: holder.get('values').filter((value) => value.$type !== type),
  });
}
