// Files of a form: chosen, dropped, pasted or taken with the camera, sent at once and shown small. The form itself
// carries their ids only. Without this script the plain input goes with the form.

const wait = new Set();
// What could not be sent is said until it is removed, also when the fields are drawn anew.
const refused = new Map();
const csrf = (form) => form.querySelector('[name="csrf_token"]')?.value || '';
// The fields may be drawn anew while a file is on its way: its place is looked up again.
const current = (box) => (box.isConnected ? box : document.querySelector(`[data-files="${box.dataset.files}"]`));
const told = new Map();
const say = (box, text) => {
  told.set(box.dataset.files, text);
  box.querySelector('.file-status').textContent = text;
};
const lines = (box) => [...box.querySelectorAll('.file-line:not(.is-failed)')];

function changed(box) {
  box.classList.toggle('is-full', lines(box).length >= Number(box.dataset.most));
  // Other fields may hang on the files: asked once all have come, so that no answer overtakes an upload.
  if (!wait.size) box.dispatchEvent(new CustomEvent('files-changed', { bubbles: false }));
}

function placeholder(box, file) {
  const line = document.createElement('li');
  line.className = 'file-line is-sending';
  line.file = file;
  // A picture is seen before it has been sent: the policy of the pages allows data, and no other scheme.
  if (/^image\/(jpeg|png|webp)$/.test(file.type) && file.size <= Number(box.dataset.largest)) {
    const picture = document.createElement('img');
    picture.alt = '';
    picture.className = 'file-before';
    const reader = new FileReader();
    reader.addEventListener('load', () => { picture.src = reader.result; });
    reader.readAsDataURL(file);
    line.append(picture);
  }
  const bar = document.createElement('progress');
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', `${box.dataset.saySending} ${file.name}`);
  const name = document.createElement('span');
  name.className = 'file-name';
  name.textContent = file.name;
  const note = document.createElement('span');
  note.className = 'file-size';
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.className = 'btn btn-plain file-remove';
  remove.textContent = box.dataset.sayRemove;
  remove.dataset.removeFile = '';
  line.append(bar, name, note, remove);
  box.querySelector('.file-list').append(line);
  return line;
}

// `again`: the file itself is in order, sending it anew may do.
function failed(box, line, text, again = false) {
  line.classList.remove('is-sending');
  line.classList.add('is-failed');
  line.querySelector('progress')?.remove();
  line.querySelector('.file-size').textContent = text;
  refused.set(line, box.dataset.files);
  if (again && !line.querySelector('[data-retry-file]')) {
    const retry = document.createElement('button');
    retry.type = 'button';
    retry.className = 'btn btn-plain file-remove';
    retry.textContent = box.dataset.sayRetry;
    retry.dataset.retryFile = '';
    line.querySelector('[data-remove-file]').before(retry);
  }
  say(box, `${line.querySelector('.file-name').textContent}:${text}`);
}

function answered(box, line, request) {
  let answer = {};
  try { answer = JSON.parse(request.responseText); } catch { /* an error page, or nothing */ }
  if (request.status === 201) {
    const holder = document.createElement('template');
    holder.innerHTML = answer.html.trim();
    const fresh = holder.content.firstElementChild;
    if (line.isConnected) line.replaceWith(fresh); else box.querySelector('.file-list').append(fresh);
    if (told.get(box.dataset.files) !== box.dataset.sayMany) say(box, `${box.dataset.sayDone} ${fresh.querySelector('.file-name').textContent}`);
    changed(box);
    return;
  }
  const known = { 413: box.dataset.sayLarge, 429: box.dataset.sayRate };
  const loggedOut = request.getResponseHeader('X-Page') === 'login' || request.status === 400;
  const again = request.status !== 413 && request.status !== 422;
  failed(box, line, answer.error || known[request.status] || (loggedOut ? box.dataset.sayLogin : box.dataset.sayFailed), again);
}

function send(box, file) {
  const line = placeholder(box, file);
  if (file.size > Number(box.dataset.largest)) {
    failed(box, line, box.dataset.sayLarge);
    return;
  }
  const form = box.closest('form');
  const body = new FormData();
  body.append('key', box.dataset.files);
  body.append('file', file, file.name);
  const request = new XMLHttpRequest();
  wait.add(request);
  line.upload = request;
  request.open('POST', box.dataset.upload);
  request.setRequestHeader('X-CSRFToken', csrf(form));
  request.upload.addEventListener('progress', (event) => {
    const bar = line.querySelector('progress');
    if (bar && event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
  });
  request.addEventListener('loadend', () => {
    wait.delete(request);
    const place = current(box);
    if (!place || line.dataset.cancelled) {
      goOn();
      return;
    }
    if (request.status === 0) failed(place, line, place.dataset.sayFailed, true);
    else answered(place, line, request);
    if (request.status !== 201) changed(place);
    goOn();
  });
  request.send(body);
}

function take(drawn, files) {
  const box = current(drawn); // the fields may have been drawn anew while the window for choosing was open
  if (!box) return;
  const room = Number(box.dataset.most) - lines(box).length;
  const chosen = [...files];
  say(box, '');
  chosen.slice(0, Math.max(0, room)).forEach((file) => send(box, file));
  if (chosen.length > room) say(box, box.dataset.sayMany);
  box.classList.toggle('is-full', lines(box).length >= Number(box.dataset.most));
}

function prepare(box) {
  if (box.classList.contains('is-ready')) return;
  const input = box.querySelector('.file-drop > input');
  input.removeAttribute('name'); // its files go by themselves; the form carries their ids
  input.removeAttribute('aria-required');
  box.querySelector('.file-ways').hidden = false;
  box.classList.add('is-ready');
  box.classList.toggle('is-full', lines(box).length >= Number(box.dataset.most));
  refused.forEach((key, line) => {
    if (key === box.dataset.files && !line.isConnected) box.querySelector('.file-list').append(line);
  });
  box.querySelector('.file-status').textContent = told.get(box.dataset.files) || '';
  const camera = box.querySelector('[data-camera-input]');
  [input, camera].filter(Boolean).forEach((one) => {
    const chosen = () => {
      take(box, one.files);
      one.value = '';
    };
    one.addEventListener('change', (event) => {
      event.stopPropagation();
      chosen();
    });
    if (one.files.length) chosen(); // before anybody listened: while the page came, or its fields were drawn anew
  });
  box.querySelector('[data-camera]')?.addEventListener('click', () => camera.click());
  box.addEventListener('dragover', (event) => { event.preventDefault(); box.classList.add('is-dragging'); });
  box.addEventListener('dragleave', () => box.classList.remove('is-dragging'));
  box.addEventListener('drop', (event) => {
    event.preventDefault();
    box.classList.remove('is-dragging');
    if (event.dataTransfer.files.length) take(box, event.dataTransfer.files);
  });
}

const prepareAll = () => document.querySelectorAll('[data-files]').forEach(prepare);
document.addEventListener('DOMContentLoaded', prepareAll);
document.addEventListener('htmx:afterSwap', prepareAll);
document.addEventListener('htmx:afterSettle', prepareAll);
if (document.readyState !== 'loading') prepareAll();

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-remove-file]');
  if (!button) return;
  const line = button.closest('.file-line');
  const box = line.closest('[data-files]');
  const name = line.querySelector('.file-name').textContent;
  if (line.upload && line.classList.contains('is-sending')) {
    line.dataset.cancelled = 'yes';
    line.upload.abort();
  }
  refused.delete(line);
  line.remove();
  say(box, `${box.dataset.sayRemoved} ${name}`);
  changed(box);
  box.querySelector('.file-drop > input').focus();
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-retry-file]');
  if (!button) return;
  const line = button.closest('.file-line');
  const box = line.closest('[data-files]');
  refused.delete(line);
  line.remove();
  take(box, [line.file]);
  box.querySelector('.file-drop > input').focus();
});

// A screenshot is pasted where the focus is; elsewhere on the page it goes to the place that was used last, or to the
// first that takes pictures and has room. Text that comes with it goes where text goes.
let lastUsed = '';
document.addEventListener('focusin', (event) => {
  const box = event.target.closest?.('[data-files]');
  if (box) lastUsed = box.dataset.files;
});
document.addEventListener('paste', (event) => {
  const files = event.clipboardData?.files;
  if (!files || !files.length) return;
  const boxes = [...document.querySelectorAll('[data-files].is-ready')];
  const roomy = boxes.filter((one) => !one.classList.contains('is-full'));
  const box = event.target.closest?.('[data-files]') || roomy.find((one) => one.dataset.files === lastUsed)
    || roomy.find((one) => one.querySelector('[data-camera]')) || roomy[0] || boxes[0];
  if (!box) return;
  event.preventDefault();
  take(box, named(files));
  box.scrollIntoView({ block: 'nearest' });
});
// Browsers call every screenshot image.png; the time of day tells them apart.
const named = (files) => [...files].map((file) => {
  if (file.name !== 'image.png') return file;
  const at = new Date().toTimeString().slice(0, 8).replaceAll(':', '');
  return new File([file], `screenshot-${at}.png`, { type: file.type });
});

// A form must not leave behind what is still on its way: it goes by itself when the last file has come, unless one of
// them could not be sent.
let going = null;
function goOn() {
  if (!going || wait.size) return;
  const { form, button, seen } = going;
  going = null;
  if (!form.isConnected || [...refused.keys()].some((line) => !seen.has(line))) return;
  const name = button?.name ? `[name="${CSS.escape(button.name)}"][value="${CSS.escape(button.value)}"]` : null;
  const submitter = !button || button.isConnected ? button : name && form.querySelector(name);
  form.requestSubmit(submitter || undefined);
}
document.addEventListener('submit', (event) => {
  if (!wait.size) return;
  const box = event.target.querySelector?.('[data-files]');
  if (!box) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  going = { form: event.target, button: event.submitter, seen: new Set(refused.keys()) };
  say(box, box.dataset.sayBusy);
}, true);
