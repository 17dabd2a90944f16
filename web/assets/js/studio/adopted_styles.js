// Editors of formulas write their own style sheets into the page's head, which the policy of the pages refuses. Sheets
// that a script constructs are not refused: what would be inserted is adopted instead.
const sheets = new WeakMap();

function adopt(style) {
  let sheet = sheets.get(style);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheets.set(style, sheet);
    document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
  }
  sheet.replaceSync(style.textContent);
  return style;
}

/** Once a page, before the first editor. */
export function adoptStyles() {
  const { head } = document;
  const insert = head.insertBefore.bind(head);
  head.insertBefore = (node, before) => (node instanceof HTMLStyleElement ? adopt(node) : insert(node, before));
}
