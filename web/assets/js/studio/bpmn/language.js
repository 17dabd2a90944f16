// The language of the editor: the page's. What its parts do not ask to have translated is mended where it is shown.
import { chinese } from './zh.js';

/** What the makers left in English only: titles and words within these. */
const MENDED = [
  '.bio-properties-panel-container',
  '.bio-properties-panel-popup',
  '.bio-properties-panel-tooltip',
  '.djs-popup-parent',
  '.djs-search-container',
  '.djs-context-pad-parent',
  '.djs-minimap',
  '[class^="bts-"]',
  '.cm-tooltip',
  '.cm-diagnostic',
].join(',');
/** Names that people gave, and what they write. */
const THEIRS = [
  '[translate="no"]', '.cm-content', 'input', 'textarea', 'svg', '.bts-text', '.bts-scope', '.djs-search-results',
  '.bio-properties-panel-header-label', '.bio-properties-panel-collapsible-entry-header-title', '.bio-properties-panel-list-entry-item',
].join(',');
const ATTRIBUTES = ['title', 'aria-label', 'placeholder'];

const filled = (text, replacements = {}) => text.replace(/{([^}]+)}/g, (_, key) => replacements[key] ?? `{${key}}`);

/** The module that says everything in the page's language. */
export function languageModule(language) {
  const say = (text, replacements) => filled((language === 'zh' && chinese(text)) || text, replacements);
  return { translate: ['value', say] };
}

function mendText(node) {
  const text = node.data.trim();
  if (!/[A-Za-z]/.test(text) || node.parentElement?.closest(THEIRS)) return;
  const said = chinese(text);
  if (said !== undefined && said !== text) node.data = node.data.replace(text, said);
}

function mendAttributes(element) {
  for (const name of ATTRIBUTES) {
    const text = element.getAttribute(name);
    const said = text && chinese(text.trim());
    if (said && said !== text) element.setAttribute(name, said);
  }
}

function mend(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.parentElement?.closest(MENDED)) mendText(node);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || (!node.closest(MENDED) && !node.querySelector(MENDED))) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let each = node; each; each = walker.nextNode()) {
    if (each.nodeType === Node.TEXT_NODE) {
      if (each.parentElement.closest(MENDED)) mendText(each);
    } else if (each.closest(MENDED)) mendAttributes(each);
  }
}

/** Watch over what is shown below a node. Names that people gave elements stay as they are (`translate="no"`). */
export function mendLanguage(root) {
  const watched = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES };
  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'attributes') {
        if (target.closest(MENDED)) mendAttributes(target);
      } else if (type === 'characterData') mend(target);
      else addedNodes.forEach(mend);
    }
  });
  mend(root);
  observer.observe(root, watched);
}
