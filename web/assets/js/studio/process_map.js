// The map of processes: a click on one shows what it is connected with. The list below says the same.
import '../../css/studio/process_map.css';

const map = document.querySelector('[data-map]');
let chosen = null;

function choose(id) {
  chosen = id;
  const lines = [...map.querySelectorAll('[data-from]')];
  const near = new Set(id ? [id] : []);
  lines.forEach((line) => {
    const { from, to } = line.dataset;
    const touches = from === id || to === id;
    line.classList.toggle('is-near', touches);
    if (touches) near.add(from).add(to);
  });
  map.querySelectorAll('[data-node]').forEach((node) => {
    node.classList.toggle('is-near', near.has(node.dataset.node));
    node.classList.toggle('is-chosen', node.dataset.node === id);
  });
  map.classList.toggle('is-choosing', id !== null);
}

if (map) {
  map.addEventListener('click', (event) => {
    if (event.target.closest('a')) return;
    const node = event.target.closest('[data-node]')?.dataset.node ?? null;
    choose(node === chosen ? null : node);
  });
  map.addEventListener('focusin', (event) => choose(event.target.closest('[data-node]')?.dataset.node ?? null));
  map.addEventListener('keydown', (event) => { if (event.key === 'Escape') choose(null); });
}
