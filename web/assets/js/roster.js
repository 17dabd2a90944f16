// The roster's cells by keys, as in a spreadsheet: arrows move, Enter goes down, a pasted block fills to the right
// and down. Without scripts they are plain fields in their order.
const cells = (row) => [...row.querySelectorAll('td.shift')];
const field = (cell) => cell && cell.querySelector('.cell-input');
const rows = (form) => [...form.querySelectorAll('tbody tr')].filter((row) => row.querySelector('.cell-input'));

const at = (form, input) => {
  const row = input.closest('tr');
  return [rows(form).indexOf(row), cells(row).indexOf(input.closest('td'))];
};

const go = (form, line, column, stepLine, stepColumn) => {
  const lines = rows(form);
  let [i, j] = [line + stepLine, column + stepColumn];
  while (lines[i] && cells(lines[i])[j]) {
    const next = field(cells(lines[i])[j]);
    if (next) {
      next.focus();
      next.select();
      return true;
    }
    i += stepLine;
    j += stepColumn;
  }
  return false;
};

document.addEventListener('keydown', (event) => {
  const input = event.target;
  const form = input.closest && input.closest('form[data-roster]');
  if (!form || !input.matches('.cell-input') || event.altKey || event.ctrlKey || event.metaKey) return;
  const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
  const [line, column] = at(form, input);
  const moves = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    Enter: [event.shiftKey ? -1 : 1, 0],
    ArrowLeft: whole || input.selectionEnd === 0 ? [0, -1] : null,
    ArrowRight: whole || input.selectionStart === input.value.length ? [0, 1] : null,
  };
  const move = moves[event.key];
  if (!move) return;
  if (go(form, line, column, ...move) || event.key === 'Enter') event.preventDefault();
});

document.addEventListener('paste', (event) => {
  const input = event.target;
  const form = input.closest && input.closest('form[data-roster]');
  if (!form || !input.matches('.cell-input')) return;
  const text = event.clipboardData.getData('text/plain').replace(/\r/g, '').replace(/\n$/, '');
  if (!/[\t\n]/.test(text)) return;
  event.preventDefault();
  const [line, column] = at(form, input);
  const lines = rows(form);
  text.split('\n').forEach((words, down) => {
    words.split('\t').forEach((word, right) => {
      const target = lines[line + down] && field(cells(lines[line + down])[column + right]);
      if (target) target.value = word.trim();
    });
  });
});

// Where the week is wider than the screen, today is in sight.
document.querySelectorAll('.roster-wrap').forEach((wrap) => {
  const today = wrap.querySelector('thead th.today');
  const names = wrap.querySelector('thead th');
  if (today && wrap.scrollWidth > wrap.clientWidth) wrap.scrollLeft = today.offsetLeft - names.offsetWidth - (wrap.clientWidth - names.offsetWidth - today.offsetWidth) / 2;
});
