// The supervisors' board: tasks are dragged to people, or picked and handed over by keys. Without a script the form does
// the same.
const form = () => document.querySelector('#board-form');

const picked = (row) => {
  const boxes = [...form().querySelectorAll('input[name="task"]')];
  const own = row.querySelector('input[name="task"]');
  if (own.checked) return boxes.filter((box) => box.checked);
  boxes.forEach((box) => { box.checked = box === own; });
  return [own];
};

let dragged = null;

document.addEventListener('dragstart', (event) => {
  const row = event.target.closest('.board-rows > li');
  if (!row) return;
  dragged = picked(row);
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', dragged.map((box) => box.value).join(','));
  document.body.classList.add('is-dragging');
});
document.addEventListener('dragend', () => {
  dragged = null;
  document.body.classList.remove('is-dragging');
  document.querySelectorAll('.board-person.is-over').forEach((one) => one.classList.remove('is-over'));
});
document.addEventListener('dragover', (event) => {
  const person = dragged && event.target.closest('.board-person');
  if (person) event.preventDefault();
});
document.addEventListener('dragenter', (event) => {
  if (!dragged) return;
  const person = event.target.closest('.board-person');
  document.querySelectorAll('.board-person.is-over').forEach((one) => { if (one !== person) one.classList.remove('is-over'); });
  if (person) person.classList.add('is-over');
});
document.addEventListener('drop', (event) => {
  const person = dragged && event.target.closest('.board-person');
  if (!person) return;
  event.preventDefault();
  form().querySelector('[name="person"]').value = person.dataset.person;
  form().requestSubmit();
});

// Under a hand that drags, nothing may be drawn anew.
document.addEventListener('htmx:beforeRequest', (event) => {
  if (event.detail.elt.id === 'board-live' && dragged) event.preventDefault();
});

const typing = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== 'checkbox';

document.addEventListener('keydown', (event) => {
  if (!form() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === 'x') {
    const box = event.target.closest('.board-rows > li')?.querySelector('input[name="task"]');
    if (box) { box.checked = !box.checked; event.preventDefault(); }
  }
  if (event.key === 'a') {
    const row = event.target.closest('.board-rows > li');
    if (row) picked(row);
    const to = form().querySelector('[name="person"]');
    if (to) { to.focus(); event.preventDefault(); }
  }
});
