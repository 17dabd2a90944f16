// The live diagram of a case: what is done, where tokens wait, what is stuck. The page's text says the same.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const MARKERS = { done: 'kf-done', active: 'kf-active', incident: 'kf-incident', taken: 'kf-taken' };
//: Below this scale the words of a diagram cannot be read.
const LEGIBLE = 0.68;
const MARGIN = 24;
// Where the whole is shorter than the window, its beginning.
const within = (value, least, most) => Math.max(least, Math.min(most, value));

/** One diagram in its container; `show` is a pure function of the state it is given. */
export class Diagram {
  constructor(container) {
    this.container = container;
    this.marked = new Map();
    this.viewer = new NavigatedViewer({
      container,
      bpmnRenderer: {
        defaultFillColor: 'var(--kf-shape-fill)',
        defaultStrokeColor: 'var(--kf-shape-line)',
        defaultLabelColor: 'var(--kf-shape-text)',
      },
    });
    this.times = {};
    const said = document.querySelector('[data-diagram-said]');
    // When and how long: beside the diagram, under the pointer or the finger. The table below it says the same.
    const tell = ({ element }) => {
      const text = this.times[element.id] || '';
      if (said) said.textContent = text;
      container.title = text;
    };
    this.viewer.on(['element.hover', 'element.click'], tell);
    // The mark of the viewer's authors is a picture: who listens to the page hears its name.
    container.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'bpmn.io');
  }

  async open(xml) {
    await this.viewer.importXML(xml);
    this.fit();
  }

  /** The whole diagram, never larger than it was drawn. */
  fit() {
    const canvas = this.viewer.get('canvas');
    canvas.resized();
    canvas.zoom('fit-viewport', 'auto');
    if (canvas.viewbox().scale > 1) canvas.zoom(1, 'auto');
  }

  /** The whole diagram where that can be read, else what stands around its token. */
  frame() {
    this.fit();
    if (this.viewer.get('canvas').viewbox().scale < LEGIBLE) this.centre(LEGIBLE);
  }

  centre(scale) {
    const canvas = this.viewer.get('canvas');
    const { inner, outer } = canvas.viewbox();
    const shape = this.#standing() || this.#last() || this.viewer.get('elementRegistry').find((e) => e.type === 'bpmn:StartEvent');
    if (!shape) return;
    const width = outer.width / scale;
    const height = outer.height / scale;
    canvas.viewbox({
      x: within(shape.x + shape.width / 2 - width / 2, inner.x - MARGIN, inner.x + inner.width + MARGIN - width),
      y: within(shape.y + shape.height / 2 - height / 2, inner.y - MARGIN, inner.y + inner.height + MARGIN - height),
      width,
      height,
    });
  }

  /** What a person looks for first: the stuck element, else a waiting one. */
  #standing() {
    const ids = [...(this.marked.get(MARKERS.incident) || []), ...(this.marked.get(MARKERS.active) || [])];
    return ids.length ? this.viewer.get('elementRegistry').get(ids[0]) : null;
  }

  /** Where a case that waits for nothing has ended. */
  #last() {
    const registry = this.viewer.get('elementRegistry');
    const ends = [...(this.marked.get(MARKERS.done) || [])].map((id) => registry.get(id));
    return ends.find((element) => element.type === 'bpmn:EndEvent');
  }

  zoom(step) {
    this.viewer.get('zoomScroll').stepZoom(step);
  }

  /** Bring a waiting token into view; what is in view already stays where it is. */
  reveal() {
    const shape = this.#standing();
    if (shape) this.viewer.get('canvas').scrollToElement(shape, { top: 60, bottom: 60, left: 60, right: 120 });
  }

  /** state: {tokens: {id: n}, done: {id: n}, flows: {id: n}, incidents: [id]} */
  show(state) {
    const incidents = new Set(state.incidents || []);
    const active = Object.keys(state.tokens || {}).filter((id) => state.tokens[id] > 0);
    const done = Object.keys(state.done || {}).filter((id) => state.done[id] > 0 && !active.includes(id));
    this.#mark(MARKERS.done, done.filter((id) => !incidents.has(id)));
    this.#mark(MARKERS.active, active.filter((id) => !incidents.has(id)));
    this.#mark(MARKERS.incident, [...incidents]);
    this.#mark(MARKERS.taken, Object.keys(state.flows || {}));
    this.#badges(state, incidents);
    this.times = state.times || {};
    this.container.dataset.ready = 'yes';
  }

  #mark(marker, ids) {
    const canvas = this.viewer.get('canvas');
    const registry = this.viewer.get('elementRegistry');
    const before = this.marked.get(marker) || new Set();
    const now = new Set(ids.filter((id) => registry.get(id)));
    before.forEach((id) => { if (!now.has(id)) canvas.removeMarker(id, marker); });
    now.forEach((id) => { if (!before.has(id)) canvas.addMarker(id, marker); });
    this.marked.set(marker, now);
  }

  #badges(state, incidents) {
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    overlays.remove({ type: 'kf-badge' });
    const put = (id, text, kind, position) => {
      const element = registry.get(id);
      if (!element || element.waypoints) return;
      const badge = document.createElement('span');
      badge.className = `kf-badge kf-badge-${kind}`;
      badge.textContent = text;
      overlays.add(id, 'kf-badge', { position, html: badge });
    };
    for (const [id, count] of Object.entries(state.tokens || {})) {
      if (count > 0) put(id, String(count), incidents.has(id) ? 'incident' : 'token', { top: -11, left: -11 });
    }
    for (const id of incidents) {
      if (!(state.tokens || {})[id]) put(id, '!', 'incident', { top: -11, left: -11 });
    }
    for (const [id, count] of Object.entries(state.done || {})) {
      if (count > 1) put(id, `×${count}`, 'times', { bottom: 10, right: 14 });
    }
  }
}

const xmls = new Map();
const fetchXml = (url) => {
  if (!xmls.has(url)) {
    xmls.set(url, fetch(url, { credentials: 'same-origin' }).then((answer) => {
      if (!answer.ok) throw new Error(`diagram: ${answer.status}`);
      return answer.text();
    }));
  }
  return xmls.get(url);
};

let current = null;
let shown = {};

async function draw() {
  const container = document.querySelector('[data-diagram]');
  if (!container) return;
  const state = JSON.parse(document.querySelector('[data-diagram-state]')?.dataset.diagramState || '{}');
  if (!current || current.container !== container) {
    current = new Diagram(container);
    container.classList.add('is-loading');
    try {
      await current.open(await fetchXml(container.dataset.diagram));
    } catch (error) {
      container.closest('.diagram').classList.add('is-broken');
      throw error;
    } finally {
      container.classList.remove('is-loading');
    }
    current.show(state);
    if (container.closest('.paper')) current.fit();
    else current.frame();
    shown = state;
    return;
  }
  const before = Object.keys(shown.tokens || {}).join();
  current.show(state);
  if (Object.keys(state.tokens || {}).join() !== before) current.reveal();
  shown = state;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-diagram-zoom]');
  if (!button || !current) return;
  const what = button.dataset.diagramZoom;
  if (what === 'fit') current.fit();
  else current.zoom(what === 'in' ? 1 : -1);
});
// On paper nobody can move the diagram: it is shown whole.
addEventListener('beforeprint', () => current?.fit());
addEventListener('afterprint', () => current?.frame());
document.addEventListener('htmx:afterSettle', draw);
draw();
window.kefuflowDiagram = { Diagram, current: () => current };
