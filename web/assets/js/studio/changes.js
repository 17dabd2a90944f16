// The pages of changes: the editor of a text to customers; the overview filtered by name.
import '../../css/studio/frame.css';
import '../../css/studio/changes.css';
import { openEditor } from './saving.js';

// --- texts to customers --------------------------------------------------------------------------

function textEditor(place) {
  const area = place.querySelector('[data-text]');
  const length = place.querySelector('[data-text-length]');
  const { settings, saver } = openEditor({ getContent: async () => area.value, onPick: () => area.focus() });
  area.value = settings.content;
  const measure = () => { length.textContent = String([...area.value].length); };
  area.addEventListener('input', () => { measure(); saver.changed(); });
  document.querySelectorAll('[data-insert]').forEach((button) => button.addEventListener('click', () => {
    area.setRangeText(`{${button.dataset.insert}}`, area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    measure();
    saver.changed();
  }));
  const search = document.querySelector('#find-name');
  search?.addEventListener('input', () => {
    const asked = search.value.trim().toLowerCase();
    document.querySelectorAll('.name-list li').forEach((line) => { line.hidden = !line.textContent.toLowerCase().includes(asked); });
  });
  measure();
  saver.lint();
}

// --- the overview --------------------------------------------------------------------------------

function filtered(input) {
  const lines = [...document.querySelectorAll('[data-filter-name]')];
  const groups = [...document.querySelectorAll('[data-filter-group]')];
  const opened = new Map(groups.map((group) => [group, group.querySelector('details').open]));
  const none = document.querySelector('[data-filter-none]');
  const apply = () => {
    const asked = input.value.trim().toLowerCase();
    for (const line of lines) line.hidden = !line.dataset.filterName.toLowerCase().includes(asked);
    for (const group of groups) {
      group.hidden = !group.querySelector('[data-filter-name]:not([hidden])');
      group.querySelector('details').open = asked ? true : opened.get(group);
    }
    none.hidden = lines.some((line) => !line.hidden) || !asked;
  };
  input.addEventListener('input', apply);
  if (input.value) apply();
}

const filter = document.querySelector('[data-filter]');
if (filter) filtered(filter);

const editor = document.querySelector('[data-text-editor]');
if (editor) textEditor(editor);
