// The stage of a replay: one viewer for each version that ran, its marks and badges, and the tokens under way.
import { Diagram } from './diagram.js';

const SVG = 'http://www.w3.org/2000/svg';
const LEGIBLE = 0.68;
const eased = (share) => (share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2);

/** One diagram in a container of its own, which is hidden while another one is on. */
class Scene {
  constructor(container, onPick) {
    this.container = container;
    this.diagram = new Diagram(container);
    this.viewer = this.diagram.viewer;
    this.marks = new Map();
    this.badges = new Map();
    this.circles = new Map();
    this.paths = new Map();
    this.viewer.on('element.click', ({ element }) => onPick(element));
  }

  async open(xml) {
    await this.viewer.importXML(xml);
    this.canvas = this.viewer.get('canvas');
    this.registry = this.viewer.get('elementRegistry');
    this.overlays = this.viewer.get('overlays');
    this.layer = this.canvas.getLayer('replay', 100);
  }

  /** The whole where it can be read, else its beginning. */
  frame() {
    this.diagram.fit();
    if (this.canvas.viewbox().scale < LEGIBLE) this.diagram.centre(LEGIBLE);
  }

  name(id) {
    return this.registry.get(id)?.businessObject.name || '';
  }

  /** maps: tokens, done, flows, incidents of the instance that is shown. */
  show([tokens, done, flows, incidents], picked) {
    const stuck = [...incidents.keys()];
    const active = [...tokens.keys()].filter((id) => !incidents.has(id));
    this.#mark('kf-incident', stuck);
    this.#mark('kf-active', active);
    this.#mark('kf-done', [...done.keys()].filter((id) => !tokens.has(id) && !incidents.has(id)));
    this.#mark('kf-taken', [...flows.keys()]);
    this.#mark('kf-picked', picked ? [picked] : []);
    const wanted = new Map();
    tokens.forEach((count, id) => wanted.set(`token ${id}`, [id, String(count), incidents.has(id) ? 'incident' : 'token', { top: -11, left: -11 }]));
    stuck.forEach((id) => { if (!tokens.has(id)) wanted.set(`token ${id}`, [id, '!', 'incident', { top: -11, left: -11 }]); });
    done.forEach((count, id) => { if (count > 1) wanted.set(`times ${id}`, [id, `×${count}`, 'times', { bottom: 10, right: 14 }]); });
    this.#badge(wanted);
  }

  #mark(marker, ids) {
    const before = this.marks.get(marker) || new Set();
    const now = new Set(ids.filter((id) => this.registry.get(id)));
    before.forEach((id) => { if (!now.has(id)) this.canvas.removeMarker(id, marker); });
    now.forEach((id) => { if (!before.has(id)) this.canvas.addMarker(id, marker); });
    this.marks.set(marker, now);
  }

  /** What was made once is hidden and written anew in place: overlays are dear to make. */
  #badge(wanted) {
    this.badges.forEach((badge, key) => {
      if (badge.hidden !== !wanted.has(key)) badge.hidden = !wanted.has(key);
    });
    wanted.forEach(([id, text, kind, position], key) => {
      const element = this.registry.get(id);
      if (!element || element.waypoints) return;
      let badge = this.badges.get(key);
      if (!badge) {
        badge = document.createElement('span');
        this.overlays.add(id, 'kf-replay', { position, html: badge });
        this.badges.set(key, badge);
      }
      if (badge.textContent !== text) badge.textContent = text;
      const name = `kf-badge kf-badge-${kind}`;
      if (badge.className !== name) badge.className = name;
    });
  }

  /** The drawn line of a flow; the line within the definitions of arrow heads is another one. */
  #path(id) {
    if (!this.paths.has(id)) {
      const element = this.registry.get(id);
      const path = element && this.registry.getGraphics(id).querySelector('.djs-visual > path');
      this.paths.set(id, path ? { path, length: path.getTotalLength() } : null);
    }
    return this.paths.get(id);
  }

  /** moving: [{index, flow, share}]: a circle for each. */
  move(moving) {
    const kept = new Set();
    for (const { index, flow, share } of moving) {
      const drawn = this.#path(flow);
      if (!drawn) continue;
      kept.add(index);
      let circle = this.circles.get(index);
      if (!circle) {
        circle = document.createElementNS(SVG, 'circle');
        circle.setAttribute('r', '8');
        circle.setAttribute('class', 'replay-token');
        circle.dataset.flow = flow;
        this.layer.appendChild(circle);
        this.circles.set(index, circle);
      }
      const point = drawn.path.getPointAtLength(drawn.length * eased(share));
      circle.setAttribute('cx', point.x);
      circle.setAttribute('cy', point.y);
    }
    this.circles.forEach((circle, index) => {
      if (kept.has(index)) return;
      circle.remove();
      this.circles.delete(index);
    });
  }

  reveal(id) {
    const element = id && this.registry.get(id);
    if (!element) return;
    const [{ x, y, width, height }, box] = [this.canvas.viewbox(), element.waypoints ? element.waypoints.at(-1) : element];
    const [right, bottom] = [box.x + (box.width || 0), box.y + (box.height || 0)];
    const inside = box.x >= x && box.y >= y && right <= x + width && bottom <= y + height;
    if (inside) return;
    const [across, down] = [(box.x + right) / 2, (box.y + bottom) / 2];
    this.canvas.viewbox({ x: across - width / 2, y: down - height / 2, width, height });
  }
}

/** All scenes; one is on. */
export class Stage {
  constructor(root, film, onPick) {
    Object.assign(this, { root, film, onPick, scenes: new Map(), instance: -1, picked: null });
  }

  async open(xmls) {
    for (const { definition, name } of this.film.instances) {
      if (this.scenes.has(definition)) continue;
      const container = document.createElement('div');
      container.className = 'replay-scene';
      container.setAttribute('role', 'group');
      container.setAttribute('aria-label', this.root.dataset.label.replace('{name}', name));
      this.root.append(container);
      const scene = new Scene(container, (element) => this.onPick(element));
      await scene.open(xmls.get(definition));
      this.scenes.set(definition, scene);
      container.hidden = true;
    }
  }

  get scene() {
    return this.scenes.get(this.film.instances[this.instance]?.definition);
  }

  /** Put an instance's diagram on; true where it was another one before. */
  turn(instance) {
    if (instance === this.instance) return false;
    const before = this.scene;
    this.instance = instance;
    this.picked = null;
    if (before !== this.scene) {
      before?.move([]);
      if (before) before.container.hidden = true;
      this.scene.container.hidden = false;
      if (!this.scene.framed) this.scene.frame();
      this.scene.framed = true;
    }
    return true;
  }

  show(state) {
    this.scene?.show(state.of[this.instance], this.picked);
  }
}
