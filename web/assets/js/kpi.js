// The sums of a formula's weights, told while they are typed; the server checks them once more.
const exact = (text) => {
  const typed = text.trim();
  return /^\d*\.?\d*$/.test(typed) && typed !== '' && typed !== '.' ? Math.round(Number(typed) * 1e6) : NaN;
};
const said = (millionths) => String(millionths / 1e6);

function tell(form) {
  const whole = form.querySelector('[data-whole-one]')?.checked;
  form.querySelectorAll('[data-formula]').forEach((formula) => {
    const sum = (group) => [...formula.querySelectorAll(`[data-weight="${group}"]`)]
      .reduce((total, field) => total + exact(field.value), 0);
    const g = sum('g');
    const a = sum('a');
    const split = formula.dataset.split === 'yes';
    const right = !split ? a === 1e6 : whole ? g + a === 1e6 : g === 8e5 && a === 2e5;
    const place = formula.querySelector('[data-sums]');
    const known = Number.isFinite(g) && Number.isFinite(a);
    const sums = !known ? '?' : split ? `${said(g)} + ${said(a)} = ${said(g + a)}` : said(a);
    place.textContent = `Σ ${sums} ${right ? '✓' : '✗'}`;
    place.classList.toggle('is-right', right);
    place.classList.toggle('is-wrong', !right);
  });
}

document.querySelectorAll('[data-kpi-rules]').forEach((form) => {
  tell(form);
  form.addEventListener('input', () => tell(form));
});
