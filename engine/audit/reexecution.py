"""Executes a case again from its recorded commands, with the definitions as the database has them now.

Nothing is cached and nothing is written: a definition, a value or a state that somebody changed by hand shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from engine import bpmn, canonical
from engine.definitions import bytes_of, load_deployed, schedule_of_record
from engine.errors import EngineError, HistoryBroken, NotFound
from engine.history import Difference, RecordedEvent, RecordedStep, reexecute, values_of
from engine.model import Command, Facts, InstanceState, Migrate, Outcome
from engine.store.database import Database
from engine.store.tables import definition, history_event, history_value, process_instance, resource
from engine.store.values import is_redacted

#: Kind of the event that says on which version an instance runs from then on.
PINNED: Final = "definition.pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A stored part of a definition whose content is not what its hash says."""

    #: bpmn, form or decision.
    kind: str
    id: str
    process_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReport:
    """What re-execution says of one instance."""

    stream: int
    process_id: str
    version: int
    steps: int
    events: int
    #: None: the same, event for event, or redacted.
    difference: Difference | None
    #: Its commands went when its time was over: there is nothing to execute any more, the chain of hashes is there.
    redacted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """What re-execution says of a case: its root instance and everything it called."""

    case_id: str
    streams: tuple[StreamReport, ...]
    damage: tuple[Damage, ...]

    @property
    def same(self) -> bool:
        """Whether every event is what the rules give and no definition was tampered with."""
        return not self.damage and all(stream.difference is None for stream in self.streams)

    @property
    def redacted(self) -> bool:
        """Whether retention has taken commands of the case, so that it cannot be executed again."""
        return any(stream.redacted for stream in self.streams)

    @property
    def first_difference(self) -> Difference | None:
        """The first difference, streams in the order of their keys."""
        return next((stream.difference for stream in self.streams if stream.difference), None)


def case_keys(connection: Connection, case_id: str) -> list[int]:
    """Keys of a case's instances, the root first.

    Raises:
        NotFound: there is no such case.
    """
    found = connection.execute(
        select(process_instance.c.key).where(process_instance.c.case_id == case_id).order_by(process_instance.c.key)
    )
    keys = list(found.scalars())
    if not keys:
        raise NotFound(f"there is no case {case_id!r}", message_zh=f"没有工单 {case_id}。")
    return keys


def re_execute(db: Database, case_id: str) -> CaseReport:
    """Execute a case again and compare.

    Raises:
        NotFound: there is no such case.
    """
    with db.read() as connection:
        keys = case_keys(connection, case_id)
        damage: dict[tuple[str, str, int], Damage] = {}
        streams = [_re_execute_instance(connection, key, damage) for key in keys]
    return CaseReport(case_id=case_id, streams=tuple(streams), damage=tuple(damage.values()))


def _re_execute_instance(connection: Connection, key: int, damage: dict[tuple[str, str, int], Damage]) -> StreamReport:
    row = connection.execute(select(process_instance).where(process_instance.c.key == key)).one()
    version = connection.execute(select(definition).where(definition.c.key == row.definition)).one()
    for found in _damage(connection, version):
        damage[found.kind, found.id, found.version] = found
    if is_redacted(connection, key):
        return _redacted(connection, row, version.version)
    steps = read_steps(connection, key)
    try:
        step = _Step(connection, row.process_id, _first_version(connection, steps, version))
    except EngineError as problem:
        difference: Difference | None = _unusable(key, f"the stored definition does not compile: {problem}")
    else:
        schedules = partial(schedule_of_record, connection)
        difference = reexecute(key, key, steps, step, (row.state, row.variables), schedules)
        if difference is None and len(steps) != row.revision:
            difference = _unusable(key, f"{row.revision} revisions were made, {len(steps)} are recorded")
        if difference is None and step.hash != version.hash:
            difference = _unusable(key, f"it runs on version {version.version}, and nothing recorded led there")
    return StreamReport(
        stream=key,
        process_id=row.process_id,
        version=version.version,
        steps=len(steps),
        events=sum(len(s.events) for s in steps),
        difference=difference,
    )


class _Step:
    """The core, bound to the version on which an instance runs; a recorded migration leads to the next one."""

    def __init__(self, connection: Connection, process_id: str, version: Row[Any]) -> None:
        self._connection, self._process_id = connection, process_id
        self._definition = load_deployed(connection, version).definition
        self.hash: str = version.hash

    def __call__(self, state: InstanceState, command: Command, facts: Facts) -> Outcome:
        if not isinstance(command, Migrate):
            return bpmn.step(self._definition, state, command, facts)
        version = _version_of(self._connection, self._process_id, command.target)
        if version is None:
            raise HistoryBroken(f"it went over to a version {command.target[:10]} that is not stored")
        target = load_deployed(self._connection, version).definition
        outcome = bpmn.migrate(self._definition, target, state, command, facts)
        self._definition, self.hash = target, version.hash
        return outcome


def _first_version(connection: Connection, steps: list[RecordedStep], now: Row[Any]) -> Row[Any]:
    """The version with which an instance began: its first step says so; those of before that was said never moved."""
    for event in steps[0].events if steps else ():
        if event.kind == PINNED:
            try:
                pinned = values_of(steps[0].values)[event.n]
                found = _version_of(connection, pinned["process"], pinned["hash"])
            except (EngineError, ValueError, TypeError, LookupError):
                return now  # re-execution says what is wrong with the record
            return now if found is None or found.hash == now.hash else found
    return now


def _version_of(connection: Connection, process_id: str, digest: str) -> Row[Any] | None:
    """The newest of the versions of a process with this content."""
    which = (definition.c.process_id == process_id, definition.c.hash == digest)
    return connection.execute(select(definition).where(*which).order_by(definition.c.key.desc()).limit(1)).first()


def _redacted(connection: Connection, row: Row[Any], version: int) -> StreamReport:
    events = select(func.count()).select_from(history_event).where(history_event.c.stream == row.key)
    return StreamReport(
        stream=row.key,
        process_id=row.process_id,
        version=version,
        steps=row.revision,
        events=connection.execute(events).scalar_one(),
        difference=None,
        redacted=True,
    )


def _unusable(stream: int, reason: str) -> Difference:
    return Difference(stream=stream, seq=0, revision=0, element=None, recorded=None, executed=None, reason=reason)


def _damage(connection: Connection, version: Row[Any]) -> list[Damage]:
    """Parts of a version whose stored content does not have the hash it is stored under."""
    manifest = canonical.decode(version.manifest)
    process_id, number = version.process_id, version.version
    parts = [("bpmn", process_id, manifest["bpmn"])]
    parts += [("form", name, digest) for name, digest in manifest["forms"].items()]
    parts += [("decision", name, digest) for name, digest in manifest["decisions"].items()]
    found = []
    for kind, part_id, digest in parts:
        content = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one_or_none()
        if content is None or sha256(bytes_of(content)).hexdigest() != digest:
            found.append(Damage(kind=kind, id=part_id, process_id=process_id, version=number))
    return found


def read_steps(connection: Connection, stream: int) -> list[RecordedStep]:
    """The recorded revisions of a stream, in order."""
    values = {
        row.revision: row for row in connection.execute(select(history_value).where(history_value.c.stream == stream))
    }
    steps = []
    for revision, events in read_rows(connection, stream):
        value = values.get(revision)
        if value is None:
            continue
        steps.append(
            RecordedStep(
                revision=revision,
                seed=value.seed,
                command=value.command,
                values=value.values,
                core_events=value.core_events,
                events=events,
            )
        )
    return steps


def read_rows(connection: Connection, stream: int) -> list[tuple[int, tuple[RecordedEvent, ...]]]:
    """The events of a stream in order, by revision."""
    rows = connection.execute(
        select(history_event).where(history_event.c.stream == stream).order_by(history_event.c.seq)
    ).all()
    events = [RecordedEvent._make(row) for row in rows]
    return [(revision, tuple(some)) for revision, some in groupby(events, key=lambda event: event.revision)]
