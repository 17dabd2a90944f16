"""Asks whether a running instance can go over to another version, and gives a reason where it cannot.

Two questions. Has every token of it a place there? And is its history possible there: would the same commands, executed
under the new version from the beginning, have led to the same waits and variables? The second an owner may overrule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, select

from engine import bpmn, canonical
from engine.backtest.reading import Unreadable, read_recorded
from engine.backtest.running import SILENT
from engine.definitions import Definitions, Deployed
from engine.errors import EngineError, NotFound
from engine.masking import mask_within
from engine.model import CASE_FACTS, Facts, InstanceState
from engine.rerun import (
    Broken,
    Lack,
    Live,
    Memory,
    Missing,
    Played,
    RecordedCase,
    RecordedInstance,
    Rules,
    play,
    remember,
)
from engine.runtime.moving import exposed
from engine.store.instances import InstanceRow
from engine.store.sql import INSTANCE_COLUMNS
from engine.store.tables import definition, process_instance


class Kind(StrEnum):
    """Which of the two questions a reason answers."""

    PLACE = "place"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an instance cannot go over."""

    kind: Kind
    #: Element of the version that it runs on, or of the other one; None: the instance as a whole.
    element: str | None
    zh: str
    en: str


#: So many reasons are enough for one instance.
_MOST: Final = 5


def check(
    connection: Connection,
    definitions: Definitions,
    key: int,
    target: Deployed,
    mapping: Mapping[str, str],
    now: datetime,
) -> tuple[Reason, ...]:
    """Reasons why an instance cannot go over; none: it can.

    Raises:
        NotFound: there is no such instance.
    """
    row = _row(connection, key)
    source = definitions.get(row.definition)
    facts = Facts(now=now, case={**row.case_facts(), "actor": ""})
    state = InstanceState(key=key, state=row.state, variables=row.variables)
    found = bpmn.find_obstacles(source.definition, target.definition, state, mapping, facts)
    reasons = [Reason(kind=Kind.PLACE, element=one.element, zh=one.zh, en=one.en) for one in found]
    reasons += [_exposed(label) for label in exposed(source, target, row.variables)]
    if reasons:
        return tuple(reasons[:_MOST])
    return tuple(_History(connection, definitions, row, target, mapping, now).reasons())[:_MOST]


def _exposed(label: str) -> Reason:
    zh = f"“{label}”是个人信息,新版本的表单没有这样标明,迁移后会显示出来。"
    en = f"{label} is personal, which no form of the new version says: it would be shown."
    return Reason(kind=Kind.PLACE, element=None, zh=zh, en=en)


def _row(connection: Connection, key: int) -> InstanceRow:
    columns = [process_instance.c[name] for name in INSTANCE_COLUMNS]
    found = connection.execute(select(*columns).where(process_instance.c.key == key)).one_or_none()
    if found is None:
        raise NotFound(f"no instance {key}", message_zh="没有这件工单。")
    return InstanceRow(**found._mapping)


class _History:
    """Executes the record of an instance's case with the target in the place of its version."""

    def __init__(
        self,
        connection: Connection,
        definitions: Definitions,
        row: InstanceRow,
        target: Deployed,
        mapping: Mapping[str, str],
        now: datetime,
    ) -> None:
        self._connection, self._definitions = connection, definitions
        self._row, self._target, self._mapping, self._now = row, target, mapping, now
        self._current: dict[int, int] = {}

    def reasons(self) -> list[Reason]:
        """What the record has against it."""
        found = read_recorded(self._connection, [self._row.case_id])
        recorded = found[0] if found else None
        if not isinstance(recorded, RecordedCase):
            return [_unread(recorded)]
        versions = select(process_instance.c.key, process_instance.c.definition).where(
            process_instance.c.case_id == self._row.case_id
        )
        self._current = {row.key: row.definition for row in self._connection.execute(versions)}
        try:
            memories = remember(recorded, self._rules_of, self._rules_by_hash)
            played = play(recorded, memories, self._rules_for, horizon=self._now, silent=SILENT)
        except EngineError as problem:
            return [_history(None, problem.message_zh or str(problem), str(problem))]
        return self._compare(memories[self._row.key], played)

    # -- rules ------------------------------------------------------------------------------------

    def _rules_of(self, instance: RecordedInstance) -> Rules:
        return _as_it_is(self._definitions.get(instance.definition))

    def _rules_by_hash(self, digest: str) -> Rules:
        found = self._connection.execute(
            select(definition.c.key).where(definition.c.hash == digest).order_by(definition.c.key.desc()).limit(1)
        ).scalar_one_or_none()
        if found is None:
            raise NotFound(f"no version {digest[:10]}", message_zh="没有记录里的版本。")
        return _as_it_is(self._definitions.get(found))

    def _rules_for(self, process_id: str, instance: RecordedInstance | None) -> Rules:
        if instance is None:
            return _as_it_is(self._definitions.latest(process_id))
        source = self._definitions.get(self._current[instance.key])
        if instance.key != self._row.key:
            return _as_it_is(source)
        was, now = source.manifest["forms"], self._target.manifest["forms"]
        changed = frozenset(name for name, digest in now.items() if was.get(name) != digest)
        return Rules(
            definition=self._target.definition,
            forms=self._target.forms,
            changed_forms=changed,
            renamed=dict(self._mapping),
        )

    # -- comparing --------------------------------------------------------------------------------

    def _compare(self, memory: Memory, played: Played) -> list[Reason]:
        stopped = played.stopped
        if isinstance(stopped, Missing):
            return [_history(stopped.element, *_lacks(stopped))]
        if isinstance(stopped, Broken):
            return [_history(stopped.element, f"按新版本重新执行时出错:{stopped.zh}", stopped.en)]
        live = played.lives.get(memory.recorded.key)
        if live is None:
            zh = "按新版本重新执行,这个流程根本不会被调用。"
            return [_history(None, zh, "Executed under the new version, it would never have been called.")]
        return [*self._waits(memory, live), *self._variables(memory, live)]

    def _waits(self, memory: Memory, live: Live) -> list[Reason]:
        was = Counter(
            (wait.sort, self._mapping.get(wait.element, wait.element))
            for wait in memory.live.waits.values()
            if self._is_kept(wait.element)
        )
        now = Counter((wait.sort, wait.element) for wait in live.waits.values() if not self._is_new_watch(wait.element))
        found = []
        for _, element in sorted(now - was):
            name = self._target.definition.name_of(element)
            zh = f"按新版本重新执行,它现在也应当停在“{name}”。"
            found.append(_history(element, zh, f"Executed under the new version, it would wait at {element}."))
        for _, element in sorted(was - now):
            name = self._target.definition.name_of(element)
            zh = f"按新版本重新执行,它不会停在“{name}”。"
            found.append(_history(element, zh, f"Executed under the new version, it would not wait at {element}."))
        return found

    def _is_kept(self, element: str) -> bool:
        """What watches no longer in the target is called off: nothing there can be compared with it."""
        return self._mapping.get(element, element) in self._target.definition.elements

    def _is_new_watch(self, element: str) -> bool:
        """A boundary event or start of an event sub-process, or an event behind a gateway, that the source has not."""
        source = self._definitions.get(self._row.definition).definition
        back = {new: old for old, new in self._mapping.items()}
        drawn = self._target.definition.elements.get(element)
        kinds = ("boundaryEvent", "startEvent", "intermediateCatchEvent")
        return back.get(element, element) not in source.elements and drawn is not None and drawn.kind in kinds

    def _variables(self, memory: Memory, live: Live) -> list[Reason]:
        was = canonical.decode(memory.live.state.variables)
        now = canonical.decode(live.state.variables)
        names = sorted(name for name in {*was, *now} if was.get(name) != now.get(name) and name not in CASE_FACTS)
        if not names:
            return []
        listed = "、".join(names[:_MOST])
        zh = f"按新版本重新执行,这些数据会不同:{listed}。"
        return [_history(None, zh, f"Executed under the new version, other values would stand in {', '.join(names)}.")]


def _lacks(missing: Missing) -> tuple[str, str]:
    name, element = missing.name, missing.element
    if missing.lack is Lack.FIELD:
        return f"“{name}”的表单现在还要:{missing.zh}", f"The form of {element} asks for more now: {missing.en}"
    if missing.lack is Lack.JOB:
        return f"系统步骤“{name}”没有做过。", f"The system step {element} was never done."
    if missing.lack is Lack.MESSAGE:
        return f"不知道“{name}”等的消息来过没有。", f"Nobody knows whether the message that {element} waits for came."
    if missing.lack is Lack.WAITED:
        return f"“{name}”在新版本里要等得更久。", f"{element} would have been waited for longer."
    return (
        f"按新版本重新执行,它会走到“{name}”,这一步没有办过。",
        f"Executed under the new version, it would come to {element}, which was never done.",
    )


def _unread(found: Unreadable | None) -> Reason:
    zh, en = ("记录读不到。", "The record cannot be read.") if found is None else (found.zh, found.en)
    return _history(None, zh, en)


def _history(element: str | None, zh: str, en: str) -> Reason:
    return Reason(kind=Kind.HISTORY, element=element, zh=mask_within(zh), en=mask_within(en))


def _as_it_is(deployed: Deployed) -> Rules:
    return Rules(definition=deployed.definition, forms=deployed.forms)
