"""The analysis of tables against brute force: a grid of inputs that holds every value a cell could tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.dmn import Decision, load
from engine.dmn.analysis import Report, examine
from engine.dmn.analysis.boxes import Cover, Work, grown, meet
from engine.feel import compile_unary_tests, evaluate
from tests.sample import times
from tests.unit.dmn.dmn_writing import decision, model, table

PRIORITIES = ["hi", "mid", "lo"]


@dataclass(frozen=True)
class Kind:
    """A column: its type, literals for its cells, and inputs on both sides of each."""

    type: str
    literals: tuple[str, ...]
    grid: tuple[str, ...]
    ordered: bool = True
    allowed: str = ""
    #: Inputs that are possible, but not to be expected.
    strange: tuple[str, ...] = ("null",)


def of_days(*days: int) -> tuple[str, ...]:
    return tuple(f'@"2026-01-{day:02}"' for day in days)


def of_texts(*texts: str) -> tuple[str, ...]:
    return tuple(f'@"{text}"' for text in texts)


KINDS = [
    Kind("number", ("-1", "2", "2.5", "7"), ("-2", "-1", "0", "2", "2.2", "2.5", "3", "7", "8")),
    Kind("number", ("1", "2", "3"), ("1", "2", "3"), allowed="1, 2, 3"),
    Kind("number", ("0", "5", "10"), ("0", "1", "5", "7", "10"), allowed="[0..10]"),
    Kind("date", of_days(2, 3, 9), of_days(1, 2, 3, 5, 9, 10)),
    Kind("time", of_texts("09:00:00", "12:00:00"),
         of_texts("08:00:00", "09:00:00", "11:00:00", "12:00:00", "13:00:00"),
         strange=("null", *of_texts("08:00:00Z", "09:00:00+08:00", "10:00:00Z", "12:00:00Z", "12:00:01-05:00"))),
    Kind(
        "date and time", of_texts("2026-01-01T09:00:00+08:00", "2026-01-01T09:00:00Z"),
        of_texts("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z", "2026-01-01T09:00:00Z",
                 "2026-01-02T00:00:00Z"),
        strange=("null", *of_texts("2026-01-01T08:00:00", "2026-01-01T09:00:00", "2026-01-01T10:00:00")),
    ),
    Kind("days and time duration", of_texts("PT24H", "P2D"), of_texts("PT1H", "P1D", "P1DT1H", "P2D", "P3D")),
    Kind("years and months duration", of_texts("P3M", "P4M", "P1Y"),
         of_texts("P2M", "P3M", "P4M", "P6M", "P1Y", "P13M")),
    Kind("boolean", ("true", "false"), ("true", "false"), ordered=False),
    Kind("string", ('"a"', '"c"'), ('"a"', '"c"', '"其他"', '""'), ordered=False),
    Kind("string", ('"a"', '"c"'), ('"a"', '"c"', '"A"', '"b"', '"其他"')),
    Kind("string", ('"a"', '"b"', '"c"'), ('"a"', '"b"', '"c"'), ordered=False, allowed='"a", "b", "c"'),
]  # fmt: skip


def a_test_of(kind: Kind) -> st.SearchStrategy[str]:
    one = st.sampled_from(kind.literals)
    found = [one]
    if kind.ordered:
        found.append(st.builds(lambda sign, a: f"{sign} {a}", st.sampled_from(["<", "<=", ">", ">=", "!="]), one))
        found.append(st.builds("{}{}..{}{}".format, st.sampled_from("[(]"), one, one, st.sampled_from("])[")))
    return st.one_of(found)


def cells_of(kind: Kind) -> st.SearchStrategy[str]:
    one, test = st.sampled_from(kind.literals), a_test_of(kind)
    several = st.lists(test, min_size=1, max_size=3).map(", ".join)
    found = [
        st.just("-"), st.just("-"), several, several, several.map("not({})".format), several.map("? in ({})".format),
        st.sampled_from(["null", "not(null)", "? = null", "? != null"]),
        st.builds("? {} {}".format, st.sampled_from(["=", "!="]), one),
        st.builds("? = {} or {} = ?".format, one, one),
        st.lists(one, min_size=1, max_size=2).map(lambda items: f"[{', '.join(items)}]"),
    ]  # fmt: skip
    if kind.ordered:
        found += [
            st.builds("? > {} and ? <= {}".format, one, one),
            st.builds("? between {} and {}".format, one, one),
            st.builds("not(? < {}) and not(? in ({}))".format, one, several),
        ]
    return st.one_of(found)


@dataclass
class Case:
    kinds: list[Kind]
    rows: list[tuple[str, ...]]
    outputs: list[str]
    policy: str

    def load(self, policy: str) -> Decision:
        inputs = [
            f"c{i}: {kind.type}" + (f" | {kind.allowed}" if kind.allowed else "") for i, kind in enumerate(self.kinds)
        ]
        rows = [(*row, f'"{output}"') for row, output in zip(self.rows, self.outputs, strict=True)]
        return load(model(decision(table(inputs, ['y | "hi","mid","lo"'], rows, policy)))).decisions["d"]

    @cached_property
    def collecting(self) -> Decision:
        return self.load("RULE ORDER")


@st.composite
def cases(draw: Any, policies: tuple[str, ...]) -> Case:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*map(cells_of, kinds)), min_size=1, max_size=8))
    outputs = draw(st.lists(st.sampled_from(PRIORITIES), min_size=len(rows), max_size=len(rows)))
    return Case(kinds, rows, outputs, draw(st.sampled_from(policies)))


def nothing(name: str) -> None:
    return None


def grids(case: Case, *, strange: bool) -> list[list[tuple[Any, frozenset[int]]]]:
    """By column: inputs, and the rules whose cell passes each."""
    found = []
    for index, kind in enumerate(case.kinds):
        cells = [compile_unary_tests(row[index]) for row in case.rows]
        values = [evaluate(text, {}) for text in kind.grid]
        if strange:
            values += [evaluate(text, {}) for text in kind.strange]
        elif any("null" in row[index] for row in case.rows):
            values.append(None)
        found.append([
            (value, frozenset(n for n, cell in enumerate(cells, 1) if cell(value, nothing) is True)) for value in values
        ])  # fmt: skip
    return found


def hits_of(case: Case, *, strange: bool) -> Iterator[tuple[tuple[Any, ...], frozenset[int]]]:
    for point in product(*grids(case, strange=strange)):
        yield tuple(value for value, _ in point), frozenset.intersection(*(hits for _, hits in point))


def analysed(case: Case, **options: Any) -> Report:
    found = case.load(case.policy).table
    assert found is not None
    report = examine(found, max_gaps=60, **options)
    assert report.complete
    assert report.unknown == ()
    return report


def really_hit(case: Case, values: tuple[Any, ...]) -> tuple[int, ...]:
    """The rules that hit, as the table itself says when it may collect them."""
    given = {f"c{index}": value for index, value in enumerate(values)}
    return case.collecting.evaluate(given.get).rules


@settings(max_examples=times(100, 15), deadline=None)
@given(cases(("UNIQUE", "ANY")))
def test_overlaps_are_the_pairs_that_an_input_of_the_grid_hits(case):
    report = analysed(case)
    pairs = {(a, b) for _, hits in hits_of(case, strange=False) for a in hits for b in hits if a < b}
    if case.policy == "ANY":
        pairs = {(a, b) for a, b in pairs if case.outputs[a - 1] != case.outputs[b - 1]}
    assert {(each.first, each.second) for each in report.overlaps} == pairs
    for each in report.overlaps:
        assert {each.first, each.second} <= set(really_hit(case, each.example.values))


@settings(max_examples=times(100, 15), deadline=None)
@given(cases(("UNIQUE", "ANY", "FIRST", "PRIORITY")))
def test_gaps_hold_exactly_the_inputs_of_the_grid_that_hit_nothing(case):
    report = analysed(case)
    regions = [{index: compile_unary_tests(cell) for index, cell in each.cells} for each in report.gaps]
    assert not report.more_gaps
    for values, hits in hits_of(case, strange=False):
        inside = [all(cell(values[i - 1], nothing) is True for i, cell in each.items()) for each in regions]
        assert any(inside) is (not hits), (values, hits)
    for each, region in zip(report.gaps, regions, strict=True):
        assert really_hit(case, each.example.values) == ()
        assert all(cell(each.example.values[index - 1], nothing) is True for index, cell in region.items())


@settings(max_examples=times(50, 15), deadline=None)
@given(cases(("UNIQUE",)))
def test_no_gap_could_do_without_one_of_its_cells(case):
    points = list(hits_of(case, strange=False))
    for each in analysed(case).gaps:
        cells = {index: compile_unary_tests(cell) for index, cell in each.cells}
        for freed in cells:
            kept = {index: cell for index, cell in cells.items() if index != freed}
            assert any(
                hits and all(cell(values[index - 1], nothing) is True for index, cell in kept.items())
                for values, hits in points
            )


def winner(case: Case, hits: frozenset[int]) -> int:
    if case.policy == "FIRST":
        return min(hits)
    return min(hits, key=lambda rule: (PRIORITIES.index(case.outputs[rule - 1]), rule))


@settings(max_examples=times(120, 20), deadline=None)
@given(cases(("FIRST", "PRIORITY", "UNIQUE", "COLLECT")))
def test_unreachable_rules_are_those_whose_result_no_input_of_the_grid_brings(case):
    report = analysed(case)
    points = list(hits_of(case, strange=True))
    if case.policy in ("FIRST", "PRIORITY"):
        reached = {winner(case, hits) for _, hits in points if hits}
    else:
        reached = {rule for _, hits in points for rule in hits}
    never = {each.rule: each for each in report.unreachable}
    assert set(never) == set(range(1, len(case.rows) + 1)) - reached
    for rule, each in never.items():
        covered = [hits for _, hits in points if rule in hits]
        assert bool(covered) is bool(each.covered_by)
        assert all(set(each.covered_by) & hits for hits in covered)
        assert bool(each.columns) is not bool(each.covered_by)
        for other in each.covered_by if len(each.covered_by) < 20 else ():
            assert any(not (set(each.covered_by) - {other}) & hits for hits in covered), "it is named needlessly"


boxes = st.tuples(*[st.integers(0, 15)] * 3)


@settings(max_examples=times(400, 50), deadline=None)
@given(boxes, st.lists(boxes, max_size=7), st.integers(0, 7))
@example((3, 3, 1), [(1, 1, 1)] * 4, 4)
def test_a_cover_has_a_hole_exactly_where_no_box_is(start, covering, counted):
    points = [tuple(1 << bit for bit in bits) for bits in product(range(4), repeat=3)]
    inside = [point for point in points if meet(point, start)]
    free = {point for point in inside if not any(meet(point, box) for box in covering)}
    cover = Cover(covering, Work(100_000), counted=counted)
    hole = cover.hole(start)
    assert (hole is None) is (not free)
    if hole is None:
        assert all(any(meet(point, covering[index]) for index in cover.used) for point in inside)
    else:
        assert {point for point in inside if meet(point, hole)} <= free
        assert not any(meet(grown(min(free), covering, start), box) for box in covering)


UNKNOWN = ["> limit", "? + 1 > 3", "limit", "? > 0 and limit > 2", "not(limit)", "< today()"]
NUMBERS = KINDS[0]


@settings(max_examples=times(80, 20), deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(cells_of(NUMBERS), st.sampled_from(UNKNOWN)), cells_of(NUMBERS)), min_size=1, max_size=6
    ),
    st.sampled_from(["UNIQUE", "FIRST"]),
)
def test_of_cells_that_hang_on_other_things_nothing_is_said_that_might_not_be(rows, policy):
    xml = model(decision(table(["a: number", "b: number"], ["y"], [(*row, "1") for row in rows], "RULE ORDER")))
    collecting = load(xml).decisions["d"]
    source = load(xml.replace(b"RULE ORDER", policy.encode())).decisions["d"].table
    report = examine(source)
    assert {rule for rule, _ in report.unknown} == {n for n, row in enumerate(rows, 1) if row[0] in UNKNOWN}

    def hits(a: Any, b: Any, limit: str) -> tuple[int, ...]:
        return collecting.evaluate({"a": a, "b": b, "limit": evaluate(limit, {})}.get).rules

    grid = [evaluate(text, {}) for text in NUMBERS.grid]
    for limit in ("0", "2", "9", "null"):
        for overlap in report.overlaps:
            assert {overlap.first, overlap.second} <= set(hits(*overlap.example.values, limit))
        for gap in report.gaps:
            assert hits(*gap.example.values, limit) == ()
        never = {each.rule for each in report.unreachable}
        if never:
            for a, b in product([*grid, None], [*grid, None]):
                got = hits(a, b, limit)
                assert not never & set(got[:1] if policy == "FIRST" else got)
