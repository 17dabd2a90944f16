// Two versions beside each other: diagrams with marks that move together, forms with marks, rules that differ.
import '../../css/studio/compare.css';
import { Comparison } from './compare/comparison.js';
import { markForms } from './compare/forms.js';

const drawn = new Map();

function draw(root) {
  if (!drawn.has(root)) {
    const comparison = new Comparison(root);
    drawn.set(root, comparison);
    comparison.open();
  }
  return drawn.get(root);
}

// A folded part is drawn when it is opened: a hidden canvas has no size.
const isShown = (root) => !root.closest('details:not([open])');
const drawShown = () => document.querySelectorAll('[data-compare-diagram]').forEach((root) => { if (isShown(root)) draw(root); });

document.addEventListener('toggle', drawShown, true);
document.addEventListener('click', (event) => {
  const jump = event.target.closest('[data-jump]');
  if (jump) {
    const root = jump.closest('[data-section]')?.querySelector('[data-compare-diagram]');
    if (root) draw(root).jump(jump.dataset.jump);
  }
  if (event.target.closest('[data-print]')) window.print();
});
document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-only-changed]')) {
    target.closest('figure').classList.toggle('is-only-changed', target.checked);
  }
});

drawShown();
document.querySelectorAll('[data-form-marks]').forEach(markForms);
