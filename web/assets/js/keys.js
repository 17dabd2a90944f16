// Keys of every page: ? shows the sheet, g and a letter goes to a place of the rail.
export const typing = (element) =>
  element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)) &&
  !/^(checkbox|radio)$/.test(element.type || '');

export const busyElsewhere = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) ||
  document.querySelector('dialog[open]') !== null;

// Whoever has switched the keys of one letter off strikes them in vain: nobody behind this line hears of them.
document.addEventListener('keydown', (event) => {
  const single = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (document.body.dataset.keys === 'off' && single && !typing(event.target)) event.stopImmediatePropagation();
}, true);

let going = 0;

document.addEventListener('keydown', (event) => {
  if (busyElsewhere(event)) return;
  if (going && Date.now() - going < 1500) {
    going = 0;
    const door = document.querySelector(`.rail a[data-go="${CSS.escape(event.key)}"]`);
    if (door) {
      event.preventDefault();
      event.stopImmediatePropagation();
      door.click();
    }
    return;
  }
  if (event.key === 'g') {
    going = Date.now();
    event.stopImmediatePropagation();
  }
  if (event.key === '?') {
    const sheet = document.querySelector('#key-help');
    if (sheet && sheet.showModal) { event.preventDefault(); sheet.showModal(); }
  }
}, true);

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-key-help]')) document.querySelector('#key-help').showModal();
  if (event.target.id === 'key-help') event.target.close(); // beside the sheet
});
