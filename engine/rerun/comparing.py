"""What is otherwise when a case ran under other rules: its end, its path, and where the two part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.bpmn import Element
from engine.model import ID_BASE, InstanceStatus
from engine.rerun.live import Live
from engine.rerun.memory import Memory
from engine.rerun.run import Played
from engine.rerun.stopping import Broken, Missing

#: Kinds of events that say that an element was entered; an event that waits is entered when it occurs.
ENTERED: Final = frozenset(
    {"element.entered", "user_task.created", "job.created", "call.started", "timer.fired", "subscription.correlated"}
)


class Verdict(StrEnum):
    """How a case fares under the new rules."""

    #: The same path to the same end.
    SAME = "same"
    #: Another path to the same end.
    PATH = "path"
    #: Another end, or none where there was one.
    END = "end"
    #: Something is needed that the old case never gave.
    INPUT = "input"
    #: The new rules cannot run it.
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where two runs part: the element that each enters there, None: it has none there."""

    process_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The record beside the new run."""

    verdict: Verdict
    end_before: str | None
    end_after: str | None
    #: None: the same path.
    parts: Place | None
    #: (process id, element) entered more often now, and less often.
    more: tuple[tuple[str, str], ...]
    less: tuple[tuple[str, str], ...]
    stopped: Missing | Broken | None


def compare(memories: Mapping[int, Memory], played: Played) -> Comparison:
    """Compare a run with the record that it was made from."""
    before = {key: memory.live for key, memory in memories.items()}
    root_before, root_after = next(iter(before.values())), played.root
    more, less = _counts(before, played.lives)
    parts = _where_they_part(before, played.lives)
    return Comparison(
        verdict=_verdict(root_before, root_after, parts, played),
        end_before=root_before.end_state,
        end_after=root_after.end_state,
        parts=parts,
        more=more,
        less=less,
        stopped=played.stopped,
    )


def path_of(live: Live) -> list[str]:
    """Elements in the order in which they were entered."""
    return [event.element for event in live.events if event.kind in ENTERED and event.element is not None]


def _verdict(before: Live, after: Live, parts: Place | None, played: Played) -> Verdict:
    if isinstance(played.stopped, Broken):
        return Verdict.CANNOT
    if isinstance(played.stopped, Missing):
        return Verdict.INPUT
    running = before.status is after.status is InstanceStatus.ACTIVE  # an end event behind a branch is no end yet
    if not running and (before.status, before.end_state) != (after.status, after.end_state):
        return Verdict.END
    return Verdict.SAME if parts is None else Verdict.PATH


def _where_they_part(before: Mapping[int, Live], after: Mapping[int, Live]) -> Place | None:
    """The first difference: that of a called process where it went another way before its caller did."""
    ways = {}
    for key in [*before, *(key for key in after if key not in before)]:
        was, now = before.get(key), after.get(key)
        old, new = ([] if was is None else _renamed(was, now)), ([] if now is None else path_of(now))
        if old != new:
            ways[key] = _Parting(old, new, now or was)
    if not ways:
        return None
    first = next(iter(ways))
    while (inner := _parted_before(first, ways, before, after)) is not None:
        first = inner
    process_id = (after[first] if first in after else before[first]).process_id
    return Place(process_id=process_id, before=ways[first].before, after=ways[first].after)


class _Parting:
    """Two ways of one instance, and where they part: of gateways the step behind them says more."""

    def __init__(self, old: list[str], new: list[str], live: Live | None) -> None:
        pairs = enumerate(zip(old, new, strict=False))
        self.n = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))
        elements = {} if live is None else live.rules.definition.elements
        before, after = ([e for e in way[self.n :] if not _is_gateway(elements.get(e))] for way in (old, new))
        if before[:1] == after[:1]:
            before, after = old[self.n :], new[self.n :]
        self.before, self.after = next(iter(before), None), next(iter(after), None)


def _is_gateway(element: Element | None) -> bool:
    return element is not None and element.kind.endswith("Gateway")


def _parted_before(
    caller: int, ways: Mapping[int, _Parting], before: Mapping[int, Live], after: Mapping[int, Live]
) -> int | None:
    """A process that this one had called when it still went the same way, and that itself went another one."""
    if caller not in before:
        return None
    entered = [event.token for event in before[caller].events if event.kind in ENTERED]
    earlier = set(entered[: ways[caller].n])
    for key in ways:
        recorded = before[key].recorded if key in before and key in after else None
        if recorded is None or recorded.parent != caller or recorded.parent_call is None:
            continue
        if recorded.parent_call % ID_BASE in earlier:
            return key
    return None


def _renamed(was: Live, now: Live | None) -> list[str]:
    path = path_of(was)
    return path if now is None else [now.rules.name_of(element) for element in path]


def _counts(
    before: Mapping[int, Live], after: Mapping[int, Live]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    old: Counter[tuple[str, str]] = Counter()
    for key, live in before.items():
        old.update((live.process_id, element) for element in _renamed(live, after.get(key)))
    new = Counter((live.process_id, element) for live in after.values() for element in path_of(live))
    return tuple(sorted(new - old)), tuple(sorted(old - new))
