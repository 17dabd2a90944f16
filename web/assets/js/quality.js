// The sum of a form's points as they are typed; all of them are gone after a breach.
function add(table) {
  const output = table.querySelector('[data-sum]');
  if (!output) return;
  const form = table.closest('form');
  const breach = form?.querySelector('[name="breach"]:checked')?.value;
  const inputs = [...table.querySelectorAll('input[type="number"]')];
  const sum = inputs.reduce((total, input) => total + (Number.parseInt(input.value, 10) || 0), 0);
  output.textContent = breach ? '0' : String(sum);
}

function all(root) {
  for (const table of root.querySelectorAll('[data-points]')) add(table);
}

document.addEventListener('input', (event) => {
  const form = event.target.closest('form');
  if (form?.querySelector('[data-points]')) all(form);
});
all(document);
