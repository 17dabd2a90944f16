// Copies that outlive the tab: what was copied in one diagram can be pasted in another one.
const PLACE = 'kefuflow.bpmn.clipboard';

/** Makes moddle elements of what was written down; one of each id, as references go by identity. */
function reviver(moddle) {
  const made = new Map();
  return (_, value) => {
    if (!value || typeof value !== 'object' || typeof value.$type !== 'string') return value;
    if (value.id && made.has(value.id)) return made.get(value.id);
    const { $type, ...attributes } = value;
    const element = moddle.create($type, attributes);
    if (value.id) made.set(value.id, element);
    return element;
  };
}

class SharedClipboard {
  constructor(moddle) {
    this.moddle = moddle;
    this.own = null;
    this.written = null;
  }

  set(tree) {
    this.own = tree;
    this.written = JSON.stringify(tree);
    try {
      localStorage.setItem(PLACE, this.written);
    } catch {
      this.written = this.#stored(); // full or forbidden: within this page it works as ever
    }
  }

  get() {
    const stored = this.#stored();
    if (!stored || stored === this.written) return this.own;
    try {
      return JSON.parse(stored, reviver(this.moddle));
    } catch {
      return this.own;
    }
  }

  clear() {
    const before = this.get();
    this.own = this.written = null;
    localStorage.removeItem(PLACE);
    return before;
  }

  isEmpty() {
    return !this.get();
  }

  #stored() {
    try {
      return localStorage.getItem(PLACE);
    } catch {
      return null;
    }
  }
}
SharedClipboard.$inject = ['moddle'];

export default { clipboard: ['type', SharedClipboard] };
