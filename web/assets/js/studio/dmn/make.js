// Makes elements: tag, properties, children; texts of the owner are marked so that nobody translates them.

export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name === 'className') made.className = value;
    else if (name === 'dataset') Object.assign(made.dataset, value);
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export const data = (text, className) => make('span', { translate: 'no', className }, text);

export const button = (text, act, properties = {}) => make('button', { type: 'button', className: 'btn btn-plain btn-small', onclick: act, ...properties }, text);
