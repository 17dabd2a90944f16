// Fields that depend on others are drawn anew by the server. What was typed after it had been asked stands in no answer:
// it is kept here and put back, with the caret where it was.
const asked = new WeakMap();
const typed = new WeakMap();

const controls = (box) => [...box.querySelectorAll('input, textarea, select')].filter(
  (one) => one.id && !['file', 'hidden', 'button', 'submit'].includes(one.type));
const choice = (one) => one.type === 'checkbox' || one.type === 'radio';
const stateOf = (one) => (choice(one) ? one.checked : one.multiple ? [...one.options].map((o) => o.selected).join() : one.value);

document.addEventListener('htmx:beforeRequest', (event) => {
  const { target, xhr } = event.detail;
  if (target.matches('.form-fields')) asked.set(xhr, new Map(controls(target).map((one) => [one.id, stateOf(one)])));
});

document.addEventListener('htmx:beforeSwap', (event) => {
  const { target, xhr, elt } = event.detail;
  const before = asked.get(xhr);
  if (!before) return;
  const rowGoes = elt.matches('[data-test="remove-row"]'); // the rows behind it move up: their ids are others'
  typed.set(xhr, controls(target)
    .filter((one) => before.has(one.id) && before.get(one.id) !== stateOf(one) && !(rowGoes && one.closest('.form-rows')))
    .map((one) => ({
      id: one.id,
      state: stateOf(one),
      caret: one === document.activeElement && /^(text|search|tel|url|textarea)$/.test(one.type) ? [one.selectionStart, one.selectionEnd] : null,
    })));
});

function putBack({ id, state, caret }) {
  const one = document.getElementById(id);
  if (!one || stateOf(one) === state) return false;
  if (choice(one)) one.checked = state;
  else if (one.multiple) state.split(',').forEach((chosen, at) => { if (one.options[at]) one.options[at].selected = chosen === 'true'; });
  else one.value = state;
  if (caret && one === document.activeElement) one.setSelectionRange(...caret);
  return one;
}

document.addEventListener('htmx:afterSwap', (event) => {
  const { xhr } = event.detail;
  const kept = typed.get(xhr);
  if (!kept) return;
  typed.delete(xhr);
  kept.map(putBack).filter(Boolean).forEach((one) => {
    one.dispatchEvent(new Event('input', { bubbles: true }));
    const changed = () => one.dispatchEvent(new Event('change', { bubbles: true }));
    if (choice(one) || one.tagName === 'SELECT') changed();
    else if (one.hasAttribute('hx-post')) one.addEventListener('blur', changed, { once: true });
  });
});
