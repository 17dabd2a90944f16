"""An instance goes on under another version of its process.

Its tokens keep their numbers, so that every task, job and call keeps its id. Clocks that run keep their instants; what
watches newly at an activity, scope or gateway begins to watch now; what watches no longer is called off; who waits for
a message that is called otherwise now waits anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn import codec
from engine.bpmn.correspondence import Correspondence
from engine.bpmn.definition import Definition
from engine.bpmn.instance import Instance
from engine.bpmn.obstacles import Obstacle, is_dropped, obstacles
from engine.bpmn.problem import PROBLEMS
from engine.bpmn.scopes import taken_over
from engine.bpmn.specs.activities import JobTask, UserTask
from engine.bpmn.specs.base import Node
from engine.bpmn.specs.events import EventNode
from engine.bpmn.specs.gateways import EventBased
from engine.bpmn.specs.places import Multiple
from engine.bpmn.specs.process import ProcessSpec
from engine.bpmn.specs.sub_processes import Scope
from engine.bpmn.specs.waiting import Message, Signal
from engine.bpmn.token import Token
from engine.errors import StepError
from engine.model import ClosedKind, Facts, InstanceState, Migrate, Moved, Value


def find_obstacles(
    source: Definition, target: Definition, state: InstanceState, mapping: Mapping[str, str], facts: Facts
) -> list[Obstacle]:
    """What keeps an instance from going on under another version; nothing: it can.

    Args:
        source: the version it runs on.
        target: the other one.
        state: of the instance.
        mapping: element or flow id in the source → id in the target; others keep theirs.
        facts: of the case.
    """
    old = codec.load(source.spec, state, facts)
    return list(obstacles(old, Correspondence(source, target, mapping)))


def migrate(source: Definition, target: Definition, state: InstanceState, command: Migrate, facts: Facts) -> Instance:
    """The instance under the target, before its tokens move on.

    Raises:
        StepError: it cannot go on there; the sentence is the first obstacle's.
    """
    if state.state is None:
        raise StepError("the instance has not started yet")
    pair = Correspondence(source, target, command.mapping)
    old = codec.load(source.spec, state, facts)
    if not old.root.held:
        raise StepError("the instance is not running")
    for obstacle in obstacles(old, pair):
        raise StepError(obstacle.en, message_zh=obstacle.zh)
    told: dict[str, Value] = {"target": command.target, "mapping": dict(command.mapping), "tokens": _tell(old, pair)}
    old.emit("instance.migrated", value=told)
    for token in list(old.tasks.values()):
        if token.id and not token.gone and is_dropped(token, pair):
            token.cancel()
    new = codec.load(target.spec, _renamed(old, pair, state), facts)
    new.events, new.closed, new.incidents_closed = old.events, old.closed, old.incidents_closed
    new.opened = old.opened
    moved = list(_subscribe_anew(new, old, pair))
    for token in list(new.tasks.values()):
        if not token.gone:
            _watch(token, pair)
    new.moved = moved
    new.touched = True
    return new


def _tell(old: Instance, pair: Correspondence) -> list[Value]:
    """The tokens that stand at another element now, each with its number and both elements: who reads on knows it."""
    return [
        {"token": number, "from": token.task_spec.element, "to": target.element}
        for number, token in sorted(old.tasks.items())
        if number
        and (target := pair.spec_of(token.task_spec)) is not None
        and target.element != token.task_spec.element
        and not is_dropped(token, pair)  # called off where it was
    ]


def _renamed(old: Instance, pair: Correspondence, state: InstanceState) -> InstanceState:
    """The state with the names that things have in the target."""
    for token in old.tasks.values():
        token.memory = _memory(token.memory, pair)
    data = codec.dump(old, pair.name_of)
    return InstanceState(key=old.key, state=data, variables=state.variables)


def _memory(memory: dict[str, Value] | None, pair: Correspondence) -> dict[str, Value] | None:
    """What elements remember names others only where an ad-hoc sub-process or a complex gateway waits."""
    if memory is None:
        return None
    return {
        name: [pair.name_of(one) for one in value] if name in ("next", "consumed") else value
        for name, value in memory.items()
    }


def _subscribe_anew(new: Instance, old: Instance, pair: Correspondence) -> Iterator[Moved]:
    """Rows go on under their elements; who waits for another message or signal now waits anew."""
    for number, token in list(new.tasks.items()):
        if not number:
            continue
        spec, was = token.task_spec, old.tasks[number].task_spec
        waits = token.waits and spec.row is not None
        if token.waits and isinstance(spec, Message | Signal) and isinstance(was, EventNode) and _is_other(spec, was):
            _wait_anew(token, spec)
        elif waits:
            yield _moved(new, token)
        elif token.incident is not None and spec.element != was.element:
            yield Moved(id=new.public_id(token), kind=None, element=spec.element)


def _wait_anew(token: Token, spec: Message | Signal) -> None:
    """A subscription of its own, by a token of its own; what watches it and what it knows of its item stay.

    Raises:
        StepError: nobody can say for what it would wait.
    """
    instance, holder = token.workflow, token.holder
    if not token.held and token.local is None and token.memory is None:
        token.cancel()
        instance.token(spec, holder, side=token.side)
        return
    again = instance.place(spec, holder, side=token.side)
    again.local, again.memory = token.local, token.memory
    for held in list(token.held):
        held.move(again)
    token.cancel()
    try:
        spec.subscribe(again)
    except PROBLEMS as problem:
        zh = f"“{spec.element}”在新版本里等的消息算不出来。"
        raise StepError(f"What {spec.element} waits for cannot be worked out: {problem}", message_zh=zh) from problem


def _is_other(spec: EventNode, was: EventNode) -> bool:
    now, then = spec.definition, was.definition
    key, old_key = now.expression, then.expression
    sources = (None if key is None else key.source, None if old_key is None else old_key.source)
    return now.name != then.name or sources[0] != sources[1]


def _moved(new: Instance, token: Token) -> Moved:
    spec, public_id = token.task_spec, new.public_id(token)
    row = spec.row or ClosedKind.JOB
    if isinstance(spec, UserTask):
        groups = spec.extensions.groups
        return Moved(
            id=public_id,
            kind=row,
            element=spec.element,
            form_id=spec.extensions.form_id,
            candidate_groups=groups if isinstance(groups, tuple) else None,
        )
    if isinstance(spec, JobTask):
        job_type = spec.extensions.job_type
        return Moved(
            id=public_id,
            kind=row,
            element=spec.element,
            type=None if job_type is None or job_type.names else str(job_type(token.look, new.now)),
            headers=spec.extensions.headers,
        )
    return Moved(id=public_id, kind=row, element=spec.element)


def _watch(token: Token, pair: Correspondence) -> None:
    """Begin to wait for what is new at an activity, in a scope or behind a gateway."""
    if not token.waits and token.id:
        return
    spec, source = token.task_spec, pair.source.spec
    was = source.task_specs.get(pair.origin_of(spec.name)) if token.id else source.start
    if was is None:
        return
    there = list(zip(_events(spec, pair.target.spec), _events(was, source), strict=True))
    if taken_over(token):
        there = there[:1]  # its own event sub-processes watch no more
    for now, before in there:
        for one in now:
            if pair.is_new(one, before):
                token.workflow.token(one, token, side=token.side)


def _events(spec: Node, process: ProcessSpec) -> tuple[Sequence[Node], Sequence[Node]]:
    """What waits at the edge of it, and what waits in it or behind it."""
    if isinstance(spec, EventBased):
        return spec.boundaries, [process.task_specs[name] for name in spec._outputs]
    if isinstance(spec, Multiple):
        return spec.boundaries, spec.parts
    return spec.boundaries, spec.watchers if isinstance(spec, Scope) else ()
