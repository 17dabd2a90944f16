// Marks the fields of two previews: what came, went, moved or asks otherwise.
const SIGNS = { added: '+', removed: '−', changed: '~', moved: '⇄' };

export function markForms(script) {
  const marks = JSON.parse(script.textContent);
  const box = script.parentElement;
  for (const [kind, keys] of Object.entries(marks)) {
    if (!SIGNS[kind]) continue;
    for (const field of box.querySelectorAll('[data-field]')) {
      if (!keys.includes(field.dataset.field) || field.classList.contains('cmp-field')) continue;
      field.classList.add('cmp-field', `cmp-${kind}`);
      field.dataset.sign = SIGNS[kind];
    }
  }
}
