// The page on which a process is drawn: the modeller within the frame that saves and checks drafts.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import '../../css/studio/frame.css';
import '../../css/studio/bpmn.css';
import { Editor } from './bpmn/editor.js';
import { Files } from './bpmn/files.js';
import { mendLanguage } from './bpmn/language.js';
import { Layout } from './bpmn/layout.js';
import { Problems } from './bpmn/problems.js';
import { Resources } from './bpmn/resources.js';
import { Simulation } from './bpmn/simulation.js';
import { Surroundings } from './bpmn/surroundings.js';
import { words } from './bpmn/words.js';
import { adoptStyles } from './adopted_styles.js';
import { openEditor } from './saving.js';

const FULL = 100;

class Page {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.texts = JSON.parse(document.getElementById('bpmn-texts').textContent);
    this.language = document.documentElement.lang === 'en' ? 'en' : 'zh';
    this.words = words(this.language);
    const frame = openEditor({
      getContent: () => this.content(),
      onPick: (finding) => this.problems?.jump(finding),
      onFindings: (findings) => this.#found(findings),
    });
    Object.assign(this, frame);
    this.original = this.settings.content;
    this.edited = false;
  }

  async start() {
    adoptStyles();
    const surroundings = new Surroundings(this.settings.surroundingsUrl);
    await surroundings.load().catch(() => this.say(this.texts.noSurroundings));
    this.editor = new Editor({
      canvas: this.part('canvas'),
      panel: this.part('panel'),
      language: this.language,
      words: this.words,
      surroundings,
      resources: new Resources(this.settings, this.texts, (text) => this.say(text)),
      builtins: JSON.parse(document.getElementById('bpmn-functions').textContent),
      editable: this.settings.editable,
    });
    this.problems = new Problems(this.editor.modeler, (field) => { this.layout.reveal(); this.editor.show(field); });
    this.layout = new Layout(this.root, () => this.editor.get('canvas').resized());
    this.simulation = new Simulation(this.editor.modeler, this.part('simulate'), { toggle: () => this.#simulate() });
    this.files = new Files(this);
    if (this.language === 'zh') mendLanguage(document.body);
    await this.#open();
    this.#listen();
    this.saver.lint();
    const element = new URLSearchParams(location.hash.slice(1)).get('element');
    // The panel follows a selection only once it has been drawn.
    if (element && !this.broken) requestAnimationFrame(() => setTimeout(() => this.problems.jump({ element })));
    this.root.dataset.ready = 'yes';
  }

  /** The text as it would be saved: what nobody has edited, as it came. */
  async content() {
    return this.edited ? this.editor.xml() : this.original;
  }

  say(text, kind = 'warn') {
    const said = this.part('said');
    said.textContent = text;
    said.className = `note note-${kind}`;
    said.hidden = !text;
  }

  /** A file that cannot be drawn leaves its text to be downloaded and another one to be imported. */
  async #open() {
    try {
      const warnings = await this.editor.open(this.original);
      if (warnings.length) this.say(`${this.texts.warnings} ${warnings.map(({ message }) => message).slice(0, 3).join(' ')}`);
    } catch {
      this.broken = true;
      this.root.classList.add('is-broken');
      this.say(this.texts.unreadable, 'bad');
    }
  }

  #listen() {
    this.editor.onChange(() => this.changed());
    const deeds = {
      undo: () => this.editor.get('commandStack').undo(),
      redo: () => this.editor.get('commandStack').redo(),
      find: () => this.find(),
      map: () => this.editor.get('minimap').toggle(),
      in: () => this.editor.zoom(1),
      out: () => this.editor.zoom(-1),
      fit: () => this.editor.whole(),
      full: () => this.editor.get('canvas').zoom(FULL / 100, 'auto'),
      keys: () => this.part('keys-dialog').showModal(),
    };
    this.root.addEventListener('click', (event) => {
      const button = event.target.closest('[data-deed]');
      if (button && !this.broken) deeds[button.dataset.deed]();
    });
    document.addEventListener('keydown', (event) => this.#key(event), true);
    // What is pasted or composed ends without a key that the search would hear.
    this.part('canvas').addEventListener('input', ({ target }) => {
      if (target.closest('.djs-search-input')) target.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true }));
    });
    const stack = this.editor.get('commandStack');
    this.editor.onChange(() => this.#undoable(stack));
    this.#undoable(stack);
  }

  #undoable(stack) {
    for (const [name, able] of [['undo', stack.canUndo()], ['redo', stack.canRedo()]]) {
      const button = this.root.querySelector(`[data-deed="${name}"]`);
      if (button) button.disabled = !able;
    }
  }

  /** Searching holds wherever one is; the canvas's own keys only there. */
  #key(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'f' && !this.broken) {
      event.preventDefault();
      event.stopPropagation();
      this.find();
    }
  }

  find() {
    this.editor.get('canvas').focus();
    this.editor.get('searchPad').toggle();
  }

  changed() {
    this.edited = true;
    this.saver.changed();
  }

  #found(findings) {
    if (!this.problems) return;
    this.problems.show(this.broken ? [] : findings);
    this.problems.findings = findings;
    if (this.simulation.active && this.problems.errors.length) this.simulation.toggle(false);
  }

  #simulate() {
    const { length } = this.problems.errors;
    if (!this.simulation.active && (length || this.broken)) {
      this.say(this.texts.noSimulation.replace('{n}', length), 'bad');
      return;
    }
    this.say('');
    this.simulation.toggle();
  }
}

const root = document.querySelector('[data-bpmn-editor]');
if (root) {
  const page = new Page(root);
  window.kefuflowBpmn = page;
  page.start().catch((problem) => {
    page.say(page.texts.failed, 'bad');
    throw problem;
  });
}
