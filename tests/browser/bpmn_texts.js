// Gives every word in Latin letters that the editor shows around the elements of a diagram, one element of each kind.
// make: kinds of elements that are drawn beside it, for those that no diagram has.
async ([xml, done, make]) => {
  const { editor } = kefuflowBpmn;
  const get = (name) => editor.get(name);
  await editor.open(xml);
  const registry = get('elementRegistry');
  const wait = (time) => new Promise((over) => { setTimeout(over, time); });
  const drawn = new DOMParser().parseFromString(xml, 'application/xml').querySelectorAll('*');
  const theirs = new Set([...drawn].flatMap((each) => [
    ...[...each.attributes].map(({ value }) => value), ...(each.children.length ? [] : [each.textContent.trim()]),
  ]));
  const found = {};
  const take = (where, place) => {
    for (const root of document.querySelectorAll(where)) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      for (let node = root; node; node = walker.nextNode()) {
        const texts = node.nodeType === Node.TEXT_NODE
          ? (node.parentElement.closest('.cm-editor, [translate="no"], style, option') ? [] : [node.data])
          : ['title', 'aria-label', 'placeholder'].map((name) => node.getAttribute(name)).filter(Boolean);
        for (const text of texts.map((each) => each.trim())) {
          if (/[A-Za-z]{2,}/.test(text) && !theirs.has(text)) (found[text] ||= []).push(place);
        }
      }
    }
  };
  take('.djs-palette', 'palette');
  const kinds = [];
  const kindOf = (shape) => {
    const business = shape.businessObject;
    const events = (business.eventDefinitions || []).map(({ $type }) => $type);
    return [shape.type, ...events, business.cancelActivity, business.isInterrupting, business.triggeredByEvent].join(' ');
  };
  const root = get('canvas').getRootElement();
  const pool = registry.find((shape) => shape.type === 'bpmn:Participant') || root;
  make.forEach((attributes, place) => {
    const shape = get('elementFactory').createShape(attributes);
    const at = { x: 400 + (place % 8) * 160, y: 600 + Math.floor(place / 8) * 140 };
    if (attributes.host) get('modeling').createShape(shape, at, registry.get(attributes.host), { attach: true });
    else get('modeling').createShape(shape, at, pool);
  });
  for (const shape of registry.filter((each) => !each.labelTarget)) {
    const kind = kindOf(shape);
    if (done.includes(kind) || kinds.includes(kind)) continue;
    kinds.push(kind);
    theirs.add(shape.id);
    get('selection').select(shape.parent ? shape : null);
    await wait(60);
    for (const one of ['.bio-properties-panel-group-header', '.bio-properties-panel-collapsible-entry-header', '.bio-properties-panel-collapsible-entry-header']) {
      document.querySelectorAll(one).forEach((head) => { if (!head.matches('.open') && !head.parentElement.matches('.open')) head.click(); });
      await wait(50);
    }
    document.querySelectorAll('.bio-properties-panel-tooltip-wrapper').forEach((tip) => tip.dispatchEvent(new MouseEvent('mouseenter')));
    await wait(350);
    take('[data-panel]', kind);
    take('.bio-properties-panel-tooltip', kind);
    take('.djs-context-pad-parent', kind);
    if (shape.parent) {
      get('popupMenu').open(shape, 'bpmn-replace', { x: 300, y: 300 });
      await wait(50);
      take('.djs-popup', `${kind} menu`);
      get('popupMenu').close();
    }
  }
  return { found, kinds };
}
