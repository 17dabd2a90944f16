// Writes an edited form so that only what was edited differs from the text it came from: order of keys, spaces, line
// breaks and the way a number is written stay as the owner, or a desktop modeler, has put them.

export function equal(one, other) {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other || Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) return one.length === other.length && one.every((item, index) => equal(item, other[index]));
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && equal(one[name], other[name]));
}

// --- the text, with the place of every value -----------------------------------------------------

const SPACE = /[\u0020\t\r\n]*/y;
const WORD = /[^\s,\]}]+/y;
const TEXT = /"(?:[^"\\]|\\.)*"/y;

// The text is JSON: JSON.parse has said so.
class Reader {
  constructor(text) { this.text = text; this.at = 0; }

  take(pattern) { pattern.lastIndex = this.at; const [found] = pattern.exec(this.text); this.at = pattern.lastIndex; return found; }

  space() { this.take(SPACE); }

  value() {
    this.space();
    const start = this.at;
    const sign = this.text[start];
    const node = { start, members: null, items: null };
    if (sign === '{') node.members = this.members();
    else if (sign === '[') node.items = this.items();
    else node.value = JSON.parse(this.take(sign === '"' ? TEXT : WORD));
    node.end = this.at;
    if (node.members) node.value = Object.fromEntries(node.members.map((member) => [member.name, member.node.value]));
    if (node.items) node.value = node.items.map((item) => item.value);
    return node;
  }

  members() {
    const found = [];
    this.at += 1;
    for (this.space(); this.text[this.at] !== '}'; this.space()) {
      const start = this.at;
      const name = JSON.parse(this.take(TEXT));
      this.space();
      this.at += 1; // the colon
      const node = this.value();
      found.push({ name, start, node });
      this.space();
      if (this.text[this.at] === ',') this.at += 1;
    }
    this.at += 1;
    return found;
  }

  items() {
    const found = [];
    this.at += 1;
    for (this.space(); this.text[this.at] !== ']'; this.space()) {
      found.push(this.value());
      this.space();
      if (this.text[this.at] === ',') this.at += 1;
    }
    this.at += 1;
    return found;
  }
}

// --- the edited text -----------------------------------------------------------------------------

class Writer {
  constructor(text) {
    this.text = text;
    this.unit = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
    this.line = text.includes('\r\n') ? '\r\n' : '\n';
  }

  // `depth` is where the value is to stand; text that stood elsewhere is moved there.
  write(node, value, depth) {
    if (!node) return this.fresh(value, depth);
    if (equal(node.value, value)) return this.moved(this.text.slice(node.start, node.end), node, depth);
    if (node.members && typeof value === 'object' && value && !Array.isArray(value)) return this.object(node, value, depth);
    if (node.items && Array.isArray(value)) return this.list(node, value, depth);
    return this.fresh(value, depth);
  }

  object(node, value, depth) {
    const parts = new Map(node.members.filter((member) => Object.hasOwn(value, member.name)).map((member) => [member.name, member]));
    const names = [...parts.keys()];
    let before = null;
    for (const name of Object.keys(value)) {
      if (!parts.has(name)) names.splice(before === null ? 0 : names.indexOf(before) + 1, 0, name);
      before = name;
    }
    if (names.length === node.members.length && parts.size === names.length) return this.spliced(node, node.members.map((member) => [member.node, value[member.name]]), depth);
    const pieces = names.map((name) => {
      const member = parts.get(name);
      const head = member ? this.text.slice(member.start, member.node.start) : `${JSON.stringify(name)}: `;
      return head + this.write(member?.node ?? null, value[name], depth + 1);
    });
    return this.bracketed('{', '}', pieces, node, depth);
  }

  list(node, value, depth) {
    const places = paired(node.items, value);
    if (value.length === node.items.length && places.every((place, index) => place === node.items[index])) return this.spliced(node, node.items.map((item, index) => [item, value[index]]), depth);
    return this.bracketed('[', ']', value.map((item, index) => this.write(places[index], item, depth + 1)), node, depth);
  }

  // All parts stay where they are; what is between them, too.
  spliced(node, parts, depth) {
    let made = '';
    let at = node.start;
    for (const [part, value] of parts) {
      made += this.text.slice(at, part.start) + this.write(part, value, this.depthOf(part));
      at = part.end;
    }
    return this.moved(made + this.text.slice(at, node.end), node, depth);
  }

  bracketed(open, close, pieces, node, depth) {
    if (!pieces.length) return open + close;
    const original = this.text.slice(node.start, node.end);
    if (!original.includes('\n') && (node.members ?? node.items).length) {
      const space = /^[{[] /.test(original) ? ' ' : '';
      return `${open}${space}${pieces.join(', ')}${space}${close}`;
    }
    const inner = this.line + this.unit.repeat(depth + 1);
    return `${open}${inner}${pieces.join(`,${inner}`)}${this.line}${this.unit.repeat(depth)}${close}`;
  }

  fresh(value, depth) {
    return JSON.stringify(value, null, this.unit).split('\n').join(this.line + this.unit.repeat(depth));
  }

  depthOf(node) {
    const start = this.text.lastIndexOf('\n', node.start) + 1;
    const indent = /^[ \t]*/.exec(this.text.slice(start, node.start))[0];
    return Math.round(indent.length / this.unit.length);
  }

  moved(text, node, depth) {
    const from = this.depthOf(node);
    if (from === depth || !text.includes('\n')) return text;
    const [first, ...rest] = text.split('\n');
    const shift = (line) => (depth > from ? this.unit.repeat(depth - from) + line : line.startsWith(this.unit.repeat(from - depth)) ? line.slice(this.unit.length * (from - depth)) : line);
    return [first, ...rest.map(shift)].join('\n');
  }
}

const markOf = (item) => (item && typeof item === 'object' ? item.id ?? item.key ?? item.path ?? item.value : undefined);

// Which item of the text each item of the list comes from: by its mark, else because it is the same, else by its place.
function paired(items, value) {
  const free = new Set(items);
  const take = (fits) => { const found = [...free].find(fits); if (found) free.delete(found); return found ?? null; };
  const places = value.map((item) => {
    const mark = markOf(item);
    return mark === undefined ? null : take((it) => markOf(it.value) === mark);
  });
  value.forEach((item, index) => { places[index] ??= take((it) => equal(it.value, item)); });
  if (items.length === value.length) value.forEach((item, index) => { if (!places[index] && free.has(items[index])) { places[index] = items[index]; free.delete(items[index]); } });
  return places;
}

// Text that means what `value` means, in the words of `original` wherever they mean the same.
export function keepUnchanged(original, value) {
  const plain = () => `${JSON.stringify(value, null, 2)}\n`;
  try {
    JSON.parse(original);
    const root = new Reader(original).value();
    const writer = new Writer(original);
    const made = original.slice(0, root.start) + writer.write(root, value, writer.depthOf(root)) + original.slice(root.end);
    return equal(JSON.parse(made), JSON.parse(JSON.stringify(value))) ? made : plain();
  } catch {
    return plain();
  }
}
