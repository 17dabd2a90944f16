// The form as it is saved: what the owner changed, over what was opened. form-js adds attributes of its own when it opens
// a form and when components are moved; they say nothing and are left out again.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Gives each component a row of its own where the file says none. form-js would give it another one after every edit,
// and draw the whole form anew: slow, and the focus would jump out of the panel.
export function withRows(part, path = 'row') {
  if (!Array.isArray(part.components)) return part;
  const components = part.components.map((component, index) => {
    if (!component || typeof component !== 'object') return component;
    const here = `${path}_${index}`;
    const layout = component.layout?.row ? component.layout : { ...component.layout, row: here };
    return withRows({ ...component, layout }, here);
  });
  return { ...part, components };
}

// Remembers what each component was before and after it was opened. Both have the same shape and order.
export function rememberOrigins(original, opened) {
  const origins = new Map();
  const walk = (before, after) => {
    origins.set(after.id, { before, after });
    (after.components ?? []).forEach((component, index) => {
      const its = before.components?.[index];
      if (its && typeof its === 'object') walk(its, component);
    });
  };
  walk(original, opened);
  return origins;
}

function ownLayout(component, siblings, before) {
  const { layout } = component;
  if (!layout) return undefined;
  const isAlone = !siblings.some((it) => it !== component && it.layout?.row && it.layout.row === layout.row);
  if (isAlone && !layout.columns && !before?.layout) return undefined;
  if (before?.layout && same(layout, before.layout)) return before.layout;
  const kept = { ...layout };
  if (kept.columns === null || kept.columns === undefined) delete kept.columns;
  return kept;
}

// A new component is written in the order in which people read it.
const FIRST = ['type', 'id', 'key', 'path', 'label', 'dateLabel', 'timeLabel', 'description'];

function inOrder(made, saved, origins) {
  const names = [...FIRST.filter((name) => name in made), ...Object.keys(made).filter((name) => !FIRST.includes(name))];
  const ordered = Object.fromEntries(names.map((name) => [name, made[name]]));
  if (saved.components) ordered.components = saved.components.map((inner) => component(inner, saved.components, origins));
  return ordered;
}

function component(saved, siblings, origins) {
  const origin = origins.get(saved.id);
  const made = {};
  for (const [name, value] of Object.entries(saved)) {
    if (name === 'components' || name === 'layout') continue;
    if (origin && same(value, origin.after[name])) {
      if (name in origin.before) made[name] = origin.before[name];
    } else {
      made[name] = value;
    }
  }
  const layout = ownLayout(saved, siblings, origin?.before);
  if (layout) made.layout = layout;
  if (!origin) return inOrder(made, saved, origins);
  if (saved.components) made.components = saved.components.map((inner) => component(inner, saved.components, origins));
  return made;
}

// `saved` is what form-js gives; the head of the file stays as it was.
export function withoutAdditions(saved, original, origins) {
  const made = component(saved, [], origins);
  for (const name of ['schemaVersion', 'exporter', 'executionPlatform', 'executionPlatformVersion']) {
    if (name in original) made[name] = original[name]; else delete made[name];
  }
  return made;
}
