"""A well-drawn diagram has no warning; one shape, line or name moved wrongly has the right one."""

# ruff: noqa: E501 - one fault a line reads better than a wrapped one

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn.lint import RULES, check
from engine.bpmn.lint.layout.geometry import Box, Segment, touches_diamond, touches_round
from engine.model import Severity
from tests.each import each
from tests.unit.lint.lint_sample import CLEAN, FILE, SHAPES, WORLD, bounds, box


def rules(text: str) -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.element) for finding in check(text.encode(), file=FILE, world=WORLD)}


def shape(element: str, x: int, y: int, width: int | None = None) -> str:
    """The sample with one shape elsewhere."""
    old = bounds(element)
    moved = (x, y, width or old[2], old[3])
    head = re.search(rf'<bpmndi:BPMNShape id="{element}_di"[^>]*>', CLEAN)[0]
    assert head + box("dc:Bounds", old) in CLEAN
    return CLEAN.replace(head + box("dc:Bounds", old), head + box("dc:Bounds", moved))


def line(flow: str, *points: tuple[int, int]) -> str:
    """The sample with one line drawn otherwise."""
    drawn = "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in points)
    text, count = re.subn(rf'(<bpmndi:BPMNEdge id="{flow}_di"[^>]*>)(<di:waypoint[^>]*>)+', rf"\g<1>{drawn}", CLEAN)
    assert count == 1
    return text


def label(element: str, x: int, y: int) -> str:
    """The sample with one name elsewhere."""
    pattern = rf'(id="{element}_di".*?<bpmndi:BPMNLabel><dc:Bounds )x="\d+" y="\d+"'
    text, count = re.subn(pattern, rf'\g<1>x="{x}" y="{y}"', CLEAN)
    assert count == 1
    return text


def without(element: str) -> str:
    text, count = re.subn(rf'<bpmndi:(BPMN\w+) id="{element}_di".*?</bpmndi:\1>', "", CLEAN)
    assert count == 1
    return text


CASES = {
    "nothing is drawn": (re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", CLEAN, flags=re.S), "layout.nothing_drawn", "p99_sample"),
    "a task is not drawn": (without("sync_it"), "layout.missing", "sync_it"),
    "a flow is not drawn": (without("f_sync"), "layout.missing", "f_sync"),
    "a lane is not drawn": (without("lane_agent"), "layout.missing", "lane_agent"),
    "an annotation is not drawn": (without("note"), "layout.missing", "note"),
    "a place is no number": (CLEAN.replace('x="1950" y="680"', 'x="NaN" y="680"'), "layout.missing", "sync_it"),
    "a place is beyond all pictures": (CLEAN.replace('x="1950" y="680"', 'x="1e300" y="680"'), "layout.missing", "sync_it"),
    "a task lies on another": (shape("tell_customer", 800, 575), "layout.overlap", "gw_kind"),
    "a task inside a sub-process lies on its event": (shape("pack_it", 1840, 860), "layout.overlap", "pack_it"),
    "a task lies on the border of a sub-process": (shape("sync_it", 1950, 800), "layout.overlap", "sync_it"),
    "a task sticks out of its lane": (shape("check_it", 510, 400), "layout.outside", "check_it"),
    "a task is in another lane": (shape("check_it", 510, 880), "layout.outside", "check_it"),
    "a task sticks out of its sub-process": (shape("pack_it", 1950, 920), "layout.outside", "pack_it"),
    "a lane sticks out of the pool": (CLEAN.replace('x="160" y="420" width="2400"', 'x="160" y="420" width="2500"'), "layout.outside", "lane_system"),
    "a boundary event is off its host": (shape("tm_check", 640, 182), "layout.boundary_off_host", "tm_check"),
    "a boundary event is inside its host": (shape("tm_check", 542, 222), "layout.boundary_off_host", "tm_check"),
    "a column is out of step": (shape("record_it", 1345, 680), "layout.uneven_spacing", "record_it"),
    "a row of three is out of step": (shape("join_check", 423, bounds("join_check")[1]), "layout.uneven_spacing", "join_check"),
    "a line ends before its target": (line("f_sync", (1705, 720), (1900, 720)), "layout.loose_end", "f_sync"),
    "a line begins behind its source": (line("f_sync", (1725, 720), (1950, 720)), "layout.loose_end", "f_sync"),
    "a line runs through a task": (line("f_rule", (610, 240), (640, 240), (640, 120), (720, 120), (720, 560)), "layout.flow_through_shape", "f_rule"),
    "a line runs through a task from corner to corner": (line("f_late", (880, 625), (1100, 530), (1015, 720)), "layout.flow_through_shape", "f_late"),
    "a line enters its target from behind": (line("f_sync", (1705, 720), (1705, 700), (2050, 700)), "layout.flow_through_shape", "f_sync"),
    "a line leaves its source through it": (line("f_told", (950, 600), (1182, 600)), "layout.flow_through_shape", "f_told"),
    "a line runs through a boundary event": (line("f_call", (1410, 720), (1440, 720), (1440, 770), (1600, 770), (1570, 720)), "layout.flow_through_shape", "f_call"),
    "a line lies on another": (line("f_wait", (1040, 745), (1040, 720), (1100, 720), (1100, 840), (1182, 840)), "layout.flow_along_flow", "f_wait"),
    "a line runs three pixels beside another": (line("f_sub", (1680, 745), (1680, 723), (1790, 723), (1790, 900), (1800, 900)), "layout.flow_along_flow", "f_sub"),
    "two lines share their last piece": (line("f_subbed", (2200, 900), (2240, 900), (2240, 720), (2295, 720)), "layout.flow_along_flow", "f_subbed"),
    "a step is drawn to the left": (shape("end_told", 600, 582), "layout.backward_flow", "f_told"),
    "a name lies on its own line": (label("f_normal", 907, 594), "layout.label_on_line", "f_normal"),
    "a name lies on another line": (label("tm_check", 600, 232), "layout.label_on_line", "tm_check"),
    "a name lies on a task": (label("gw_wait", 1012, 620), "layout.label_on_shape", "gw_wait"),
    "a name lies on its own event": (label("start_sample", 212, 250), "layout.label_on_shape", "start_sample"),
    "a name lies on its own gateway": (label("gw_kind", 856, 580), "layout.label_on_shape", "gw_kind"),
    "a name lies on another name": (label("f_normal", 890, 560), "layout.label_on_label", "f_normal"),
}  # fmt: skip


@each("name", CASES)
def test_a_fault_of_the_drawing_is_found(name):
    text, rule, element = CASES[name]
    assert (rule, element) in rules(text)


def test_every_rule_on_drawings_has_a_case_and_is_a_warning():
    layout = {code: rule for code, rule in RULES.items() if code.startswith("layout.")}
    assert set(layout) - {case[1] for case in CASES.values()} == {"layout.not_checked"}
    assert all(rule.severity is Severity.WARNING for rule in layout.values())


@pytest.mark.parametrize(
    "text",
    [
        line("f_late", (880, 625), (880, 660), (960, 660), (960, 720), (1015, 720)),
        line("f_again", (1200, 858), (1200, 1000), (400, 1000), (400, 265)),
        line("f_rule", (610, 240), (640, 240), (640, 600), (670, 600)),
        label("gw_kind", 885, 562),
        shape("end_told", 1342, 582)
        .replace('x="1179" y="622"', 'x="1339" y="622"')
        .replace('x="1182" y="600"', 'x="1342" y="600"'),
        CLEAN.replace("</bpmndi:BPMNDiagram>", '</bpmndi:BPMNDiagram><bpmndi:BPMNDiagram id="d2"/>'),
        CLEAN.replace('isHorizontal="true"', 'isHorizontal="true" bioc:fill="#eee"'),
    ],
    ids=["dogleg", "loop far below", "crossing", "at the corner of a diamond", "free column", "two", "colour"],
)
def test_a_person_s_liberty_is_no_fault(text):
    assert rules(text) == set()


def test_what_lies_in_a_picture_of_its_own_is_not_compared_with_the_main_one():
    inside = [re.search(rf'<bpmndi:BPMN\w+ id="{name}_di".*?</bpmndi:BPMN(Shape|Edge)>', CLEAN)[0] for name in
              ("start_pack", "pack_it", "end_pack", "f_pack", "f_packed")]  # fmt: skip
    text = CLEAN
    for drawn in inside:
        text = text.replace(drawn, "")
    moved = re.sub(r'([ <]\w*:?\w* x=")(\d+)', lambda found: found[1] + str(int(found[2]) - 1600), "".join(inside))
    plane = f'<bpmndi:BPMNDiagram id="d2"><bpmndi:BPMNPlane id="p2" bpmnElement="sub_pack">{moved}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    assert rules(text.replace("</bpmn:definitions>", plane + "</bpmn:definitions>")) == set()


def test_a_picture_too_large_to_compare_is_said_to_be_unchecked():
    points = [(x, 990 + x % 7) for x in range(3_100)]
    assert ("layout.not_checked", "p99_sample") in rules(line("f_again", *points))


def shifted(text: str, x: int, y: int) -> str:
    text = re.sub(r' x="(-?\d+)"', lambda found: f' x="{int(found[1]) + x}"', text)
    return re.sub(r' y="(-?\d+)"', lambda found: f' y="{int(found[1]) + y}"', text)


@settings(max_examples=15, deadline=None)
@given(st.integers(-5000, 5000), st.integers(-5000, 5000), st.sampled_from(sorted(CASES)))
def test_findings_do_not_depend_on_where_the_drawing_lies(x, y, name):
    assert rules(shifted(CLEAN, x, y)) == set()
    if 'x="NaN' not in CASES[name][0] and "e300" not in CASES[name][0]:
        assert rules(shifted(CASES[name][0], x, y)) == rules(CASES[name][0])


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(set(SHAPES) - {"sub_pack"})), st.sampled_from([-70, -60, 60, 70]), st.booleans())
def test_a_shape_dragged_away_from_its_lines_is_always_noticed(element, by, across):
    x, y, _, _ = bounds(element)
    assert rules(shape(element, x + by * across, y + by * (not across))) != set() or element == "note"


NUMBERS = st.integers(-50, 50)
BOXES = st.builds(Box, NUMBERS, NUMBERS, st.integers(1, 60), st.integers(1, 60))
SEGMENTS = st.builds(Segment, st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))


@given(SEGMENTS, BOXES)
def test_a_segment_crosses_a_box_when_one_of_its_points_is_inside(segment, around):
    (x, y), (to_x, to_y) = segment.start, segment.end
    steps = [(x + (to_x - x) * part / 400, y + (to_y - y) * part / 400) for part in range(401)]
    if any(around.depth(point) > 0 for point in steps) and segment.start != segment.end:
        assert segment.crosses(around)
    if segment.crosses(around):
        assert min(around.distance(point) for point in steps) < 1


@given(SEGMENTS, BOXES)
def test_a_segment_crosses_alike_in_both_directions(segment, around):
    assert segment.crosses(around) == Segment(segment.end, segment.start).crosses(around)


@given(BOXES, BOXES)
def test_what_meets_a_diamond_meets_the_circle_around_it_and_the_box(first, second):
    square = Box(second.x, second.y, second.width, second.width)
    if touches_diamond(first, square):
        assert touches_round(first, square)
    if touches_round(first, square):
        assert first.overlaps(square)
