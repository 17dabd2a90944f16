// Files from and for the disk: the diagram as BPMN, SVG and PNG; another file in its place.
import { download, pngOf, svgOf } from './pictures.js';

const LARGEST = 2_000_000;

export class Files {
  constructor(page) {
    this.page = page;
    this.root = page.root;
    this.chosen = page.part('import');
    this.dialog = page.part('import-dialog');
    this.root.addEventListener('click', (event) => {
      const button = event.target.closest('[data-download]');
      if (!button) return;
      button.closest('details')?.removeAttribute('open');
      this.download(button.dataset.download).catch(() => page.say(page.texts.noPicture, 'bad'));
    });
    this.chosen?.addEventListener('change', () => this.#ask());
    this.dialog?.addEventListener('close', () => this.#answered());
  }

  async download(kind) {
    const { page } = this;
    const name = page.settings.id;
    if (kind === 'bpmn') download(await page.content(), `${name}.bpmn`, 'application/xml');
    else if (kind === 'svg') download(await svgOf(page.editor.modeler), `${name}.svg`, 'image/svg+xml');
    else download(await pngOf(page.editor.modeler), `${name}.png`);
  }

  async #ask() {
    const [file] = this.chosen.files;
    this.chosen.value = '';
    if (!file) return;
    const { page } = this;
    if (file.size > LARGEST) {
      page.say(page.texts.large, 'bad');
      return;
    }
    this.text = await file.text();
    const refused = await this.#refusal(this.text);
    if (refused) {
      page.say(`${page.texts.refused} ${refused}`, 'bad');
      return;
    }
    this.dialog.querySelector('[data-import-name]').textContent = file.name;
    this.dialog.returnValue = '';
    this.dialog.showModal();
  }

  /** What the rules say of a text that is no diagram at all; nothing where it can be drawn. */
  async #refusal(text) {
    const { lintUrl, csrf } = this.page.settings;
    const answer = await fetch(lintUrl, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrf },
      body: JSON.stringify({ content: text }),
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) return told.message || this.page.texts.notAsked;
    const fatal = told.findings.filter(({ rule, element }) => rule.startsWith('xml.') && !element);
    return fatal.map(({ message }) => message).join(' ');
  }

  async #answered() {
    if (this.dialog.returnValue !== 'yes') return;
    const { page } = this;
    const before = await page.content();
    try {
      await page.editor.open(this.text);
    } catch {
      await page.editor.open(before).catch(() => {});
      page.say(page.texts.refused, 'bad');
      return;
    }
    page.broken = false;
    page.root.classList.remove('is-broken');
    page.original = this.text;
    page.edited = false;
    page.say(page.texts.imported, 'good');
    page.saver.changed();
  }
}
