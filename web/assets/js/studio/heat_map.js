// Figures of a process on its diagram: five steps of heat with a figure on each element, flows thicker by count.
// The table below says the same; a click leads from one to the other. Also the plain view of a diagram.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import '../../css/studio/heat_map.css';

const STEPS = [1, 2, 3, 4, 5];
//: Below this scale the words of a diagram cannot be read.
const LEGIBLE = 0.68;
const MARGIN = 24;

class Chart {
  constructor(container) {
    this.container = container;
    this.viewer = new NavigatedViewer({
      container,
      bpmnRenderer: {
        defaultFillColor: 'var(--kf-shape-fill)',
        defaultStrokeColor: 'var(--kf-shape-line)',
        defaultLabelColor: 'var(--kf-shape-text)',
      },
    });
    container.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'bpmn.io');
    this.marked = new Map();
    this.picked = null;
  }

  async open(address) {
    const answer = await fetch(address, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`diagram: ${answer.status}`);
    await this.viewer.importXML(await answer.text());
    this.canvas = this.viewer.get('canvas');
    this.registry = this.viewer.get('elementRegistry');
    this.overlays = this.viewer.get('overlays');
  }

  fit() {
    this.canvas.resized();
    this.canvas.zoom('fit-viewport', 'auto');
    if (this.canvas.viewbox().scale > 1) this.canvas.zoom(1, 'auto');
  }

  /** The whole where it can be read, else its hottest part, or its beginning. */
  frame(id) {
    this.fit();
    if (this.canvas.viewbox().scale >= LEGIBLE) return;
    const shape = this.registry.get(id) || this.registry.find((one) => one.type === 'bpmn:StartEvent');
    if (shape) this.centre(shape, LEGIBLE);
  }

  centre(shape, scale) {
    const { inner, outer } = this.canvas.viewbox();
    const [width, height] = [outer.width / scale, outer.height / scale];
    const within = (value, least, most) => Math.max(least, Math.min(most, value));
    const place = shape.waypoints ? shape.waypoints[0] : shape;
    const x = place.x + (place.width || 0) / 2 - width / 2;
    const y = place.y + (place.height || 0) / 2 - height / 2;
    this.canvas.viewbox({
      x: within(x, inner.x - MARGIN, inner.x + inner.width + MARGIN - width),
      y: within(y, inner.y - MARGIN, inner.y + inner.height + MARGIN - height),
      width,
      height,
    });
  }

  zoom(what) {
    if (what === 'fit') this.fit();
    else this.viewer.get('zoomScroll').stepZoom(what === 'in' ? 1 : -1);
  }

  mark(marker, ids) {
    const before = this.marked.get(marker) || new Set();
    const now = new Set(ids.filter((id) => this.registry.get(id)));
    before.forEach((id) => { if (!now.has(id)) this.canvas.removeMarker(id, marker); });
    now.forEach((id) => { if (!before.has(id)) this.canvas.addMarker(id, marker); });
    this.marked.set(marker, now);
  }

  /** elements: {id: [step, figure]} */
  warm(elements) {
    const all = Object.entries(elements);
    STEPS.forEach((step) => this.mark(`kf-heat-${step}`, all.filter(([, [n]]) => n === step).map(([id]) => id)));
    this.overlays.remove({ type: 'kf-heat' });
    all.forEach(([id, [step, text]]) => {
      const element = this.registry.get(id);
      if (!element || element.waypoints || !text) return;
      const badge = document.createElement('span');
      badge.className = `heat-badge heat-badge-${step}`;
      badge.textContent = text;
      const small = element.width < 60;
      this.overlays.add(id, 'kf-heat', { position: small ? { top: -14, right: 8 } : { top: -12, right: 30 }, html: badge });
    });
  }

  /** flows: {id: [step, figure]} */
  thicken(flows) {
    const all = Object.entries(flows);
    STEPS.forEach((step) => this.mark(`kf-flow-${step}`, all.filter(([, [n]]) => n === step).map(([id]) => id)));
  }

  pick(id) {
    this.picked = id;
    this.mark('kf-picked', id ? [id] : []);
    // Who edits from here begins at what is picked.
    const edit = document.querySelector('[data-edit-element]');
    if (edit) edit.value = id || '';
  }

  reveal(id) {
    const shape = this.registry.get(id);
    if (!shape) return;
    this.pick(id);
    this.centre(shape, Math.max(this.canvas.viewbox().scale, LEGIBLE));
  }
}

function zooming(chart) {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-heat-zoom]');
    if (button) chart.zoom(button.dataset.heatZoom);
  });
  // On paper nobody can move the diagram: it is shown whole.
  addEventListener('beforeprint', () => chart.fit());
  addEventListener('afterprint', () => chart.frame());
}

async function opened(container, address) {
  const chart = new Chart(container);
  container.classList.add('is-loading');
  try {
    await chart.open(address);
  } catch (error) {
    container.closest('.diagram').classList.add('is-broken');
    throw error;
  } finally {
    container.classList.remove('is-loading');
  }
  zooming(chart);
  return chart;
}

// --- the heat map ----------------------------------------------------------------------------------

async function heat(container) {
  const data = JSON.parse(document.getElementById('heat-data').textContent);
  const form = document.querySelector('[data-heat-switch]');
  const [told, title, legend] = ['told', 'title', 'legend'].map((one) => document.querySelector(`[data-heat-${one}]`));
  const chart = await opened(container, container.dataset.heat);

  const asked = () => Object.fromEntries(new FormData(form));
  const key = ({ mode, stat, clock }) => ({ time: `time.${stat}.${clock}`, waiting: `waiting.${clock}` })[mode] || mode;
  const view = () => data.views[key(asked())];
  const words = () => {
    const chosen = form.querySelector('[name=mode]:checked');
    const names = [form.querySelector(`label[for="${chosen.id}"]`).textContent];
    form.querySelectorAll('[data-for]').forEach((label) => {
      if (!label.hidden) names.push(label.querySelector('select').selectedOptions[0].textContent);
    });
    return names.join(' · ');
  };
  const tell = (id) => {
    const element = id && chart.registry.get(id);
    const name = element?.businessObject.name || '';
    const figure = element && (element.waypoints ? data.flows[id]?.[1] : view().elements[id]?.[1]);
    told.textContent = name || figure ? [name, figure].filter(Boolean).join(' · ') : '';
  };
  const show = () => {
    const { mode } = asked();
    form.querySelectorAll('[data-for]').forEach((label) => { label.hidden = !label.dataset.for.split(' ').includes(mode); });
    const shown = view();
    chart.warm(shown.elements);
    title.textContent = words();
    legend.replaceChildren(...shown.legend.map(([step, text]) => {
      const item = document.createElement('li');
      item.className = `heat-step heat-step-${step}`;
      item.textContent = `≤ ${text}`;
      return item;
    }));
    container.dataset.shown = key(asked());
  };
  const pick = (id) => {
    document.querySelectorAll('tr.is-picked').forEach((row) => row.classList.remove('is-picked'));
    chart.pick(id);
    const row = id && document.getElementById(`heat-row-${id}`);
    if (!row) return null;
    row.classList.add('is-picked');
    row.closest('details')?.setAttribute('open', '');
    return row;
  };

  chart.thicken(data.flows);
  // What was chosen here stands in the address behind the hash: a link leads to the same picture.
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const name of ['mode', 'stat', 'clock']) {
    const value = wanted.get(name);
    const field = form.elements[name];
    const known = field instanceof RadioNodeList ? [...field].map((one) => one.value) : [...field.options].map((one) => one.value);
    if (known.includes(value)) field.value = value;
  }
  show();
  const hottest = Object.entries(view().elements).sort(([, [a]], [, [b]]) => b - a)[0]?.[0];
  chart.frame(hottest);
  form.addEventListener('change', () => {
    show();
    history.replaceState(null, '', `#${new URLSearchParams(asked())}`);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  chart.viewer.on('element.hover', ({ element }) => tell(element.id));
  chart.viewer.on('element.out', () => tell(chart.picked));
  chart.viewer.on('element.click', ({ element }) => {
    tell(element.id);
    pick(element.id)?.scrollIntoView({ block: 'center' });
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-find]');
    if (!button) return;
    pick(button.dataset.find);
    chart.reveal(button.dataset.find);
    tell(button.dataset.find);
    container.scrollIntoView({ block: 'nearest' });
  });
  container.dataset.ready = 'yes';
}

// --- a diagram to look at, with an element marked ----------------------------------------------------

async function look(container) {
  const chart = await opened(container, container.dataset.view);
  const wanted = container.dataset.element;
  const turn = (id) => {
    document.querySelectorAll('.view-part.is-picked').forEach((one) => one.classList.remove('is-picked'));
    document.getElementById(`part-${id}`)?.classList.add('is-picked');
    return document.getElementById(`part-${id}`);
  };
  chart.frame(wanted);
  if (wanted) {
    chart.pick(wanted);
    turn(wanted);
  }
  chart.viewer.on('element.click', ({ element }) => {
    chart.pick(element.id);
    turn(element.id)?.scrollIntoView({ block: 'nearest' });
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-find]');
    if (!button) return;
    turn(button.dataset.find);
    chart.reveal(button.dataset.find);
    container.scrollIntoView({ block: 'nearest' });
  });
  container.dataset.ready = 'yes';
}

const map = document.querySelector('[data-heat]');
if (map) heat(map);
const plain = document.querySelector('[data-view]');
if (plain) look(plain);
