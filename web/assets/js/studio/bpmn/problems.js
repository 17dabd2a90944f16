// What the server's rules say about the drawing: marks on it, and the way from a sentence to what it is about.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

const MARK = 'kf-problem';
/** Which field of the panel a rule speaks of. */
const FIELDS = [
  [/no_form$/, 'formId'],
  [/no_group$|^lane\.group$/, 'assignmentDefinitionCandidateGroups'],
  [/no_decision$/, 'decisionId'],
  [/no_called_process$/, 'targetProcessId'],
  [/no_job_type$/, 'taskDefinitionType'],
  [/condition/, 'conditionExpression'],
  [/correlation_key$/, 'messageSubscriptionCorrelationKey'],
  [/^timer\./, 'timerEventDefinitionValue'],
  [/^documentation\./, 'documentation'],
  [/^name\./, 'name'],
  [/^id\./, 'id'],
];
const LEGIBLE = 0.7;

const fieldOf = (rule) => FIELDS.find(([pattern]) => pattern.test(rule))?.[1];

export class Problems {
  /** onShow(field): the panel should show this field of the element that is selected. */
  constructor(modeler, onShow) {
    Object.assign(this, { modeler, onShow, findings: [], marked: new Map() });
  }

  get errors() {
    return this.findings.filter(({ severity }) => severity === 'error');
  }

  show(findings) {
    this.findings = findings;
    this.mark();
  }

  /** Marks on what findings are about: a dot with the number, and the sentences on hover. */
  mark() {
    const overlays = this.modeler.get('overlays');
    const canvas = this.modeler.get('canvas');
    const registry = this.modeler.get('elementRegistry');
    overlays.remove({ type: MARK });
    for (const [id, kind] of this.marked) if (registry.get(id)) canvas.removeMarker(id, `${MARK}-${kind}`);
    this.marked.clear();
    const by = new Map();
    for (const finding of this.findings) {
      const shape = this.#shown(finding.element);
      if (shape?.parent) by.set(shape.id, [...(by.get(shape.id) || []), finding]);
    }
    for (const [id, findings] of by) {
      const kind = findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning';
      const badge = document.createElement('button');
      badge.type = 'button';
      badge.className = `kf-mark kf-mark-${kind}`;
      badge.title = findings.map(({ message }) => message).join('\n');
      badge.setAttribute('aria-label', badge.title);
      badge.textContent = findings.length > 1 ? String(findings.length) : '!';
      badge.addEventListener('click', () => this.jump(findings[0]));
      const shape = registry.get(id);
      overlays.add(id, MARK, { position: shape.waypoints ? { top: -8, left: 4 } : { top: -12, right: 10 }, html: badge });
      canvas.addMarker(id, `${MARK}-${kind}`);
      this.marked.set(id, kind);
    }
  }

  /** The drawn element of an id; of a message the event that means it, of a process its pool. */
  #shown(id) {
    if (!id) return null;
    const registry = this.modeler.get('elementRegistry');
    return registry.get(id) || registry.find((shape) => {
      const business = getBusinessObject(shape);
      if (is(shape, 'bpmn:Participant')) return business.processRef?.id === id;
      return [business, ...(business.get('eventDefinitions') || [])].some((each) => ['messageRef', 'signalRef', 'errorRef', 'escalationRef']
        .some((name) => each[name]?.id === id));
    }) || null;
  }

  /** Select it, bring it into view where it can be read, open its field in the panel. */
  jump(finding) {
    const shape = this.#shown(finding.element);
    if (!shape) return;
    const canvas = this.modeler.get('canvas');
    const root = canvas.findRoot(shape);
    if (root && root !== canvas.getRootElement()) canvas.setRootElement(root);
    if (canvas.viewbox().scale < LEGIBLE) canvas.zoom(1, 'auto');
    this.modeler.get('selection').select(shape);
    const { outer, scale } = canvas.viewbox();
    const at = shape.waypoints ? shape.waypoints[Math.floor(shape.waypoints.length / 2)] : { x: shape.x + Math.min(shape.width, 400) / 2, y: shape.y + Math.min(shape.height, 400) / 2 };
    canvas.viewbox({ x: at.x - outer.width / scale / 2, y: at.y - outer.height / scale / 2, width: outer.width / scale, height: outer.height / scale });
    this.onShow(fieldOf(finding.rule));
  }
}
