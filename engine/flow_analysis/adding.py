"""Adds up what visits took. Pure: the same visits give the same figures, in whatever order cases come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from engine.flow_analysis.diagram import UNKNOWN, Drawing, Part, Role
from engine.flow_analysis.figures import Analysis, Durations, ElementFigures, LoopFigures
from engine.flow_analysis.rounds import How, Measure, Share, Visit, Way

#: Loops that are told, the dearest first.
MOST_LOOPS: Final = 20


class Sums:
    """Of one element, one clock each in ``elapsed`` and ``working``."""

    def __init__(self) -> None:
        self.visits = self.cases = self.running = self.cancelled = self.armed = 0
        self.repeated = self.repeated_elapsed = self.repeated_working = self.stuck = 0
        self.elapsed: list[int] = []
        self.working: list[int] = []
        self.shares: dict[Share, list[int]] = {}
        self._last_case = ""

    def count_case(self, case: str) -> None:
        """A case visits; instances come case by case."""
        if case != self._last_case:
            self._last_case = case
            self.cases += 1

    def spend(self, share: Share, elapsed: int, working: int) -> None:
        """Time that went into something."""
        sums = self.shares.get(share)
        if sums is None:
            self.shares[share] = [elapsed, working]
        else:
            sums[0] += elapsed
            sums[1] += working

    def figures(self, part: Part) -> ElementFigures:
        """What is known now."""
        return ElementFigures(
            part=part,
            visits=self.visits,
            cases=self.cases,
            running=self.running,
            cancelled=self.cancelled,
            armed=self.armed,
            repeated=self.repeated,
            repeated_elapsed=self.repeated_elapsed,
            repeated_working=self.repeated_working,
            stuck=self.stuck,
            elapsed=durations(self.elapsed, self.visits, {share: one[0] for share, one in self.shares.items()}),
            working=durations(self.working, self.visits, {share: one[1] for share, one in self.shares.items()}),
        )


class LoopSums:
    """Of one way back."""

    def __init__(self) -> None:
        self.count = self.cases = self.elapsed = self.working = 0
        self._last_case = ""

    def add(self, case: str, elapsed: int, working: int) -> None:
        """Once more."""
        self.count += 1
        self.elapsed += elapsed
        self.working += working
        if case != self._last_case:
            self._last_case = case
            self.cases += 1


class Adding:
    """Takes in one instance after the other, those of one case together."""

    def __init__(self) -> None:
        self._elements: dict[str, Sums] = {}
        self._flows: dict[str, Sums] = {}
        self._loops: dict[tuple[str, ...], LoopSums] = {}
        self._parts: dict[str, Part] = {}
        self._whole = Sums()
        self._outcomes: Counter[str] = Counter()
        self._paused = 0

    def add(
        self,
        case: str,
        way: Way,
        drawing: Drawing,
        measure: Measure,
        *,
        span: tuple[int, int, How],
        outcome: str | None,
    ) -> None:
        """An instance.

        Args:
            case: the case that it belongs to.
            way: its visits.
            drawing: of its own version.
            measure: what two instants have between them, without its pauses.
            span: when it was opened and ended, or until when it is looked at.
            outcome: its end event.
        """
        begin, end, how = span
        self._whole.visits += 1
        self._whole.count_case(case)
        self._whole.running += how is How.RUNNING
        self._whole.cancelled += how is How.CANCELLED
        elapsed, working = measure(begin, end)
        self._whole.elapsed.append(elapsed)
        self._whole.working.append(working)
        self._paused += sum(last - first for first, last in way.pauses)
        if outcome is not None:
            self._outcomes[outcome] += 1
        with_items = {visit.item_of for visit in way.visits if visit.item_of is not None}
        for visit in way.visits:
            self._visit(case, visit, drawing.parts.get(visit.element), measure, rounds=visit in with_items)
        for flow, count in way.flows.items():
            sums = self._flows.setdefault(flow, Sums())
            sums.visits += count
            sums.count_case(case)
        for element, count in way.stuck.items():
            self._of(element, drawing.parts.get(element)).stuck += count
        for loop in way.loops:
            self._loops.setdefault(loop.path, LoopSums()).add(case, *measure(loop.begin, loop.end))

    def _of(self, element: str, part: Part | None) -> Sums:
        sums = self._elements.get(element)
        if sums is None:
            sums = self._elements[element] = Sums()
            self._parts[element] = part or Part(id=element, name="", kind="", role=Role.STEP)
        return sums

    def _visit(self, case: str, visit: Visit, part: Part | None, measure: Measure, *, rounds: bool) -> None:
        sums = self._of(visit.element, part)
        role = (part or UNKNOWN).role
        if role is Role.WATCHER:
            sums.armed += 1
            if visit.how is How.DONE:
                sums.visits += 1
                sums.count_case(case)
            return
        took = measure(visit.begin, visit.end) if visit.end > visit.begin else (0, 0)
        if visit.item_of is None:
            sums.visits += 1
            sums.count_case(case)
            sums.running += visit.how is How.RUNNING
            sums.cancelled += visit.how is How.CANCELLED
            if visit.repeated:
                sums.repeated += 1
                sums.repeated_elapsed += took[0]
                sums.repeated_working += took[1]
            if took[0]:
                sums.elapsed.append(took[0])
                sums.working.append(took[1])
        if took[0] and not rounds and role is not Role.CONTAINER:
            self._spend(sums, visit, took, measure)

    @staticmethod
    def _spend(sums: Sums, visit: Visit, took: tuple[int, int], measure: Measure) -> None:
        elapsed, working = took
        for first, last in visit.hands:
            in_hand = measure(first, last)
            sums.spend(Share.WORKED, *in_hand)
            elapsed -= in_hand[0]
            working -= in_hand[1]
        sums.spend(visit.share, elapsed, working)

    def result(self, drawing: Drawing, *, is_cut: bool = False) -> Analysis:
        """All figures, as a diagram shows them."""
        found = {element: sums.figures(self._parts[element]) for element, sums in self._elements.items()}
        of_diagram = [found.pop(part.id, ElementFigures(part=part)) for part in drawing.parts.values()]
        whole = self._whole.figures(UNKNOWN)
        return Analysis(
            instances=whole.visits,
            cases=whole.cases,
            running=whole.running,
            cancelled=whole.cancelled,
            elapsed=whole.elapsed,
            working=whole.working,
            paused=self._paused,
            outcomes=dict(self._outcomes.most_common()),
            elements=tuple(of_diagram),
            elsewhere=tuple(sorted(found.values(), key=lambda one: (-one.visits, one.part.id))),
            flows={
                flow: sums.figures(Part(id=flow, name="", kind="sequenceFlow", role=Role.PASSING))
                for flow, sums in self._flows.items()
                if flow in drawing.flows
            },
            loops=self._told(),
            is_cut=is_cut,
        )

    def _told(self) -> tuple[LoopFigures, ...]:
        dearest = sorted(self._loops.items(), key=lambda one: (-one[1].working, -one[1].count, one[0]))
        return tuple(
            LoopFigures(path=path, count=sums.count, cases=sums.cases, elapsed=sums.elapsed, working=sums.working)
            for path, sums in dearest[:MOST_LOOPS]
        )


def durations(values: list[int], count: int, shares: Mapping[Share, int] | None = None) -> Durations:
    """Sum, median and 90th percentile.

    Args:
        values: those that are known, sorted here; the rest took no time.
        count: of how many.
        shares: what they were spent on.
    """
    values.sort()
    none = count - len(values)
    return Durations(
        count=count,
        total=sum(values),
        median=(_at(values, none, (count - 1) // 2) + _at(values, none, count // 2)) // 2 if count else 0,
        p90=_at(values, none, ceil(count * 0.9) - 1) if count else 0,
        shares=shares or {},
    )


def _at(values: Sequence[int], none: int, place: int) -> int:
    return values[place - none] if place >= none else 0
