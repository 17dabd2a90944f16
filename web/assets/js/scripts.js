// Scripts beside a form and the note behind the flag: copied by button or by one key, blanks first.
const typing = (element) => element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    area.setAttribute('aria-hidden', 'true');
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    try { done = document.execCommand('copy'); } catch { done = false; }
    area.remove();
    before?.focus?.();
    return done;
  }
}

// The live region is emptied first: the same sentence twice is read twice.
function say(region, text) {
  if (!region) return;
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 30);
}

function textOf(card, anyway) {
  let text = '';
  card.querySelector('[data-say]').childNodes.forEach((node) => {
    if (node.nodeType === Node.TEXT_NODE) text += node.textContent;
    else if (node.matches('[data-blank]')) text += node.value.trim() || (anyway ? `〔${node.placeholder}〕` : '');
  });
  return text.trim();
}

function asksAgain(button, open) {
  button.classList.toggle('is-asking', open);
  const label = button.firstChild;
  label.textContent = open ? button.dataset.asks : button.dataset.says;
}

async function copyScript(card) {
  const panel = card.closest('[data-scripts]');
  const button = card.querySelector('[data-script-copy]');
  if (!button) return;
  const live = panel.querySelector('[data-scripts-live]');
  const open = [...card.querySelectorAll('[data-blank]')].filter((blank) => !blank.value.trim());
  if (open.length && !button.classList.contains('is-asking')) {
    open.forEach((blank) => blank.classList.add('is-open'));
    asksAgain(button, true);
    const names = [...new Set(open.map((blank) => blank.placeholder))].join('、');
    say(live, panel.dataset.open.replace('{n}', open.length).replace('{names}', names));
    open[0].focus();
    return;
  }
  if (!await copy(textOf(card, true))) {
    say(live, panel.dataset.failed);
    return;
  }
  asksAgain(button, false);
  document.querySelectorAll('.is-copied').forEach((other) => other.classList.remove('is-copied'));
  card.classList.add('is-copied');
  say(live, panel.dataset.said.replace('{code}', `${card.dataset.script} ${card.querySelector('h3').textContent}`));
  window.htmx.ajax('POST', card.dataset.use, { source: card, swap: 'none' });
}

async function copyNote(panel) {
  const input = panel.querySelector('#flag-text');
  if (!input) return;
  const done = await copy(input.value);
  say(panel.querySelector('[data-flag-live]'), done ? panel.dataset.said : panel.dataset.failed);
  panel.querySelector('[data-copy-note]')?.classList.toggle('is-copied', done);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-script-copy], [data-copy-note]');
  if (!button) return;
  event.preventDefault();
  if (button.matches('[data-copy-note]')) copyNote(button.closest('[data-flag-note]'));
  else copyScript(button.closest('[data-script]'));
});

// The same blank is filled in once: what was typed stands wherever the script asks for it again.
document.addEventListener('input', (event) => {
  const blank = event.target.closest?.('[data-blank]');
  if (!blank) return;
  const card = blank.closest('[data-script]');
  card.querySelectorAll(`[data-blank="${CSS.escape(blank.dataset.blank)}"]`).forEach((other) => {
    if (other !== blank) other.value = blank.value;
    other.classList.toggle('is-open', !other.value.trim() && other.classList.contains('is-open'));
  });
  const button = card.querySelector('[data-script-copy]');
  if (button) asksAgain(button, false);
});
// Enter in the last blank copies; it sends no form.
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const blank = event.target.closest?.('[data-blank]');
  if (blank && event.key === 'Enter') {
    event.preventDefault();
    copyScript(blank.closest('[data-script]'));
    return;
  }
  if (typing(event.target)) return;
  const flag = document.querySelector('[data-flag-note]');
  if (event.key === 'b' && flag) {
    event.preventDefault();
    copyNote(flag);
    return;
  }
  const offers = document.querySelector('#script-offers');
  if (!offers) return;
  const chosen = document.activeElement?.closest?.('[data-script]');
  if (event.key === 'y' && chosen) {
    event.preventDefault();
    copyScript(chosen);
  } else if (/^[1-9]$/.test(event.key)) {
    const card = offers.querySelector(`[data-number="${event.key}"]`);
    if (!card) return;
    card.closest('details')?.setAttribute('open', '');
    event.preventDefault();
    copyScript(card);
  }
});
