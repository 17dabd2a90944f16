// Personal data shown on a click are masked again after a minute, on a press, and when the page is left.

const masked = new WeakMap();
const timers = new WeakMap();

function mask(place) {
  if (!masked.has(place)) return;
  clearTimeout(timers.get(place));
  const within = place.contains(document.activeElement);
  place.innerHTML = masked.get(place);
  masked.delete(place);
  window.htmx.process(place);
  if (within) place.querySelector('button')?.focus();
}

document.addEventListener('htmx:beforeSwap', (event) => {
  const { target } = event.detail;
  if (target.matches?.('[data-reveal-place]') && event.detail.xhr.status === 200) masked.set(target, target.innerHTML);
});
document.addEventListener('htmx:afterSettle', (event) => {
  const place = event.detail?.target?.closest?.('[data-reveal-place]');
  const shown = place?.querySelector('[data-revealed]');
  if (!shown || timers.get(place) === shown) return;
  shown.focus();
  timers.set(place, setTimeout(() => mask(place), Number(shown.dataset.revealed) * 1000));
});
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-mask]');
  if (button) mask(button.closest('[data-reveal-place]'));
});
addEventListener('pagehide', () => document.querySelectorAll('[data-reveal-place]').forEach(mask));
