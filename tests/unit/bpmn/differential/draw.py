"""A block tree as a diagram: every block takes the flows that lead to it and gives those that lead out of it."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from tests.unit.bpmn.differential import blocks as b
from tests.unit.bpmn.differential.pen import Exit, Pen, Roots


def draw_process(process: b.Process, *, python: bool = False) -> bytes:
    pen = Pen(Roots(python=python))
    _inside(process.inside, "p", pen)
    return pen.document()


def _inside(sub: b.Sub, id_: str, pen: Pen, start: tuple[str, dict[str, str]] = ("", {})) -> None:
    """Start, body, end, data and event sub-processes of a scope."""
    pen.more += [f'<bpmn:dataObject id="{name}" name="{name}"/>' for name in sub.data]
    pen.node("startEvent", f"{id_}_s", inside=start[0], **start[1])
    exits = _sequence(sub.body, pen, [Exit(f"{id_}_s")])
    if exits:
        pen.step(exits, "endEvent", f"{id_}_e")
    for watcher in sub.watchers:
        inner = Pen(pen.roots)
        attributes = _together(watcher.trigger) | ({} if watcher.interrupting else {"isInterrupting": "false"})
        _inside(watcher.inside, watcher.id, inner, (pen.roots.definition(watcher.trigger), attributes))
        pen.node("subProcess", watcher.id, inside=inner.lines(), triggeredByEvent="true")


def _together(trigger: b.Trigger) -> dict[str, str]:
    return {"parallelMultiple": "true"} if trigger.together else {}


def _sequence(sequence: b.Sequence, pen: Pen, exits: list[Exit]) -> list[Exit]:
    for block in sequence.blocks:
        exits = _block(block, pen, exits)
    return exits


def _block(block: b.Block, pen: Pen, exits: list[Exit]) -> list[Exit]:
    match block:
        case b.Sequence():
            return _sequence(block, pen, exits)
        case b.Activity():
            return _activity(block, pen, exits)
        case b.Catch(id_, trigger):
            inside = pen.roots.definition(trigger)
            return pen.step(exits, "intermediateCatchEvent", id_, inside=inside, **_together(trigger))
        case b.Throw():
            inside = pen.roots.thrown(block.kind, block.name, waits=block.waits)
            return pen.step(exits, "intermediateThrowEvent", block.id, inside=inside)
        case b.End():
            pen.step(exits, "endEvent", block.id, inside=pen.roots.thrown(block.kind, block.name, waits=block.waits))
            return []
        case b.Link():
            inside = pen.roots.thrown("link", block.id)
            pen.step(exits, "intermediateThrowEvent", block.id, inside=inside)
            pen.node("intermediateCatchEvent", f"{block.id}_c", inside=inside)
            return [Exit(f"{block.id}_c")]
        case _:
            return _gateways(block, pen, exits)


def _gateways(block: b.Block, pen: Pen, exits: list[Exit]) -> list[Exit]:
    match block:
        case b.Exclusive():
            exits = pen.step(exits, "exclusiveGateway", block.id)
            outs = [out for way in _branches(block.id, block.branches, pen) for out in way]
            return pen.step(outs, "exclusiveGateway", f"{block.id}_m") if block.merged and outs else outs
        case b.Loop():
            pen.connect(exits, pen.node("exclusiveGateway", f"{block.id}_m"))
            body = _sequence(block.body, pen, [Exit(f"{block.id}_m")])
            if not body:
                return []
            pen.step(body, "exclusiveGateway", block.id)
            pen.connect([Exit(block.id, pen.roots.condition(block.again))], f"{block.id}_m")
            return [Exit(block.id, default=True, rank=1)]
        case b.Parallel():
            pen.step(pen.single(exits, f"{block.id}_in"), "parallelGateway", block.id)
            ways = [_sequence(body, pen, [Exit(block.id, rank=rank)]) for rank, body in enumerate(block.bodies)]
            return _join(pen, "parallelGateway", block.id, ways)
        case b.Inclusive():
            pen.step(pen.single(exits, f"{block.id}_in"), "inclusiveGateway", block.id)
            return _join(pen, "inclusiveGateway", block.id, _branches(block.id, block.branches, pen))
        case b.Fork():
            _activity(block.head, pen, exits)
            ways = _branches(block.head.id, block.branches, pen)
            return _join(pen, "inclusiveGateway", block.id, ways) if block.joined else []
        case b.Complex():
            return _complex(block, pen, exits)
        case b.EventGateway():
            pen.step(exits, "eventBasedGateway", block.id)
            outs = []
            for rank, option in enumerate(block.options):
                inside = pen.roots.definition(option.trigger)
                event = pen.step([Exit(block.id, rank=rank)], "intermediateCatchEvent", option.id, inside=inside)
                outs += _sequence(option.path, pen, event)
            return outs
        case _:
            raise NotImplementedError(block)


def _branches(source: str, branches: tuple[b.Branch, ...], pen: Pen) -> list[list[Exit]]:
    return [
        _sequence(
            branch.body,
            pen,
            [Exit(source, None if branch.when is None else pen.roots.condition(branch.when), branch.default, rank)],
        )
        for rank, branch in enumerate(branches)
    ]


def _join(pen: Pen, tag: str, id_: str, ways: list[list[Exit]], inside: str = "") -> list[Exit]:
    entries = [out for rank, way in enumerate(ways) for out in pen.single(way, f"{id_}_{rank}")]
    return pen.step(entries, tag, f"{id_}_j", inside=inside) if entries else []


def _complex(block: b.Complex, pen: Pen, exits: list[Exit]) -> list[Exit]:
    pen.step(pen.single(exits, f"{block.id}_in"), "parallelGateway", block.id)
    ways = [_sequence(body, pen, [Exit(block.id, rank=rank)]) for rank, body in enumerate(block.bodies)]
    inside = f"<bpmn:activationCondition>=activationCount &gt;= {block.needed}</bpmn:activationCondition>"
    _join(pen, "complexGateway", block.id, ways, inside)
    late = _sequence(block.late, pen, [Exit(f"{block.id}_j", "=not(waitingForStart)", rank=1)])
    pen.step(late, "endEvent", f"{block.id}_e")
    return [Exit(f"{block.id}_j", "=waitingForStart" if block.asked else None)]


# --- activities --------------------------------------------------------------------------------------------------


def _activity(activity: b.Activity, pen: Pen, exits: list[Exit]) -> list[Exit]:
    _task(activity, pen)
    pen.connect(exits, activity.id)
    outs = [Exit(activity.id)]
    if activity.undo is not None:
        edge, undo = f"{activity.id}_undo", activity.undo
        pen.node("boundaryEvent", edge, inside=pen.roots.thrown("compensate", ""), attachedToRef=activity.id)
        _task(undo, pen)
        pen.nodes[undo.id].attributes["isForCompensation"] = "true"
        pen.more.append(
            f'<bpmn:association id="a_{edge}" associationDirection="One" sourceRef="{edge}" targetRef="{undo.id}"/>'
        )
    for boundary in activity.boundaries:
        more = _together(boundary.trigger) | ({} if boundary.interrupting else {"cancelActivity": "false"})
        inside = pen.roots.definition(boundary.trigger)
        pen.node("boundaryEvent", boundary.id, inside=inside, attachedToRef=activity.id, **more)
        path = _sequence(boundary.path, pen, [Exit(boundary.id)])
        if boundary.rejoins:
            outs += path
        elif path:
            pen.step(path, "endEvent", f"{boundary.id}_e")
    return outs


def _task(activity: b.Activity, pen: Pen) -> None:
    id_, repeat = activity.id, _repeat(activity.repeat, pen)
    match activity.work:
        case b.User():
            pen.node("userTask", id_, extension="<zeebe:userTask/>", inside=repeat)
        case b.Job(tag=tag):
            pen.node(tag, id_, extension='<zeebe:taskDefinition type="work"/>', inside=repeat)
        case b.Plain(tag):
            pen.node(tag, id_, inside=repeat)
        case b.Script(name, value) if pen.roots.python:
            pen.node("scriptTask", id_, inside=f"<bpmn:script>{name} {value.feel()}</bpmn:script>")
        case b.Script(name, value):
            own = f"<zeebe:script expression={quoteattr(value.feel())} resultVariable={quoteattr(name)}/>"
            pen.node("scriptTask", id_, extension=own, inside=repeat)
        case b.Receive(message):
            pen.roots.message(message)
            pen.node("receiveTask", id_, inside=repeat, messageRef=f"m_{message}")
        case b.Sub() as sub:
            inner = Pen(pen.roots)
            _inside(sub, id_, inner)
            pen.node(sub.tag, id_, inside=repeat + inner.lines())
        case b.AdHoc() as ad_hoc:
            inner = Pen(pen.roots)
            for body in ad_hoc.bodies:
                _sequence(body, inner, [])
            _ad_hoc(ad_hoc, id_, pen, repeat + inner.lines())


def _ad_hoc(ad_hoc: b.AdHoc, id_: str, pen: Pen, inside: str) -> None:
    more = {"ordering": "Sequential"} if ad_hoc.ordered else {}
    if not ad_hoc.cancel_rest:
        more["cancelRemainingInstances"] = "false"
    if ad_hoc.until is not None:
        inside += f"<bpmn:completionCondition>{escape(ad_hoc.until.feel())}</bpmn:completionCondition>"
    pen.node("adHocSubProcess", id_, inside=inside, **more)


def _repeat(repeat: b.StandardLoop | b.MultiInstance | None, pen: Pen) -> str:
    match repeat:
        case None:
            return ""
        case b.StandardLoop(again, before, most):
            given = f' testBefore="{str(before).lower()}"' + ("" if most is None else f' loopMaximum="{most}"')
            condition = f"<bpmn:loopCondition>{escape(again.feel())}</bpmn:loopCondition>"
            return f"<bpmn:standardLoopCharacteristics{given}>{condition}</bpmn:standardLoopCharacteristics>"
        case b.MultiInstance():
            return _multi_instance(repeat, "" if pen.roots.python else "=")


def _multi_instance(repeat: b.MultiInstance, sign: str) -> str:
    own = {}
    if repeat.element:
        own = {"inputCollection": f"={list(repeat.items)}", "inputElement": repeat.element}
    if repeat.output:
        own |= {"outputCollection": repeat.output, "outputElement": f"={repeat.gives}"}
    given = "".join(f" {name}={quoteattr(value)}" for name, value in own.items())
    inside = f"<bpmn:extensionElements><zeebe:loopCharacteristics{given}/></bpmn:extensionElements>" if own else ""
    if not repeat.element:
        inside += f"<bpmn:loopCardinality>{sign}{len(repeat.items)}</bpmn:loopCardinality>"
    if repeat.until is not None:
        inside += f"<bpmn:completionCondition>{escape(repeat.until.feel())}</bpmn:completionCondition>"
    tag = "multiInstanceLoopCharacteristics"
    return f'<bpmn:{tag} isSequential="{str(repeat.sequential).lower()}">{inside}</bpmn:{tag}>'
