"""What is known of a process, its elements and its ways back: plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.flow_analysis.diagram import Part, Role
from engine.flow_analysis.rounds import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Of one clock, in microseconds; the median of an even number is the mean of the two in the middle, the 90th
    percentile the least duration that nine tenths do not exceed.
    """

    count: int = 0
    total: int = 0
    median: int = 0
    p90: int = 0
    #: What it is spent on.
    shares: Mapping[Share, int] = field(default_factory=dict)

    @property
    def mean(self) -> int:
        """The average; 0 of none."""
        return self.total // self.count if self.count else 0

    @property
    def waiting_share(self) -> float | None:
        """Which part of it nobody worked; None where it took no time."""
        whole = sum(self.shares.values())
        return self.shares.get(Share.WAITING, 0) / whole if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFigures:
    """An element, or a sequence flow with its counts only."""

    part: Part
    visits: int = 0
    cases: int = 0
    #: Visits that go on.
    running: int = 0
    #: Visits that were called off.
    cancelled: int = 0
    #: Of a watcher: how often it waited, whether it happened or not.
    armed: int = 0
    #: Visits by tokens that had been here before, and what these took.
    repeated: int = 0
    repeated_elapsed: int = 0
    repeated_working: int = 0
    #: Incidents.
    stuck: int = 0
    elapsed: Durations = Durations()
    working: Durations = Durations()

    @property
    def counts_time(self) -> bool:
        """Whether its time is its own."""
        return self.part.role in (Role.STEP, Role.PASSING)

    @property
    def waiting_share(self) -> float | None:
        """Of its working time; where all of it lies outside the opening hours, of its time altogether."""
        share = self.working.waiting_share
        return self.elapsed.waiting_share if share is None else share


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFigures:
    """A way back."""

    #: Element ids; the last is the first.
    path: tuple[str, ...]
    count: int
    cases: int
    #: From when the first element was left until it was left again.
    elapsed: int
    working: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The figures of a process."""

    #: Instances of the process, and the cases that they belong to.
    instances: int
    cases: int
    running: int
    cancelled: int
    elapsed: Durations
    working: Durations
    #: For how long instances were suspended: in no figure but this.
    paused: int
    #: End event → instances.
    outcomes: Mapping[str, int]
    #: Of the diagram, in its order; what was never visited is among them.
    elements: tuple[ElementFigures, ...]
    #: Visited in other versions, and not on the diagram.
    elsewhere: tuple[ElementFigures, ...]
    flows: Mapping[str, ElementFigures]
    loops: tuple[LoopFigures, ...]
    #: There are more instances than are counted: the newest are.
    is_cut: bool = False

    @property
    def total_elapsed(self) -> int:
        """What all steps took together."""
        return sum(one.elapsed.total for one in self._own)

    @property
    def total_working(self) -> int:
        """The same in working time."""
        return sum(one.working.total for one in self._own)

    @property
    def bottlenecks(self) -> tuple[ElementFigures, ...]:
        """What took time, the most working time first."""
        took = [one for one in self._own if one.elapsed.total]
        return tuple(sorted(took, key=lambda one: (-one.working.total, -one.elapsed.total, one.part.id)))

    @property
    def _own(self) -> Iterable[ElementFigures]:
        return [one for one in (*self.elements, *self.elsewhere) if one.counts_time]
