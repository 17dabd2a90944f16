// The button that stands above a page for the printer.
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) print();
});
