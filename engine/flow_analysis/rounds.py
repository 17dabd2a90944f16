"""One instance's way through its diagram: its visits, what each took and whether it was one too many. Pure.

A visit is a token at an element, from the event that begins it to the one that ends it; what still runs lasts until
now, and what an end of the instance cut short until then. While a case is suspended nothing of it counts.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from engine.flow_analysis.diagram import UNKNOWN, Drawing, Part, Role


class Told(NamedTuple):
    """An event of an instance."""

    kind: str
    element: str | None
    token: int | None
    #: Microseconds.
    at: int


#: As it comes from the database: making hundreds of thousands of objects of them takes as long as reading them.
Event: TypeAlias = tuple[str, str | None, int | None, int]


class How(StrEnum):
    """How a visit stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Share(StrEnum):
    """What the time of a visit is spent on."""

    #: Until a person takes the task, for a timer or a message, for other tokens.
    WAITING = "waiting"
    #: A person has it in hand.
    WORKED = "worked"
    #: The platform's own work.
    SYSTEM = "system"
    #: Another process has been called.
    CALLED = "called"


#: Kinds that begin a visit → what its time is spent on, while no person has it in hand.
BEGINS: Final[Mapping[str, Share]] = {
    "element.entered": Share.WAITING,
    "user_task.created": Share.WAITING,
    "job.created": Share.SYSTEM,
    "timer.armed": Share.WAITING,
    "subscription.opened": Share.WAITING,
    "call.started": Share.CALLED,
}
ENDS: Final[Mapping[str, How]] = {
    **dict.fromkeys(
        (
            "element.completed", "user_task.completed", "job.completed", "timer.fired", "subscription.correlated",
            "call.completed", "element.skipped",
        ),
        How.DONE,
    ),
    **dict.fromkeys(
        (
            "element.cancelled", "user_task.cancelled", "job.cancelled", "timer.cancelled", "subscription.cancelled",
            "call.cancelled",
        ),
        How.CANCELLED,
    ),
}  # fmt: skip
TAKEN: Final = frozenset({"user_task.claimed", "user_task.assigned"})
PUT_BACK: Final = "user_task.unclaimed"
FLOW: Final = "flow.taken"
STUCK: Final = "incident.created"
SUSPENDED: Final = "instance.suspended"
RESUMED: Final = "instance.resumed"
OVER: Final = frozenset({"instance.completed", "instance.cancelled"})
#: What has to be read of a history.
READ: Final = (*BEGINS, *ENDS, *sorted(TAKEN), PUT_BACK, FLOW, STUCK, SUSPENDED, RESUMED, *sorted(OVER))

#: Elapsed and working microseconds between two instants.
Measure = Callable[[int, int], tuple[int, int]]
_Span = tuple[int, int]


class Visit:
    """A token at an element."""

    __slots__ = ("begin", "element", "end", "from_", "hands", "how", "in_hand", "item_of", "repeated", "share", "token")

    def __init__(self, element: str, token: int | None, begin: int, share: Share) -> None:
        self.element = element
        self.token = token
        self.begin = begin
        self.share = share
        self.end = begin
        self.how = How.RUNNING
        #: Since when a person has it; spans for which a person had it.
        self.in_hand: int | None = None
        self.hands: list[_Span] = []
        #: The visit of the loop whose round this is.
        self.item_of: Visit | None = None
        #: Where its token came from, known only where an element was visited twice.
        self.from_: Visit | None = None
        self.repeated = False


class Loop(NamedTuple):
    """Once more around: an element, the steps behind it, and it again."""

    path: tuple[str, ...]
    #: When the element was left, and when it was left again.
    begin: int
    end: int


class Way(NamedTuple):
    """All of an instance."""

    visits: list[Visit]
    #: Sequence flow → how often.
    flows: dict[str, int]
    #: Element → how often it was stuck.
    stuck: dict[str, int]
    loops: list[Loop]
    pauses: list[_Span]


def follow(events: Sequence[Event], drawing: Drawing, now: int) -> Way:
    """The way of an instance.

    Args:
        events: of one instance in their order, at least those of ``READ``.
        drawing: its diagram.
        now: until when it is looked at.
    """
    walk = _Walk(drawing)
    for event in events:
        walk.take(event)
    walk.finish(now)
    counts: dict[str, int] = {}
    for visit in walk.visits:
        if visit.item_of is None:
            counts[visit.element] = counts.get(visit.element, 0) + 1
    loops: list[Loop] = []
    if any(count > 1 for count in counts.values()):
        _trace(events, walk.visits, drawing)
        loops = _loops(walk.visits, drawing)
    return Way(visits=walk.visits, flows=walk.flows, stuck=walk.stuck, loops=loops, pauses=walk.pauses)


class _Walk:
    """Pairs the events that begin and end visits, by their tokens."""

    def __init__(self, drawing: Drawing) -> None:
        self._parts = drawing.parts
        self.visits: list[Visit] = []
        self.flows: dict[str, int] = {}
        self.stuck: dict[str, int] = {}
        self.pauses: list[_Span] = []
        self._open: dict[int | None, Visit] = {}
        #: Element that is done in rounds → its open visits.
        self._around: dict[str, list[Visit]] = {}
        self._paused: int | None = None
        self._over: int | None = None

    def take(self, event: Event) -> None:
        """One event more."""
        kind, element, token, at = event
        if element is None:
            self._note(kind, at)
        elif kind == FLOW:
            self.flows[element] = self.flows.get(element, 0) + 1
        elif (share := BEGINS.get(kind)) is not None:
            if token not in self._open:
                self._begin(Visit(element, token, at, share))
        elif (how := ENDS.get(kind)) is not None:
            visit = self._open.pop(token, None)
            if visit is not None:
                self._end(visit, how, at)
        elif kind == STUCK:
            self.stuck[element] = self.stuck.get(element, 0) + 1
        else:
            self._hand(kind, token, at)

    def _note(self, kind: str, at: int) -> None:
        if kind == SUSPENDED and self._paused is None:
            self._paused = at
        elif kind == RESUMED and self._paused is not None:
            self.pauses.append((self._paused, at))
            self._paused = None
        elif kind in OVER:
            self._over = at

    def _begin(self, visit: Visit) -> None:
        if self._parts.get(visit.element, UNKNOWN).is_loop:
            around = self._around.setdefault(visit.element, [])
            if around:
                visit.item_of = around[-1]
            elif visit.share is Share.WAITING:
                around.append(visit)
        self._open[visit.token] = visit
        self.visits.append(visit)

    def _hand(self, kind: str, token: int | None, at: int) -> None:
        visit = self._open.get(token)
        if visit is None:
            return
        if kind in TAKEN and visit.in_hand is None:
            visit.in_hand = at
        elif kind == PUT_BACK and visit.in_hand is not None:
            visit.hands.append((visit.in_hand, at))
            visit.in_hand = None

    def _end(self, visit: Visit, how: How, at: int) -> None:
        visit.how, visit.end = how, at
        if visit.in_hand is not None:
            visit.hands.append((visit.in_hand, at))
            visit.in_hand = None
        around = self._around.get(visit.element)
        if around and visit in around:
            around.remove(visit)

    def finish(self, now: int) -> None:
        """What is open lasts until now, or was cut short when the instance ended."""
        end = now if self._over is None else self._over
        if self._paused is not None:
            self.pauses.append((self._paused, end))
        for visit in list(self._open.values()):
            self._end(visit, How.RUNNING if self._over is None else How.CANCELLED, max(end, visit.begin))


# --- once more -----------------------------------------------------------------------------------


def _trace(events: Iterable[Event], visits: list[Visit], drawing: Drawing) -> None:
    """Find for each visit the one from which its token came."""
    beginning = {(visit.token, visit.element): visit for visit in visits}
    newest: dict[str, Visit] = {}
    under_way: dict[str, deque[Visit]] = defaultdict(deque)
    for kind, element, token, _ in events:
        if element is None:
            continue
        if kind == FLOW:
            _, source, target = drawing.flows.get(element, ("", "", ""))
            if source in newest and not _comes_alone(drawing.parts.get(target)):
                under_way[target].append(newest[source])
        elif kind in BEGINS:
            visit = beginning.pop((token, element), None)
            if visit is not None and visit.item_of is None:
                part = drawing.parts.get(element, UNKNOWN)
                if under_way[element]:
                    visit.from_ = under_way[element].popleft()
                elif part.beside is not None:
                    visit.from_ = newest.get(part.beside)
                newest[element] = visit


def _comes_alone(part: Part | None) -> bool:
    """Whether a token is there before its sequence flow is taken: events behind an event-based gateway."""
    return part is not None and part.role is Role.WATCHER


def _loops(visits: Iterable[Visit], drawing: Drawing) -> list[Loop]:
    """Every time that a token came to a step where it had been before.

    The steps behind each visit are kept as a stack; coming to one that is on it takes what lies above it away, so that
    each time around is told once, by the step with which it began.
    """
    found: list[Loop] = []
    stacks: dict[Visit | None, tuple[Visit, ...]] = {None: ()}
    behind: dict[Visit | None, frozenset[str]] = {None: frozenset()}
    so_far: set[str] = set()
    for visit in visits:
        if visit.item_of is not None:
            continue
        origin = visit.from_ if visit.from_ in stacks else None
        stack, before = stacks[origin], behind[origin]
        if origin is None and so_far:  # somebody has moved it here
            before = frozenset(so_far)
        part = drawing.parts.get(visit.element, UNKNOWN)
        if part.role is Role.PASSING:
            stacks[visit], behind[visit] = stack, before
            continue
        visit.repeated = part.role is not Role.WATCHER and visit.element in before
        so_far.add(visit.element)
        behind[visit] = before | {visit.element}
        place = next((n for n, one in enumerate(stack) if one.element == visit.element), None)
        if place is not None:
            path = (*(one.element for one in stack[place:]), visit.element)
            found.append(Loop(path=path, begin=stack[place].end, end=visit.end))
            stack = stack[:place]
        stacks[visit] = (*stack, visit)
    return found
