// A case of a back-test: the way it went and the way it would have gone, each on its diagram.
import '../../css/studio/changes.css';
import '../../css/studio/backtest.css';
import { Diagram } from '../diagram.js';

const PARTS = 'backtest-parts';
const diagrams = new Map();

/** Where the two ways part, or where this one stopped, in the middle of the picture. */
function look(diagram, id) {
  const element = id && diagram.viewer.get('elementRegistry').get(id);
  if (!element) return;
  const canvas = diagram.viewer.get('canvas');
  const { x, y, width, height } = canvas.viewbox();
  const [across, down] = [element.x + element.width / 2, element.y + element.height / 2];
  if (across > x && across < x + width && down > y && down < y + height) return;
  canvas.viewbox({ x: across - width / 2, y: down - height / 2, width, height });
}

async function draw(container) {
  const state = JSON.parse(container.dataset.state);
  const diagram = new Diagram(container);
  diagrams.set(container, diagram);
  try {
    const answer = await fetch(container.dataset.backtestDiagram, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`diagram: ${answer.status}`);
    await diagram.open(await answer.text());
  } catch (error) {
    container.closest('.diagram').classList.add('is-broken');
    throw error;
  }
  diagram.show(state);
  if (state.parts && diagram.viewer.get('elementRegistry').get(state.parts)) {
    diagram.viewer.get('canvas').addMarker(state.parts, PARTS);
  }
  diagram.frame();
  look(diagram, state.parts || state.incidents[0]);
}

document.querySelectorAll('[data-backtest-diagram]').forEach(draw);
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-backtest-zoom]');
  const diagram = button && diagrams.get(button.closest('.diagram').querySelector('[data-backtest-diagram]'));
  if (!diagram) return;
  const what = button.dataset.backtestZoom;
  if (what === 'fit') diagram.fit();
  else diagram.zoom(what === 'in' ? 1 : -1);
});
addEventListener('beforeprint', () => diagrams.forEach((diagram) => diagram.fit()));
