// The list under the search box: what is found while one types, chosen with the arrow keys, opened with Enter.
const box = document.querySelector('#search');
const list = document.querySelector('#search-list');

if (box && list) {
  const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];
  const chosen = () => list.querySelector('[role="option"][aria-selected="true"]');

  const choose = (option) => {
    options().forEach((one) => one.setAttribute('aria-selected', one === option ? 'true' : 'false'));
    if (option) {
      box.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else {
      box.removeAttribute('aria-activedescendant');
    }
  };
  const show = (open) => {
    const shown = open && list.childElementCount > 0;
    list.hidden = !shown;
    box.setAttribute('aria-expanded', shown ? 'true' : 'false');
    if (!shown) choose(null);
  };

  // Keys of an input method belong to it: Enter takes the characters, not the first case.
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      if (!list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        show(false);
      }
      return;
    }
    const all = options();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!all.length) return;
      event.preventDefault();
      if (list.hidden) show(true);
      const at = all.indexOf(chosen());
      const down = event.key === 'ArrowDown';
      const next = at < 0 ? (down ? 0 : all.length - 1) : at + (down ? 1 : -1);
      choose(all[next] || null);
    }
    if (event.key === 'Enter' && !list.hidden && chosen()) {
      event.preventDefault();
      chosen().click();
    }
  });
  box.addEventListener('input', () => { if (!box.value.trim()) { list.replaceChildren(); show(false); } });
  box.addEventListener('focus', () => show(true));
  document.addEventListener('click', (event) => {
    if (!list.contains(event.target) && event.target !== box) show(false);
  });
  document.addEventListener('focusin', (event) => {
    if (!list.contains(event.target) && event.target !== box) show(false);
  });
  list.addEventListener('htmx:afterSwap', () => show(document.activeElement === box && box.value.trim() !== ''));
}
