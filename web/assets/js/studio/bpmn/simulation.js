// Tokens that walk through the drawing: only where the rules find no error, as else they would show what never runs.
import SimulationModule from 'bpmn-js-token-simulation';
import { chinese } from './zh.js';

const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export { SimulationModule };

/** What the makers write as HTML comes from names in the file: here it is text. */
export function tame(modeler, language) {
  const say = (text) => escaped((language === 'zh' && chinese(text)) || text);
  for (const [service, method] of [['log', 'log'], ['notifications', 'showNotification']]) {
    const object = modeler.get(service);
    const original = object[method].bind(object);
    object[method] = (options) => original({ ...options, text: say(options.text) });
  }
}

export class Simulation {
  constructor(modeler, button, said) {
    Object.assign(this, { modeler, button, said, active: false });
    button.addEventListener('click', () => said.toggle());
  }

  toggle(active = !this.active) {
    if (active === this.active) return;
    this.active = active;
    this.modeler.get('toggleMode').toggleMode(active);
    this.button.setAttribute('aria-pressed', String(active));
    document.documentElement.classList.toggle('is-simulating', active);
  }
}
