"""Figures against a second telling: a minute hand walks through random histories and asks what is going on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendars import OpenTime, OpenTimes
from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.flow_analysis.adding import Adding
from engine.flow_analysis.diagram import Drawing, Part, Role
from engine.flow_analysis.figures import Analysis
from engine.flow_analysis.reading import measuring
from engine.flow_analysis.rounds import How, Share, Told, follow
from engine.worktime import Calendar, DayKind, Span
from tests.sample import times

#: 2026-09-30 is a Wednesday before a holiday of two days; Saturday the 10th is worked to make up for it.
BEGIN = to_microseconds(datetime(2026, 9, 30, 8, tzinfo=SHANGHAI))
MINUTE = 60_000_000
DAYTIME = (Span(9 * 60, 12 * 60), Span(13 * 60, 18 * 60))
CALENDAR = Calendar(
    zone=SHANGHAI,
    week=(DAYTIME,) * 5 + ((Span(22 * 60, 25 * 60),), ()),
    holiday_hours=(Span(10 * 60, 11 * 60),),
    make_up_hours=DAYTIME,
    days={date(2026, 10, 1): DayKind.HOLIDAY, date(2026, 10, 2): DayKind.HOLIDAY, date(2026, 10, 10): DayKind.MAKE_UP},
)


def part(name: str, role: Role = Role.STEP, **more: object) -> Part:
    return Part(id=name, name=name, kind="userTask", role=role, **more)  # type: ignore[arg-type]


#: ask → check → (ask again | wait → end).
DIAGRAM = Drawing(
    parts={
        "start": part("start", Role.PASSING),
        "ask": part("ask"),
        "check": part("check"),
        "choice": part("choice", Role.PASSING),
        "wait": part("wait"),
        "end": part("end", Role.PASSING),
    },
    flows={
        "s_a": ("", "start", "ask"),
        "a_c": ("", "ask", "check"),
        "c_x": ("", "check", "choice"),
        "x_a": ("", "choice", "ask"),
        "x_w": ("", "choice", "wait"),
        "w_e": ("", "wait", "end"),
    },
)


class _Open(OpenTimes):
    """Working time by one calendar, without a database."""

    def __init__(self) -> None:
        self._one = OpenTime(CALENDAR)

    def through(self, start: int, end: int) -> int:
        return self._one.between(start, end)


@dataclass
class Stay:
    """A visit: minutes until it is claimed (None: never), put back, claimed again, done."""

    element: str
    claim: int | None
    put_back: int | None
    again: int | None
    lasts: int


@dataclass
class Story:
    """What happens to one instance, in minutes after BEGIN."""

    opened: int
    stays: list[Stay]
    #: completed, cancelled or running.
    end: str
    pause: tuple[int, int] | None
    case: str = "1"
    events: list[Told] = field(default_factory=list)
    #: (element, begin, end, hands, number of earlier visits), in minutes.
    truth: list[tuple[str, int, int, list[tuple[int, int]], int]] = field(default_factory=list)


def stay(element: str) -> st.SearchStrategy[Stay]:
    moments = st.lists(st.integers(0, 2000), min_size=4, max_size=4).map(sorted)
    return st.tuples(moments, st.integers(0, 3)).map(
        lambda drawn: Stay(
            element,
            claim=drawn[0][0] if drawn[1] >= 1 else None,
            put_back=drawn[0][1] if drawn[1] >= 2 else None,
            again=drawn[0][2] if drawn[1] >= 3 else None,
            lasts=drawn[0][3],
        )
    )


@st.composite
def stories(draw: st.DrawFn) -> Story:
    rounds = draw(st.integers(1, 3))
    stays = [draw(stay(element)) for _ in range(rounds) for element in ("ask", "check")]
    end = draw(st.sampled_from(["completed", "cancelled", "running"]))
    if draw(st.booleans()):
        stays.append(draw(stay("wait")))
    cut = draw(st.integers(1, len(stays))) if end != "completed" else len(stays)
    begin = draw(st.integers(0, 12_000))
    pause = draw(st.none() | st.tuples(st.integers(0, 4000), st.integers(1, 4000)))
    spans = None if pause is None else (begin + pause[0], begin + pause[0] + pause[1])
    return Story(opened=begin, stays=stays[:cut], end=end, pause=spans, case=draw(st.sampled_from("123")))


def write(story: Story, now: int) -> None:  # noqa: C901  a story is told in one go
    """The events of a story, and what a minute hand needs to know."""
    told: list[tuple[int, int, str, str | None, int | None]] = []
    order, at, token = iter(range(10**6)), story.opened, 0

    def tell(minute: int, kind: str, element: str | None = None, of: int | None = None) -> None:
        if minute <= now:
            told.append((minute, next(order), kind, element, of))

    tell(at, "instance.started")
    before: dict[str, int] = defaultdict(int)
    last = len(story.stays) - 1
    for place, one in enumerate(story.stays):
        token += 1
        over = at + one.lasts
        is_cut = place == last and story.end != "completed"
        until = now if is_cut and story.end == "running" else over
        tell(at, "flow.taken", flow_to(one.element, place, story))
        tell(at, "user_task.created", one.element, token)
        hands: list[tuple[int, int]] = []
        if one.claim is not None:
            tell(at + one.claim, "user_task.claimed", one.element, token)
            hands.append((at + one.claim, until if one.put_back is None else at + one.put_back))
        if one.put_back is not None:
            tell(at + one.put_back, "user_task.unclaimed", one.element, token)
        if one.again is not None:
            tell(at + one.again, "user_task.assigned", one.element, token)
            hands.append((at + one.again, until))
        if not is_cut:
            tell(over, "user_task.completed", one.element, token)
        if at <= now:
            story.truth.append((one.element, at, min(until, now), hands, before[one.element]))
            before[one.element] += 1
        if one.element == "check" and not is_cut:
            token += 1
            tell(over, "flow.taken", "c_x")
            tell(over, "element.entered", "choice", token)
            tell(over, "element.completed", "choice", token)
        at = over
    ended = at
    if story.end == "completed":
        tell(ended, "instance.completed")
    elif story.end == "cancelled":
        tell(ended, "instance.cancelled")
    if story.pause is not None:
        first, second = story.pause
        tell(first, "instance.suspended")
        tell(second, "instance.resumed")
    story.events = [Told(kind, element, of, BEGIN + minute * MINUTE) for minute, _, kind, element, of in sorted(told)]


def flow_to(element: str, place: int, story: Story) -> str:
    if element == "ask":
        return "s_a" if place == 0 else "x_a"
    return "a_c" if element == "check" else "x_w"


def is_open(minute: int) -> bool:
    return CALENDAR.is_open(from_microseconds(BEGIN + minute * MINUTE))


def expected(all_stories: list[Story]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for story in all_stories:
        first, second = story.pause or (0, 0)
        for element, begin, end, hands, earlier in story.truth:
            into = found.setdefault(
                element,
                {"visits": 0, "cases": set(), "elapsed": [], "working": [], "worked": 0, "waited": 0, "again": 0},
            )
            elapsed = working = 0
            for minute in range(begin, end):
                if first <= minute < second:
                    continue
                elapsed += 1
                opens = is_open(minute)
                working += opens
                in_hand = any(since <= minute < until for since, until in hands)
                into["worked" if in_hand else "waited"] += opens  # type: ignore[operator]
            into["visits"] += 1  # type: ignore[operator]
            into["cases"].add(story.case)  # type: ignore[attr-defined]
            into["elapsed"].append(elapsed)  # type: ignore[attr-defined]
            into["working"].append(working)  # type: ignore[attr-defined]
            into["again"] += earlier > 0  # type: ignore[operator]
    return found


def analysed(all_stories: list[Story], now: int) -> Analysis:
    adding, times, until = Adding(), _Open(), BEGIN + now * MINUTE
    for story in sorted(all_stories, key=lambda one: one.case):
        way = follow(story.events, DIAGRAM, until)
        span = (BEGIN + story.opened * MINUTE, until, How.RUNNING)
        adding.add(story.case, way, DIAGRAM, measuring(times, way.pauses), span=span, outcome=None)
    return adding.result(DIAGRAM)


@settings(max_examples=times(60, 15), deadline=None)
@given(st.lists(stories(), min_size=1, max_size=4), st.integers(8_000, 16_000))
def test_every_figure_is_what_a_minute_hand_counts(told: list[Story], now: int) -> None:
    told = [story for story in told if story.opened <= now and not cut_in_a_pause(story, now)]
    for story in told:
        write(story, now)
    analysis = analysed(told, now)
    truth = expected(told)
    assert {one.part.id for one in analysis.elements if one.visits and one.part.role is Role.STEP} == set(truth)
    for one in analysis.elements:
        if one.part.id not in truth:
            continue
        wanted = truth[one.part.id]
        assert (one.visits, one.cases) == (wanted["visits"], len(wanted["cases"]))  # type: ignore[arg-type]
        for clock in ("elapsed", "working"):
            figures, minutes = getattr(one, clock), sorted(wanted[clock])  # type: ignore[call-overload]
            assert figures.total == sum(minutes) * MINUTE, clock
            assert figures.median == median(minutes), clock
            assert figures.p90 == minutes[-(-len(minutes) * 9 // 10) - 1] * MINUTE, clock
        assert one.working.shares.get(Share.WORKED, 0) == wanted["worked"] * MINUTE  # type: ignore[operator]
        assert one.working.shares.get(Share.WAITING, 0) == wanted["waited"] * MINUTE  # type: ignore[operator]
        assert one.repeated == wanted["again"]


def cut_in_a_pause(story: Story, now: int) -> bool:
    """An instance does not end while it is suspended: what would is not told."""
    if story.pause is None:
        return False
    over = story.opened + sum(one.lasts for one in story.stays)
    return story.end != "running" and story.pause[1] > min(over, now)


def median(minutes: list[int]) -> int:
    middle = len(minutes) // 2
    return (minutes[middle] if len(minutes) % 2 else (minutes[middle - 1] + minutes[middle]) / 2) * MINUTE  # type: ignore[return-value]


@settings(max_examples=times(40, 15), deadline=None)
@given(st.lists(stories(), min_size=1, max_size=4))
def test_loops_are_told_once_a_round_and_cost_what_lies_between(told: list[Story]) -> None:
    now = 40_000
    for story in told:
        story.pause = None
        write(story, now)
    loops = {loop.path: loop for loop in analysed(told, now).loops}
    rounds = cost = 0
    for story in told:
        asks = [(begin, end) for element, begin, end, _, _ in story.truth if element == "ask"]
        rounds += len(asks) - 1
        cost += sum(after[1] - before[1] for before, after in pairwise(asks))
    if not rounds:
        assert loops == {}
    else:
        (only,) = loops.values()
        assert only.path == ("ask", "check", "ask")
        assert (only.count, only.elapsed) == (rounds, cost * MINUTE)


def test_the_hours_of_these_tests_have_a_holiday_and_a_make_up_day() -> None:
    noon = datetime(2026, 10, 2, 12, tzinfo=SHANGHAI)
    assert not CALENDAR.is_open(noon)
    assert CALENDAR.is_open(noon + timedelta(days=8, hours=2))
