// What an agent will see: the server renders the form as it stands here, with sample values. It is shown in a frame of
// its own, in which no script runs; answers given in it are sent back and the form drawn anew, as at the desk.
import { t } from './words.js';

const REST = 350;

export class Preview {
  constructor({ root, url, csrf, getContent, scenarios }) {
    Object.assign(this, { root, url, csrf, getContent, scenarios });
    this.frame = root.querySelector('[data-preview-frame]');
    this.around = root.querySelector('[data-preview-names]');
    this.status = root.querySelector('[data-preview-status]');
    this.asked = 0;
    this.typed = [];
    this.names = {};
    this.isOpen = false;
    this.#listen();
  }

  open() {
    this.isOpen = true;
    if (!this.ready) this.ready = this.#makeFrame();
    return this.refresh();
  }

  close() { this.isOpen = false; }

  changed() { if (this.isOpen) this.#later(); }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), REST);
  }

  #listen() {
    this.root.querySelectorAll('[name="preview-width"]').forEach((choice) => choice.addEventListener('change', () => { this.root.dataset.width = choice.value; }));
    this.root.querySelector('[data-preview-try]').addEventListener('click', () => this.refresh({ submit: true }));
    this.root.querySelector('[data-preview-empty]').addEventListener('click', () => { this.typed = null; this.refresh(); });
    this.root.querySelector('[data-preview-scenario]').addEventListener('change', (event) => {
      const found = this.scenarios[Number(event.target.value)];
      this.names = { ...(found?.values ?? {}) };
      this.typed = null;
      this.refresh();
    });
    this.around.addEventListener('input', (event) => {
      const { name, value } = event.target;
      if (value.trim()) this.names[name] = value; else delete this.names[name];
      this.typed = this.#read();
      this.#later();
    });
  }

  async #makeFrame() {
    const page = document.documentElement;
    await new Promise((done) => {
      this.frame.addEventListener('load', done, { once: true });
      this.frame.srcdoc = '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head><body></body></html>';
    });
    const inner = this.frame.contentDocument;
    inner.documentElement.lang = page.lang;
    inner.documentElement.className = page.className;
    const sheet = inner.createElement('link');
    Object.assign(sheet, { rel: 'stylesheet', href: this.root.dataset.style });
    inner.head.append(sheet);
    const theme = () => { inner.documentElement.dataset.bsTheme = page.dataset.bsTheme || 'light'; };
    theme();
    new MutationObserver(theme).observe(page, { attributes: true, attributeFilter: ['data-bs-theme'] });
    inner.body.className = 'page'; // the desk's own edges
    const again = () => { this.typed = this.#read(); this.#later(); };
    inner.addEventListener('input', again);
    inner.addEventListener('change', again);
    inner.addEventListener('click', (event) => this.#clicked(event));
  }

  #clicked(event) {
    const target = event.target.closest?.('a, button');
    if (!target) return;
    const href = target.getAttribute('href') ?? '';
    if (target.localName === 'a') {
      event.preventDefault();
      if (href.startsWith('#')) this.frame.contentDocument.getElementById(href.slice(1))?.focus();
      return;
    }
    if (target.hasAttribute('hx-vals')) {
      event.preventDefault();
      this.typed = this.#read();
      this.refresh({ rows: JSON.parse(target.getAttribute('hx-vals'))._rows });
    }
  }

  #read() {
    const form = this.frame.contentDocument?.querySelector('form');
    return form ? [...new FormData(form)].filter(([, value]) => typeof value === 'string') : null;
  }

  async refresh({ submit = false, rows = '' } = {}) {
    if (!this.isOpen) return;
    clearTimeout(this.timer);
    await this.ready;
    this.asked += 1;
    const asked = this.asked;
    if (submit) this.typed = this.#read();
    let told;
    try {
      const answer = await fetch(this.url, {
        method: 'POST', credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': this.csrf },
        body: JSON.stringify({ content: await this.getContent(), names: this.names, typed: this.typed, submit, rows }),
      });
      told = await answer.json();
    } catch {
      this.status.textContent = t('预览暂时取不到,请检查网络。', 'No preview at the moment: check the network.');
      return;
    }
    if (asked === this.asked) this.#show(told, submit);
  }

  #show(told, submit) {
    const inner = this.frame.contentDocument;
    const kept = where(inner.activeElement);
    const parsed = new DOMParser().parseFromString(told.html ?? '', 'text/html');
    parsed.querySelectorAll('noscript, script, iframe, object, link, style').forEach((node) => node.remove());
    inner.body.replaceChildren(...[...parsed.body.childNodes].map((node) => inner.importNode(node, true)));
    const wanted = inner.querySelector('[autofocus]') ?? (submit ? inner.querySelector('.error-summary') : null);
    if (wanted) wanted.focus(); else restore(inner, kept);
    this.status.textContent = told.message ?? '';
    this.status.classList.toggle('is-bad', Boolean(told.bad));
    this.typed = this.#read();
    this.#showNames(told.names ?? []);
    this.root.dataset.asked = String(this.asked);
  }

  // The names that the form reads from the case: what they hold can be typed.
  #showNames(names) {
    const shown = [...this.around.querySelectorAll('input')];
    if (JSON.stringify(shown.map((input) => input.name)) === JSON.stringify(names.map((it) => it.name))) {
      shown.forEach((input) => { if (document.activeElement !== input) input.value = this.names[input.name] ?? ''; });
      return;
    }
    this.around.replaceChildren(...names.map(({ name, label }) => {
      const line = document.createElement('label');
      const said = document.createElement('span');
      said.textContent = label === name ? '' : label;
      const code = document.createElement('code');
      code.textContent = name;
      code.translate = false;
      const input = document.createElement('input');
      Object.assign(input, { name, value: this.names[name] ?? '', autocomplete: 'off', className: 'form-control' });
      line.append(said, code, input);
      return line;
    }));
    this.root.querySelector('[data-preview-no-names]').hidden = names.length > 0;
  }
}

function where(element) {
  if (!element?.id) return null;
  try { return { id: element.id, from: element.selectionStart, to: element.selectionEnd, value: element.value }; } catch { return { id: element.id }; }
}

function restore(inner, kept) {
  const element = kept && inner.getElementById(kept.id);
  if (!element) return;
  element.focus();
  if (kept.from !== null && kept.from !== undefined && 'setSelectionRange' in element) {
    try { element.setSelectionRange(kept.from, kept.to); } catch { /* a date or a number has no caret to put */ }
  }
}
