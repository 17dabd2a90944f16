"""On the map nothing stands over anything else, whatever calls whatever."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.process_map import Box, Layout, LinkKind, Wanted, lay_out, read_network
from engine.process_map.layout import NODE_WIDTH
from tests.engine.process_map.shop import Shop

NAMES = [f"p{n}" for n in range(9)]


def overlapping(layout: Layout) -> list[tuple[Box, Box]]:
    boxes = [*layout.nodes.values(), *(line.label for line in layout.lines if line.label is not None)]
    return [(one, other) for one, other in combinations(boxes, 2) if one.overlaps(other)]


def crossing_nodes(layout: Layout, lines: list[Wanted]) -> list[tuple[str, Wanted]]:
    """Nodes behind which a line runs. It is sampled closely: between columns it is a curve, across them straight."""
    found = []
    for line, wanted in zip(layout.lines, lines, strict=True):
        for point in sampled(line.points):
            for name, box in layout.nodes.items():
                inside = box.x + 1 < point[0] < box.x + box.width - 1 and box.y < point[1] < box.y + box.height
                if inside:
                    found.append((name, wanted))
    return found


def sampled(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    found = []
    for (x, y), (to_x, to_y) in pairwise(points):
        for n in range(21):
            t = n / 20
            bent = 3 * t * t - 2 * t * t * t
            found.append((x + (to_x - x) * t, y + (to_y - y) * bent))
    return found


@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.booleans()), max_size=22))
def test_nothing_overlaps(drawn: list[tuple[str, str, bool]]) -> None:
    lines = [Wanted(source=a, target=b, label="msg" if is_message else "") for a, b, is_message in drawn]
    layout = lay_out(NAMES, lines)
    assert set(layout.nodes) == set(NAMES)
    assert overlapping(layout) == []
    assert crossing_nodes(layout, lines) == []
    assert all(
        line.label is not None for line, want in zip(layout.lines, lines, strict=True) if want.label and line.points
    )
    for box in layout.nodes.values():
        assert 0 <= box.x <= box.x + box.width <= layout.width
        assert 0 <= box.y <= box.y + box.height <= layout.height


def test_callers_stand_left_of_what_they_call() -> None:
    lines = [Wanted(source="a", target="b"), Wanted(source="b", target="c"), Wanted(source="a", target="c")]
    layout = lay_out(["c", "b", "a"], lines)
    assert layout.nodes["a"].x < layout.nodes["b"].x < layout.nodes["c"].x
    for line, wanted in zip(layout.lines, lines, strict=True):
        source, target = layout.nodes[wanted.source], layout.nodes[wanted.target]
        assert line.points[0][0] == source.x + source.width
        assert line.points[-1][0] == target.x


def test_a_line_that_leads_back_ends_at_its_target() -> None:
    lines = [Wanted(source="a", target="b"), Wanted(source="b", target="a", label="back")]
    layout = lay_out(["a", "b"], lines)
    a, b = layout.nodes["a"], layout.nodes["b"]
    assert layout.lines[1].points[0][0] == b.x
    assert layout.lines[1].points[-1][0] == a.x + a.width


@pytest.mark.parametrize("nodes", [[], ["alone"], [f"n{n}" for n in range(40)]])
def test_processes_without_links_stand_in_rows(nodes: list[str]) -> None:
    layout = lay_out(nodes, [])
    assert len(layout.nodes) == len(nodes)
    assert overlapping(layout) == []


def test_the_shipped_processes_hang_together(library: Shop) -> None:
    with library.db.read() as connection:
        network = read_network(connection, library.definitions)
    links = {(one.kind, one.source, one.target, one.name) for one in network.links}
    assert (LinkKind.CALL, "p01_compensation", "s03_amount_approval", "补偿额度审批") in links
    assert (LinkKind.MESSAGE, "p12_return", "p13_rights_protection", "msg_rights_opened") in links
    assert (LinkKind.OPEN, "r19_shift_end", "r16_case_handover", "启动交接") in links
    assert [one for one in network.links if one.source == one.target] == []
    by_id = {node.id: node for node in network.nodes}
    assert by_id["r06_day_closing"].by_clock == ("0 17 * * *",)
    assert by_id["p07_delivery"].by_clock == ()
    assert by_id["s02_payout"].is_called
    assert not by_id["s02_payout"].by_form
    assert by_id["p07_delivery"].by_messages == ("msg_order_paid",)
    lines = [
        Wanted(source=one.source, target=one.target, label=one.name if one.kind is LinkKind.MESSAGE else "")
        for one in network.links
    ]
    layout = lay_out([node.id for node in network.nodes], lines)
    assert overlapping(layout) == []
    assert crossing_nodes(layout, lines) == []
    # The longest way from a first contact to a payout passes through twelve processes: a column each, and no more.
    linked = {end for line in lines for end in (line.source, line.target)}
    assert len({box.x for node, box in layout.nodes.items() if node in linked}) <= 12
    assert layout.width < 12 * (NODE_WIDTH + 50)
