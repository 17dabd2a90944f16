// The modeller with its panel, in the page's language and with what is known around the diagram.
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import MinimapModule from 'diagram-js-minimap';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import ClipboardModule from './clipboard.js';
import { languageModule } from './language.js';
import { pickersModule } from './pickers.js';
import { SimulationModule, tame } from './simulation.js';
import { variablesModule } from './variables.js';

//: Below this scale the words of a diagram cannot be read.
const LEGIBLE = 0.6;

export class Editor {
  /** parts: canvas, panel: elements; language; words; surroundings; resources; builtins: functions of formulas; editable. */
  constructor({ canvas, panel, language, words, surroundings, resources, builtins, editable }) {
    this.editable = editable;
    this.container = canvas;
    this.modeler = new Modeler({
      container: canvas,
      bpmnRenderer: {
        defaultFillColor: 'var(--kf-shape-fill)',
        defaultStrokeColor: 'var(--kf-shape-line)',
        defaultLabelColor: 'var(--kf-shape-text)',
      },
      propertiesPanel: {
        parent: panel,
        feelPopupContainer: document.body,
        feelLanguageContext: builtins.length ? { builtins } : undefined,
        description: { id: () => words.keepId },
      },
      additionalModules: [
        BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviors, MinimapModule,
        SimulationModule, ClipboardModule, languageModule(language), variablesModule(surroundings, words), pickersModule(resources),
      ],
      moddleExtensions: { zeebe },
    });
    tame(this.modeler, language);
    if (!editable) this.#close();
    // The mark of the makers is a picture: who listens to the page hears its name.
    canvas.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'bpmn.io');
  }

  get(service) {
    return this.modeler.get(service);
  }

  /** Put a diagram on. Gives the warnings of the reader; what cannot be read at all is thrown. */
  async open(xml) {
    const { warnings } = await this.modeler.importXML(xml);
    this.fit();
    return warnings;
  }

  async xml() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  /** Changes of the drawing, undo and redo among them. */
  onChange(deed) {
    this.modeler.on('commandStack.changed', deed);
  }

  /** The whole where it can be read, else its beginning. */
  fit() {
    const canvas = this.get('canvas');
    canvas.resized();
    canvas.zoom('fit-viewport', 'auto');
    const { scale, inner, outer } = canvas.viewbox();
    if (scale > 1) canvas.zoom(1, 'auto');
    if (scale < LEGIBLE) {
      const [width, height] = [outer.width / LEGIBLE, outer.height / LEGIBLE];
      const palette = this.container.querySelector('.djs-palette')?.getBoundingClientRect();
      const margin = (20 + (palette?.width ? palette.right - this.container.getBoundingClientRect().left : 0)) / LEGIBLE;
      canvas.viewbox({ x: inner.x - margin, y: Math.min(inner.y - 20, inner.y + inner.height / 2 - height / 2), width, height });
    }
  }

  whole() {
    const canvas = this.get('canvas');
    canvas.resized();
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.viewbox().scale > 1) canvas.zoom(1, 'auto');
  }

  zoom(step) {
    this.get('zoomScroll').stepZoom(step);
  }

  /** Show the panel of the element, with one of its fields open and in focus. */
  show(field) {
    if (!field) return;
    setTimeout(() => this.get('eventBus').fire('propertiesPanel.showEntry', { id: field }), 60);
  }

  /** Looking only: nothing moves, nothing is written. */
  #close() {
    const nothing = () => undefined;
    for (const [service, method] of [['contextPad', 'open'], ['popupMenu', 'open'], ['directEditing', 'activate']]) this.get(service)[method] = nothing;
    this.get('rules').allowed = () => false;
    this.get('commandStack').execute = nothing;
  }
}
