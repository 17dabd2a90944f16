// Marks rows, columns and cells of the table by a style sheet: dmn-js draws its cells anew whenever it likes.

export class Marks {
  constructor() {
    this.sheet = new CSSStyleSheet();
    this.layers = new Map();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
  }

  // rules: [{rows: [id], cells: [id], columns: [id], look}]; a look is a class of studio/dmn.css by its variable.
  show(layer, rules) {
    this.layers.set(layer, rules);
    this.#write();
  }

  clear(layer) {
    if (this.layers.delete(layer)) this.#write();
  }

  #write() {
    const lines = [...this.layers.values()].flat().flatMap(({ rows = [], cells = [], columns = [], look }) => {
      const chosen = [
        ...rows.map((id) => `td[data-row-id="${CSS.escape(id)}"]`),
        ...cells.map((id) => `td[data-element-id="${CSS.escape(id)}"]`),
        ...columns.flatMap((id) => [`td[data-col-id="${CSS.escape(id)}"]`, `th[data-col-id="${CSS.escape(id)}"]`]),
      ];
      return chosen.length ? [`.editor-canvas :is(${chosen.join(', ')}) { background: var(--dmn-${look}); }`] : [];
    });
    this.sheet.replaceSync(lines.join('\n'));
  }
}
