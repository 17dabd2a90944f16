"""Kinds that spoil the picture: shapes, lines and names drawn where they hinder reading."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise

from lxml import etree

from tests.processes.mutations import Place, kind, place
from tests.processes.mutations_drawing import BPMN, BPMNDI, DC, DI, Drawn, centre, remove, shift, tag_of

BOX = ("x", "y", "width", "height")


def put(bounds: etree._Element, x: float, y: float) -> None:
    """Move bounds to a place."""
    bounds.set("x", str(x))
    bounds.set("y", str(y))


def solid(d: Drawn) -> list[str]:
    """Tasks, gateways and events that stand for themselves."""
    return [node_id for node_id, node in d.nodes.items() if tag_of(node) != "boundaryEvent"]


def draw(d: Drawn, flow_id: str, points: list[tuple[float, float]]) -> None:
    """Draw a flow through these points."""
    line = d.drawn[flow_id]
    for point in d.points(flow_id):
        line.remove(point)
    for x, y in reversed(points):
        point = etree.Element(f"{DI}waypoint", x=str(x), y=str(y))
        line.insert(0, point)


@kind("layout.nothing_drawn")
def the_picture_is_lost(d: Drawn) -> Iterator[Place]:
    yield place(d.id, remove, d.root.find(f"{BPMNDI}BPMNDiagram"))


@kind("layout.missing")
def a_shape_is_lost(d: Drawn) -> Iterator[Place]:
    for node in d.nodes:
        yield place(node, remove, d.drawn[node])


@kind("layout.missing")
def a_line_is_lost(d: Drawn) -> Iterator[Place]:
    for flow in d.flows:
        yield place(flow, remove, d.drawn[flow])


@kind("layout.missing")
def a_place_is_no_number(d: Drawn) -> Iterator[Place]:
    for node in d.nodes:
        yield place(node, d.bounds(node).set, "x", "NaN")


@kind("layout.overlap")
def a_shape_is_put_on_another(d: Drawn) -> Iterator[Place]:
    names = solid(d)
    for first, second in pairwise(names):
        target = d.bounds(second)
        yield place((first, second), put, d.bounds(first), float(target.get("x")) + 9, float(target.get("y")) + 9)


@kind("layout.outside")
def a_shape_is_outside_of_its_lane(d: Drawn) -> Iterator[Place]:
    for node in solid(d):
        lane = d.lane_of(d.nodes[node])
        for other in d.lanes:
            if other is not lane and lane is not None:
                _, middle = centre(d.bounds(other.get("id")))
                bounds = d.bounds(node)
                yield place(node, put, bounds, float(bounds.get("x")), middle - float(bounds.get("height")) / 2)


@kind("layout.outside")
def a_lane_sticks_out_of_the_pool(d: Drawn) -> Iterator[Place]:
    for lane in d.lanes:
        bounds = d.bounds(lane.get("id"))
        yield place(lane.get("id"), bounds.set, "width", str(float(bounds.get("width")) + 200))


@kind("layout.boundary_off_host")
def a_boundary_event_is_off_its_host(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("boundaryEvent"):
        host = d.bounds(node.get("attachedToRef"))
        yield place(node.get("id"), shift, d.bounds(node.get("id")), 0, 1.5 * float(host.get("height")))
        yield place(node.get("id"), put, d.bounds(node.get("id")), *(part - 18 for part in centre(host)))


@kind("layout.uneven_spacing")
def a_row_is_spaced_unevenly(d: Drawn) -> Iterator[Place]:
    """The middle one of three steps in a row moves by a quarter of the way to the next."""
    for node in solid(d):
        before = [d.source(flow).get("id") for flow in d.incoming(d.nodes[node])]
        after = [flow.get("targetRef") for flow in d.outgoing(d.nodes[node])]
        if len(before) == len(after) == 1 and _in_a_row(d, before[0], node, after[0]):
            gap = centre(d.bounds(after[0]))[0] - centre(d.bounds(node))[0]
            yield place((node, after[0], before[0]), _drag, d, node, gap * 0.25)


def _in_a_row(d: Drawn, *names: str) -> bool:
    """Whether three steps stand evenly beside each other, and nothing leads on or comes in at the same height."""
    if any(tag_of(d.nodes[name]) == "boundaryEvent" for name in names):
        return False
    (x1, y1), (x2, y2), (x3, y3) = (centre(d.bounds(name)) for name in names)
    ends = [*d.incoming(d.nodes[names[0]]), *d.outgoing(d.nodes[names[2]])]
    others = [centre(d.bounds(end.get(side))) for end in ends for side in ("sourceRef", "targetRef")]
    alone = all(abs(y - y2) > 20 or (x, y) in ((x1, y1), (x3, y3)) for x, y in others)
    lonely = len(d.outgoing(d.nodes[names[0]])) == 1 == len(d.incoming(d.nodes[names[2]]))
    return alone and lonely and max(abs(y1 - y2), abs(y3 - y2)) < 2 and x2 > x1 and abs((x3 - x2) - (x2 - x1)) < 2


def _drag(d: Drawn, node: str, by: float) -> None:
    """Move a step sideways, and the ends of its lines with it."""
    shift(d.bounds(node), by)
    for flow in d.incoming(d.nodes[node]):
        shift(d.points(flow.get("id"))[-1], by)
    for flow in d.outgoing(d.nodes[node]):
        shift(d.points(flow.get("id"))[0], by)


@kind("layout.loose_end")
def a_line_ends_before_its_target(d: Drawn) -> Iterator[Place]:
    for flow in d.flows:
        first, *_, last = d.points(flow)
        yield place(flow, shift, last, 0, -90)
        yield place(flow, shift, first, 0, 90)


@kind("layout.loose_end")
def a_shape_is_dragged_away_from_its_lines(d: Drawn) -> Iterator[Place]:
    for node in solid(d):
        flows = tuple(flow.get("id") for flow in (*d.incoming(d.nodes[node]), *d.outgoing(d.nodes[node])))
        yield place(flows, shift, d.bounds(node), 0, 130)


@kind("layout.flow_through_shape")
def a_line_runs_through_a_step(d: Drawn) -> Iterator[Place]:
    for flow_id, flow in d.flows.items():
        for node in d.of_tag("userTask", "callActivity"):
            name = node.get("id")
            if name not in (flow.get("sourceRef"), flow.get("targetRef")):
                start, end = (d.points(flow_id)[which] for which in (0, -1))
                points = [(float(p.get("x")), float(p.get("y"))) for p in (start, end)]
                yield place(flow_id, draw, d, flow_id, [points[0], centre(d.bounds(name)), points[1]])
                break


@kind("layout.flow_along_flow")
def a_line_lies_on_another(d: Drawn) -> Iterator[Place]:
    names = list(d.flows)
    for first, second in pairwise(names):
        points = [(float(p.get("x")), float(p.get("y"))) for p in d.points(second)]
        (x, y), (to_x, to_y) = points[:2]
        if (x == to_x or y == to_y) and abs(x - to_x) + abs(y - to_y) > 20:
            yield place((first, second), draw, d, first, points)


@kind("layout.backward_flow")
def a_step_is_drawn_before_the_one_it_follows(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("endEvent"):
        flows = d.incoming(node)
        if len(flows) == 1:
            source = d.bounds(flows[0].get("sourceRef"))
            x = float(source.get("x")) - 120
            yield place(flows[0].get("id"), put, d.bounds(node.get("id")), x, float(source.get("y")))


def labels(d: Drawn) -> Iterator[tuple[str, etree._Element]]:
    """Element id and bounds of the names outside of their shapes."""
    for element_id, shape in d.drawn.items():
        bounds = shape.find(f"{BPMNDI}BPMNLabel/{DC}Bounds")
        element = d.nodes.get(element_id)
        element = d.flows.get(element_id) if element is None else element
        if bounds is not None and element is not None and element.get("name"):
            yield element_id, bounds


@kind("layout.label_on_line")
def a_name_lies_on_a_line(d: Drawn) -> Iterator[Place]:
    for element_id, bounds in labels(d):
        for flow in list(d.flows)[::5]:
            first, second, *_ = d.points(flow)
            x = (float(first.get("x")) + float(second.get("x"))) / 2
            y = (float(first.get("y")) + float(second.get("y"))) / 2
            yield place(element_id, put, bounds, x - 5, y - 6)


@kind("layout.label_on_shape")
def a_name_lies_on_a_step(d: Drawn) -> Iterator[Place]:
    for element_id, bounds in labels(d):
        for node in d.of_tag("userTask", "serviceTask"):
            x, y = centre(d.bounds(node.get("id")))
            yield place(element_id, put, bounds, x - 10, y - 6)


@kind("layout.label_on_label")
def a_name_lies_on_another_name(d: Drawn) -> Iterator[Place]:
    found = list(labels(d))
    for (first, bounds), (second, other) in pairwise(found):
        yield place((first, second), put, bounds, float(other.get("x")), float(other.get("y")))


@kind("ref.dangling")
def a_merge_brings_a_shape_of_something_deleted(d: Drawn) -> Iterator[Place]:
    def bring(shape: etree._Element) -> None:
        twin = deepcopy(shape)
        twin.set("id", "shape_2")
        twin.set("bpmnElement", "gone")
        d.plane.append(twin)

    for node in d.nodes:
        yield place("shape_2", bring, d.drawn[node])


@kind("ref.dangling")
def the_picture_is_of_another_file(d: Drawn) -> Iterator[Place]:
    yield place(d.plane.get("id"), d.plane.set, "bpmnElement", "collaboration_of_another")


@kind("layout.missing")
def a_lane_is_not_drawn(d: Drawn) -> Iterator[Place]:
    for lane in d.lanes:
        yield place(lane.get("id"), remove, d.drawn[lane.get("id")])


@kind("ref.dangling")
def a_note_points_at_something_deleted(d: Drawn) -> Iterator[Place]:
    def note() -> None:
        association = etree.SubElement(d.process, f"{BPMN}association", id="note_line")
        association.set("sourceRef", next(iter(d.nodes)))
        association.set("targetRef", "gone")

    yield place("note_line", note)
