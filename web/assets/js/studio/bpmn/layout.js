// How wide the panel is, and whether it is there. Kept for the next time.
const PLACE = 'kefuflow.bpmn.layout';
const [LEAST, MOST, STEP] = [280, 640, 20];

const stored = () => {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) || {};
  } catch {
    return {};
  }
};

export class Layout {
  constructor(root, onResize) {
    Object.assign(this, { root, onResize, kept: stored() });
    this.split = root.querySelector('[data-split]');
    this.toggles = [...root.querySelectorAll('[data-toggle-panel]')];
    this.narrow = matchMedia('(max-width: 760px)');
    this.set(this.kept.width || 340, !this.narrow.matches && this.kept.open !== false);
    this.narrow.addEventListener('change', () => this.set(this.width, !this.narrow.matches));
    this.split.addEventListener('pointerdown', (event) => this.#drag(event));
    this.split.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
      if (step) this.set(this.width + step, true);
    });
    this.toggles.forEach((button) => button.addEventListener('click', () => this.set(this.width, !this.open)));
  }

  set(width, open) {
    this.width = Math.max(LEAST, Math.min(MOST, width));
    this.open = open;
    this.root.style.setProperty('--panel-width', `${this.width}px`);
    this.root.classList.toggle('has-panel', open);
    this.split.setAttribute('aria-valuenow', String(this.width));
    this.toggles.forEach((button) => button.setAttribute('aria-expanded', String(open)));
    try {
      if (!this.narrow.matches) localStorage.setItem(PLACE, JSON.stringify({ width: this.width, open }));
    } catch {
      // nothing is lost but the width
    }
    this.onResize();
  }

  reveal() {
    if (!this.open) this.set(this.width, true);
  }

  #drag(event) {
    const [from, width] = [event.clientX, this.width];
    this.split.setPointerCapture(event.pointerId);
    const move = (moved) => this.set(width + from - moved.clientX, true);
    const end = () => {
      this.split.removeEventListener('pointermove', move);
      this.split.removeEventListener('pointerup', end);
    };
    this.split.addEventListener('pointermove', move);
    this.split.addEventListener('pointerup', end);
  }
}
