// The language of the editor: the page's. What its parts do not ask to have translated is mended where it is shown.
import { english } from './words.js';
import { chinese } from './zh.js';

const ATTRIBUTES = ['title', 'aria-label', 'placeholder'];
//: What people wrote, and what is code.
const THEIRS = '[translate="no"], .cm-content, .content-editable, .cm-completionLabel, .djs-element, textarea';
//: Where names, expressions and values of the owner stand in the table.
const DATA = '.input-expression, .input-label, .output-label, .output-name, .decision-table-name, td.annotation, .options .option';

const filled = (text, replacements = {}) => text.replace(/\{\s?([^}\s]+)\s?\}/g, (whole, key) => replacements[key] ?? whole);

const say = (text, replacements) => filled((!english && chinese(text)) || text, replacements);

// For every viewer: dmn-js asks it for most of its words.
export const languageModule = { translate: ['value', say] };

function mendText(node) {
  const text = node.data.trim();
  if (!/[A-Za-z]/.test(text) || node.parentElement?.closest(`${THEIRS}, ${DATA}`)) return;
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
  if (node.nodeType === Node.TEXT_NODE) { mendText(node); return; }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let each = node; each; each = walker.nextNode()) {
    if (each.nodeType === Node.TEXT_NODE) mendText(each);
    else mendAttributes(each);
  }
}

// Watch over what is shown below a node.
export function mendLanguage(root) {
  if (english) return;
  mend(root);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'attributes') mendAttributes(target);
      else if (type === 'characterData') mendText(target);
      else addedNodes.forEach(mend);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
}
