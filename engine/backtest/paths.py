"""The two ways of one case, beside each other: which elements and flows it took, and which it would have taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from engine.backtest.candidate import Candidate
from engine.backtest.reading import read_recorded
from engine.backtest.running import SILENT
from engine.errors import EngineError
from engine.rerun import Live, RecordedCase, RecordedInstance, play, remember
from engine.rerun.comparing import ENTERED

_FLOW: Final = "flow.taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What instances of a process went through on one diagram."""

    #: Hash of the diagram.
    diagram: str
    #: Element → how often it was entered.
    entered: Mapping[str, int] = field(default_factory=dict)
    flows: Mapping[str, int] = field(default_factory=dict)
    #: Elements at which something waits in the end.
    waiting: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A process of the case before and after; None: it did not run, or would not."""

    process_id: str
    #: Key of the version that it ran on first.
    version: int | None
    before: Side | None
    after: Side | None


def read_paths(connection: Connection, candidate: Candidate, case_id: str, until: datetime) -> tuple[Pair, ...]:
    """The processes of a case, the root's first; empty where it cannot be run again.

    Args:
        connection: to read the record with.
        candidate: what was tried.
        case_id: of the case.
        until: what was recorded later is left out.
    """
    (found,) = read_recorded(connection, [case_id]) or (None,)
    if not isinstance(found, RecordedCase):
        return ()
    case = _up_to(found, until)
    if not case.instances:
        return ()
    try:
        memories = remember(case, candidate.before)
        played = play(case, memories, candidate.after, horizon=until, silent=SILENT)
    except EngineError:
        return ()
    old = [memory.live for memory in memories.values()]
    new = list(played.lives.values())
    processes = dict.fromkeys(live.process_id for live in (*old, *new))
    return tuple(_pair(candidate, process_id, case.instances, old, new) for process_id in processes)


def _up_to(case: RecordedCase, until: datetime) -> RecordedCase:
    instances = []
    for one in case.instances:
        commands = tuple(command for command in one.commands if command.at <= until)
        if commands:
            instances.append(
                RecordedInstance(
                    key=one.key, process_id=one.process_id, definition=one.definition, parent=one.parent,
                    parent_call=one.parent_call, commands=commands,
                )
            )  # fmt: skip
    return RecordedCase(case_id=case.case_id, instances=tuple(instances))


def _pair(
    candidate: Candidate,
    process_id: str,
    instances: Iterable[RecordedInstance],
    old: Iterable[Live],
    new: Iterable[Live],
) -> Pair:
    version = next((one.definition for one in instances if one.process_id == process_id), None)
    left, right = candidate.diagrams(process_id, version)
    return Pair(
        process_id=process_id,
        version=version,
        before=_side(left, [live for live in old if live.process_id == process_id]),
        after=_side(right, [live for live in new if live.process_id == process_id]),
    )


def _side(diagram: str | None, lives: list[Live]) -> Side | None:
    if diagram is None or not lives:
        return None
    entered: Counter[str] = Counter()
    flows: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for live in lives:
        entered.update(e.element for e in live.events if e.kind in ENTERED and e.element is not None)
        flows.update(e.element for e in live.events if e.kind == _FLOW and e.element is not None)
        waiting.update(wait.element for wait in live.waits.values())
    return Side(diagram=diagram, entered=dict(entered), flows=dict(flows), waiting=dict(waiting))
