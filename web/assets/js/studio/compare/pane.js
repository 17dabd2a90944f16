// One side's diagram: its viewer, its marks with signs and words, the outlines of what is gone.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = 28;
const KINDS = ['added', 'removed', 'changed', 'moved'];

/** The middle of a flow's way, else a corner of a shape: of events at an edge the lower one, clear of their step's. */
function anchor(element) {
  if (element.type === 'bpmn:BoundaryEvent') return { bottom: 8, right: 6 };
  if (!element.waypoints) return { top: -12, right: 10 };
  const at = Math.floor((element.waypoints.length - 1) / 2);
  const [from, to] = [element.waypoints[at], element.waypoints[at + 1]];
  const left = Math.min(...element.waypoints.map(({ x }) => x));
  const top = Math.min(...element.waypoints.map(({ y }) => y));
  return { left: (from.x + to.x) / 2 - left - 10, top: (from.y + to.y) / 2 - top - 10 };
}

export class Pane {
  constructor(container, words, onPick) {
    this.container = container;
    this.words = words;
    this.viewer = new NavigatedViewer({
      container,
      bpmnRenderer: {
        defaultFillColor: 'var(--kf-shape-fill)',
        defaultStrokeColor: 'var(--kf-shape-line)',
        defaultLabelColor: 'var(--kf-shape-text)',
      },
    });
    this.marked = new Map();
    this.viewer.on('element.click', ({ element }) => onPick(element.labelTarget?.id || element.id));
    container.querySelector('.bjs-powered-by')?.setAttribute('aria-label', 'bpmn.io');
  }

  async open(xml) {
    await this.viewer.importXML(xml);
    this.canvas = this.viewer.get('canvas');
    this.registry = this.viewer.get('elementRegistry');
    this.overlays = this.viewer.get('overlays');
  }

  get definitions() {
    return this.viewer.getDefinitions();
  }

  has(id) {
    return Boolean(this.registry?.get(id));
  }

  name(id) {
    return this.registry?.get(id)?.businessObject.name || id;
  }

  /** marks: kind → ids; the first kind that names an element counts. */
  mark(marks) {
    this.marked.forEach((kind, id) => this.canvas.removeMarker(id, `cmp-${kind}`));
    this.marked.clear();
    this.overlays.remove({ type: 'cmp-mark' });
    for (const kind of KINDS) {
      for (const id of marks[kind] || []) {
        const element = this.registry.get(id);
        if (!element || this.marked.has(id) || !element.parent) continue;
        this.marked.set(id, kind);
        this.canvas.addMarker(id, `cmp-${kind}`);
        const sign = document.createElement('span');
        sign.className = `cmp-mark cmp-${kind}`;
        sign.textContent = `${this.words.signs[kind]}${element.waypoints ? '' : ` ${this.words.words[kind]}`}`;
        sign.title = this.words.words[kind];
        this.overlays.add(id, 'cmp-mark', { position: anchor(element), html: sign, scale: { min: 0.6, max: 1.2 } });
      }
    }
  }

  /** Outlines of elements of the other side: where what is gone used to be. */
  ghosts(elements) {
    const layer = this.canvas.getLayer('cmp-ghosts', -1);
    layer.replaceChildren();
    for (const element of elements) {
      const shape = document.createElementNS(SVG, element.waypoints ? 'polyline' : 'rect');
      if (element.waypoints) shape.setAttribute('points', element.waypoints.map(({ x, y }) => `${x},${y}`).join(' '));
      else for (const side of ['x', 'y', 'width', 'height']) shape.setAttribute(side, element[side]);
      shape.setAttribute('class', 'cmp-ghost');
      shape.dataset.ghost = element.id;
      layer.append(shape);
      if (element.waypoints) continue;
      const name = document.createElementNS(SVG, 'text');
      name.setAttribute('x', element.x + 4);
      name.setAttribute('y', element.y - 5);
      name.setAttribute('class', 'cmp-ghost-name');
      name.textContent = `− ${element.businessObject.name || element.id}`;
      layer.append(name);
    }
  }

  /** How much wider than high the picture is. */
  get shape() {
    const { inner } = this.canvas.viewbox();
    return inner.height ? inner.width / inner.height : 1;
  }

  /** The whole picture with a little around it, never larger than it was drawn. */
  fit() {
    this.canvas.resized();
    const { inner, outer } = this.canvas.viewbox();
    const scale = Math.min(1, outer.width / (inner.width + 2 * MARGIN), outer.height / (inner.height + 2 * MARGIN));
    const [width, height] = [outer.width / scale, outer.height / scale];
    const [x, y] = [inner.x + inner.width / 2, inner.y + inner.height / 2];
    this.canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
  }

  zoom(step) {
    this.viewer.get('zoomScroll').stepZoom(step);
  }

  /** Bring an element to the middle, large enough to be read. */
  centre(id) {
    const element = this.registry.get(id);
    if (!element) return false;
    const { outer, scale } = this.canvas.viewbox();
    const wanted = Math.max(scale, 0.7);
    const points = element.waypoints || [element, { x: element.x + element.width, y: element.y + element.height }];
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    const [width, height] = [outer.width / wanted, outer.height / wanted];
    const [x, y] = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
    this.canvas.viewbox({ x: x - width / 2, y: y - height / 2, width, height });
    return true;
  }

  pick(id) {
    if (this.picked && this.registry.get(this.picked)) this.canvas.removeMarker(this.picked, 'cmp-picked');
    this.picked = this.has(id) ? id : null;
    if (this.picked) this.canvas.addMarker(this.picked, 'cmp-picked');
  }
}
