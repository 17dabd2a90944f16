// What every editor of the studio shares: the draft is saved as it is written and never over somebody else's words, the
// server's lint is asked as one writes, and both say on the page how they stand.
//
//   import { openEditor } from './saving.js';
//   const editor = openEditor({ getContent: async () => text, onPick: (finding) => select(finding.element) });
//   editor.settings.content, .editable, .surroundingsUrl …   what the page says (see studio/editor.html)
//   editor.saver.changed()                                   after every change by the person
//   editor.saver.lint()                                      after opening
//
// A change is saved two seconds after the last one and at least every fifteen, with Ctrl+S, and when the page is hidden.

const QUIET = 2000;
const LONGEST = 15_000;
const AGAIN = 10_000;
const LINT_QUIET = 600;
//: Browsers send no more than this behind a page that is hidden.
const PARTING = 60_000;
//: Lines of a comparison that are looked at; beyond, all that differs is shown as one block.
const MOST_LINES = 1500;

const tick = () => new Promise((done) => { setTimeout(done, 0); });

export class DraftSaver {
  // getContent: async, gives the text as it stands. onState(state, info): saved, dirty, saving, conflict, offline or
  // refused; info: {message, savedAt, revision}. onFindings(findings): what the lint says. onConflict(answer): 409.
  constructor({ saveUrl, lintUrl, csrf, revision, getContent, onState, onFindings, onConflict, texts = {}, editable = true }) {
    Object.assign(this, { saveUrl, lintUrl, csrf, revision, getContent, texts, editable });
    this.onState = onState || (() => {});
    this.onFindings = onFindings || (() => {});
    this.onConflict = onConflict || (() => {});
    this.state = 'saved';
    this.version = 0;
    this.savedVersion = 0;
    this.since = 0;
    this.timer = 0;
    this.lintTimer = 0;
    this.asked = 0;
    this.sending = null;
    this.left = false;
    if (editable) this.#listen();
  }

  get dirty() { return this.version !== this.savedVersion; }

  // The person has changed something.
  changed() {
    if (!this.editable) return;
    if (!this.dirty) this.since = Date.now();
    this.version += 1;
    if (this.state !== 'conflict') {
      if (this.state !== 'saving') this.#say('dirty');
      this.#later(Math.max(0, Math.min(QUIET, this.since + LONGEST - Date.now())));
    }
    this.lint();
  }

  // Save now; gives whether everything is saved. One save at a time: who asks meanwhile gets the next one.
  async save({ parting = false } = {}) {
    clearTimeout(this.timer);
    if (!this.editable || this.state === 'conflict') return false;
    if (this.sending) { await this.sending; }
    if (!this.dirty) return this.state === 'saved';
    this.sending = this.#send(parting);
    try { await this.sending; } finally { this.sending = null; }
    if (this.state === 'saved' && this.dirty) { this.since = Date.now(); this.#say('dirty'); this.#later(QUIET); }
    return !this.dirty;
  }

  // Save over what somebody else has saved, which the person has seen.
  async overwrite(revision) {
    this.revision = revision;
    this.state = 'dirty';
    return this.save();
  }

  // Leave the page without being asked.
  leave() { this.left = true; clearTimeout(this.timer); }

  lint() {
    if (!this.lintUrl) return;
    clearTimeout(this.lintTimer);
    this.lintTimer = setTimeout(() => this.#askLint(), LINT_QUIET);
  }

  #later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  #say(state, info = {}) {
    this.state = state;
    this.onState(state, { revision: this.revision, ...info });
  }

  #post(url, body, more = {}) {
    return fetch(url, {
      method: 'POST', credentials: 'same-origin', body,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': this.csrf }, ...more,
    });
  }

  async #send(parting) {
    const version = this.version;
    this.#say('saving');
    let answer;
    let told = {};
    try {
      const body = JSON.stringify({ content: await this.getContent(), revision: this.revision });
      answer = await this.#post(this.saveUrl, body, { keepalive: parting && body.length < PARTING });
      if ((answer.headers.get('Content-Type') || '').includes('json')) told = await answer.json();
    } catch (problem) {
      // Without an answer it is the network; an editor that cannot give its text says why itself.
      if (problem instanceof TypeError && !answer) { this.#say('offline', { message: this.texts.offline }); this.#later(AGAIN); return; }
      this.#say('refused', { message: String(problem.message || problem) });
      return;
    }
    this.#heard(answer, told, version);
  }

  #heard(answer, told, version) {
    if (answer.ok && 'revision' in told) {
      this.revision = told.revision;
      this.savedVersion = version;
      this.#say('saved', { savedAt: told.saved_at });
    } else if (answer.status === 409 && 'revision' in told) {
      this.#say('conflict', { message: told.message });
      this.onConflict(told);
    } else if (answer.headers.get('X-Page') === 'login' || answer.status === 400) {
      this.#say('refused', { message: this.texts.login });
    } else if (answer.status >= 500) {
      this.#say('offline', { message: this.texts.unavailable });
      this.#later(AGAIN);
    } else {
      this.#say('refused', { message: told.message || (answer.status === 413 ? this.texts.large : this.texts.gone) });
    }
  }

  async #askLint() {
    this.asked += 1;
    const asked = this.asked;
    try {
      const answer = await this.#post(this.lintUrl, JSON.stringify({ content: await this.getContent() }));
      if (!answer.ok || asked !== this.asked) return;
      const told = await answer.json();
      if (asked === this.asked) this.onFindings(told.findings);
    } catch { /* the next change asks again */ }
  }

  #listen() {
    document.addEventListener('keydown', async (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      const focused = document.activeElement;
      focused?.blur?.(); // properties panels write what was typed when they lose the focus
      await tick();
      await this.save();
      if (focused?.isConnected) focused.focus({ preventScroll: true });
    }, true);
    document.addEventListener('visibilitychange', () => { if (document.hidden && this.dirty) this.save({ parting: true }); });
    addEventListener('beforeunload', (event) => { if (!this.left && (this.dirty || this.sending)) event.preventDefault(); });
    addEventListener('online', () => { if (this.state === 'offline') this.save(); });
  }
}

// --- the frame of an editor's page ---------------------------------------------------------------

export function readSettings() {
  return JSON.parse(document.getElementById('editor-settings').textContent);
}

// Reads what the page says, makes the saver and connects it with the frame (studio/editor.html).
export function openEditor({ getContent, onPick = () => {}, onFindings = () => {} }) {
  const settings = readSettings();
  const saver = new DraftSaver({
    ...settings, getContent,
    onState: (state, info) => showState(settings, state, info),
    onFindings: (findings) => { showFindings(settings, findings, onPick); onFindings(findings); },
    onConflict: (answer) => askAboutConflict(saver, settings, answer, getContent),
  });
  document.querySelector('[data-editor-save]')?.addEventListener('click', () => saver.save());
  document.querySelector('[data-editor-state]')?.addEventListener('click', (event) => {
    if (saver.state === 'conflict' && saver.conflict) askAboutConflict(saver, settings, saver.conflict, getContent);
    event.preventDefault();
  });
  return { settings, saver };
}

const SIGNS = { saved: 'sign-done', dirty: 'sign-active', saving: 'sign-active', conflict: 'sign-incident', offline: 'sign-soon', refused: 'sign-incident' };

function showState(settings, state, info) {
  const place = document.querySelector('[data-editor-state]');
  if (!place) return;
  place.dataset.state = state;
  place.className = `editor-state sign ${SIGNS[state]}`;
  place.textContent = settings.texts[state] || state;
  if (state === 'saved' && info.savedAt) place.textContent = `${settings.texts.saved} ${info.savedAt}`;
  place.title = info.message || '';
  const note = document.querySelector('[data-editor-note]');
  if (note) {
    note.hidden = !info.message || state === 'conflict';
    note.textContent = note.hidden ? '' : info.message;
  }
}

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

function showFindings(settings, findings, onPick) {
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const warnings = findings.length - errors;
  const count = document.querySelector('[data-editor-lint]');
  if (count) {
    count.className = `editor-lint sign ${errors ? 'sign-incident' : warnings ? 'sign-soon' : 'sign-done'}`;
    count.textContent = errors || warnings
      ? settings.texts.found.replace('{errors}', errors).replace('{warnings}', warnings) : settings.texts.clean;
  }
  const list = document.querySelector('[data-editor-problems]');
  if (!list) return;
  list.replaceChildren(...findings.map((finding) => {
    const line = element('li');
    line.dataset.rule = finding.rule;
    const bad = finding.severity === 'error';
    line.append(element('span', `sign ${bad ? 'sign-incident' : 'sign-soon'}`, bad ? settings.texts.error : settings.texts.warning));
    const told = element(finding.element ? 'button' : 'div', finding.element ? 'problem-pick' : '', finding.message);
    if (finding.element) {
      told.type = 'button';
      told.append(element('span', 'where mono', ` ${finding.element}`));
      told.querySelector('.where').translate = false;
      told.addEventListener('click', () => onPick(finding));
    }
    line.append(told);
    return line;
  }));
  const none = document.querySelector('[data-editor-no-problems]');
  if (none) none.hidden = findings.length > 0;
}

// --- somebody else has saved ---------------------------------------------------------------------

function askAboutConflict(saver, settings, answer, getContent) {
  saver.conflict = answer;
  document.querySelector('dialog.studio-dialog')?.remove();
  const { texts } = settings;
  const dialog = element('dialog', 'studio-dialog');
  dialog.setAttribute('aria-labelledby', 'conflict-title');
  const title = element('h2', '', texts.conflictTitle);
  title.id = 'conflict-title';
  const who = element('p', '', texts.conflictWho.replace('{who}', answer.saved_by).replace('{at}', answer.saved_at));
  const place = element('div', 'studio-diff');
  place.hidden = true;
  const told = element('p', 'caption');
  told.setAttribute('role', 'status');
  const button = (name, text, look, act) => {
    const made = element('button', `btn ${look}`, text);
    made.type = 'button';
    made.dataset.test = `conflict-${name}`;
    made.addEventListener('click', act);
    return made;
  };
  const row = element('div', 'studio-dialog-row');
  row.append(
    button('compare', texts.compare, 'btn-plain', async () => { place.hidden = false; place.replaceChildren(...compared(answer.content, await getContent(), texts)); }),
    button('copy', texts.copy, 'btn-plain', async () => { told.textContent = await copied(await getContent(), place) ? texts.copied : texts.selectToCopy; }),
    button('theirs', texts.takeTheirs, 'btn-plain', () => { saver.leave(); location.reload(); }),
    button('mine', texts.overwrite, 'btn-primary', () => { dialog.close(); saver.overwrite(answer.revision); }),
  );
  dialog.append(title, who, row, told, place);
  if (settings.compareUrl) {
    const link = element('a', '', texts.compareForce);
    Object.assign(link, { href: settings.compareUrl, target: '_blank', rel: 'noopener' });
    dialog.append(link);
  }
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function copied(text, place) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* not allowed: to be selected by hand */ }
  const area = element('textarea', 'form-control mono');
  Object.assign(area, { value: text, readOnly: true, rows: 8 });
  place.hidden = false;
  place.replaceChildren(area);
  area.select();
  return false;
}

// Lines that only one of two texts has, with what stands around them left out.
export function compared(theirs, mine, texts) {
  const [left, right] = [theirs.split('\n'), mine.split('\n')];
  const found = [];
  for (const [side, line] of differing(left, right)) {
    const shown = element('div', `diff-line diff-${side}`);
    shown.append(element('span', 'diff-side', side === 'theirs' ? texts.theirs : texts.mine), element('code', '', line));
    shown.lastChild.translate = false;
    found.push(shown);
  }
  return found.length ? found : [element('p', '', texts.same)];
}

function differing(left, right) {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  const [one, other] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  if (one.length > MOST_LINES || other.length > MOST_LINES) {
    return [...one.slice(0, MOST_LINES).map((line) => ['theirs', line]), ...other.slice(0, MOST_LINES).map((line) => ['mine', line])];
  }
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = one[i] === other[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) { i += 1; j += 1; }
    else if (j < other.length && (i === one.length || lengths[i][j + 1] > lengths[i + 1][j])) { found.push(['mine', other[j]]); j += 1; }
    else { found.push(['theirs', one[i]]); i += 1; }
  }
  return found;
}
