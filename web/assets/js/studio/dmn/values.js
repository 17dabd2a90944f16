// Values of FEEL as people type them: a text without its quotes, a date as a date.
import { OF_STANDARD } from './words.js';

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/s;
const AT = /^@"([^"]*)"$/;
const MOMENTS = new Set(['date', 'time', 'dateTime', 'dayTimeDuration', 'yearMonthDuration']);

const kindOf = (type) => OF_STANDARD[type] || type;

export function quoted(text) {
  return `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')}"`;
}

function unquoted(feel) {
  const inner = QUOTED.exec(feel)?.[1];
  if (inner === undefined) return undefined;
  const signs = { n: '\n', r: '\r', t: '\t' };
  return inner.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (whole, sign) => (sign.length > 1 ? String.fromCharCode(parseInt(sign.slice(1), 16)) : signs[sign] ?? sign));
}

// What a field shows of a FEEL value: {text} typed as its type, or {feel} where only FEEL can say it.
export function shown(type, feel) {
  const kind = kindOf(type);
  if (!feel || feel === 'null') return { text: '' };
  if (kind === 'string') {
    const text = unquoted(feel);
    return text === undefined ? { feel } : { text: text === '' || QUOTED.test(text) ? feel : text };
  }
  if (MOMENTS.has(kind)) { const text = AT.exec(feel)?.[1]; return text === undefined ? { feel } : { text }; }
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(feel) ? { text: feel } : { feel };
  if (kind === 'boolean') return ['true', 'false'].includes(feel) ? { text: feel } : { feel };
  return { feel };
}

// FEEL of what was typed into a field of a type; an empty field is null.
export function typed(type, text) {
  const kind = kindOf(type);
  const plain = text.trim();
  if (kind === 'string') return text === '' || QUOTED.test(plain) ? plain : quoted(text); // "" is how an empty text is typed
  if (!plain) return '';
  if (MOMENTS.has(kind)) return plain.startsWith('@') || plain.includes('(') ? plain : `@${quoted(plain)}`;
  return plain;
}

// A FEEL text as a person reads it: texts without quotes.
export function readable(feel) {
  return unquoted(feel) ?? AT.exec(feel)?.[1] ?? feel;
}
