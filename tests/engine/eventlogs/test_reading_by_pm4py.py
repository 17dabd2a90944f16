"""pm4py reads our logs without a warning and finds what the tables say, counted by hand."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.engine.eventlogs.shop import ODD, Shop

_SILENT = ("flow.taken", "variables.changed", "decision.evaluated", "definition.pinned")
_ELEMENTS = ("user_task", "job", "timer", "subscription", "call", "element")


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def xes(shop: Shop, pm4py: ModuleType, tmp_path: Path) -> Any:
    path = tmp_path / "log.xes"
    path.write_bytes(shop.bytes("xes"))
    return pm4py.read_xes(str(path), variant="iterparse")


def by_hand(shop: Shop) -> list[tuple[str, str, str, str, datetime]]:
    """(case, event, activity's element or kind, resource, time) of what counts as an activity, from the tables."""
    found = []
    for row in shop.rows(
        "SELECT i.case_id, e.*, i.definition FROM history_event e JOIN process_instance i ON i.key = e.stream"
    ):
        deployed = shop.desk.definitions.get(row.definition)
        element = deployed.definition.elements.get(row.element) if row.element else None
        if row.kind in _SILENT or (element is not None and element.kind.endswith("Gateway")):
            continue
        subject = row.kind.split(".")[0]
        activity = element.name or element.id if element is not None and subject in _ELEMENTS else row.kind
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row.at)
        found.append((row.case_id, f"{row.stream}-{row.seq}", activity, row.actor, at))
    return found


def test_xes_has_the_cases_events_activities_people_and_times_of_the_tables(shop: Shop, xes: Any) -> None:
    expected = {event: (case, actor, at) for case, event, _, actor, at in by_hand(shop)}
    rows = zip(
        xes["event"], xes["case:concept:name"], xes["org:resource"], xes["time:timestamp"].dt.to_pydatetime(),
        strict=True,
    )  # fmt: skip
    assert {event: (case, actor, at) for event, case, actor, at in rows} == expected
    assert len(xes) == len(expected)
    named = dict(zip(xes["event"], xes["concept:name"], strict=True))
    kinds = dict(zip(xes["event"], xes["kind"], strict=True))
    for _, event, activity, _, _ in by_hand(shop):
        assert named[event] == activity or kinds[event] == activity


def test_the_directly_follows_graph_is_the_one_that_we_count(shop: Shop, xes: Any, pm4py: ModuleType) -> None:
    done = xes[xes["lifecycle:transition"] == "complete"]
    graph, starts, ends = pm4py.discover_dfg(done)
    follows: Counter[tuple[str, str]] = Counter()
    first: Counter[str] = Counter()
    last: Counter[str] = Counter()
    traces: dict[str, list[str]] = {}
    for line in shop.lines():
        if line["type"] == "event":
            traces.setdefault(line["case"], []).append(f"{line['instance']}-{line['seq']}")
    named = dict(zip(done["event"], done["concept:name"], strict=True))
    for events in traces.values():
        activities = [named[event] for event in events if event in named]
        follows.update(itertools.pairwise(activities))
        first[activities[0]] += 1
        last[activities[-1]] += 1
    assert dict(graph) == dict(follows)
    assert (dict(starts), dict(ends)) == (dict(first), dict(last))
    assert follows["查询物流状态", "判定物流状态"] == 4
    assert not any("汇合" in step for step in follows), "gateways are no activities"


def test_traces_keep_the_order_of_causes_where_the_clock_stood_still(shop: Shop, xes: Any) -> None:
    trace = xes[xes["case:concept:name"] == shop.cases[0]]
    names = list(zip(trace["concept:name"], trace["lifecycle:transition"], strict=True))
    call, child = names.index(("重新发货给客户", "start")), names.index(("核实客户信息", "schedule"))
    back = names.index(("重新发货给客户", "complete"))
    assert call < child < back
    assert set(trace["process"]) == {"p10_courier_query", "p07_delivery"}


def test_xes_keeps_types_chinese_and_odd_characters(shop: Shop, xes: Any) -> None:
    texts = [one for one in xes["data.description"] if isinstance(one, str)]
    masked = ODD.replace("13911112222", "139****2222").replace("\x0b", "\ufffd").replace("\x00", "\ufffd")
    assert masked in texts
    hours = xes["data.hours_since_update"].dropna()
    assert set(hours) == {80.0, 2.5, 1.0}
    assert set(xes["data.stuck_in_region"].dropna()) == {False}
    assert str(xes["data.declared_lost_at"].dropna().iloc[0].tzinfo) == "UTC"


@pytest.mark.parametrize(("form", "reader"), [("ocel", "read_ocel2_json"), ("ocel-xml", "read_ocel2_xml")])
def test_ocel_has_the_events_and_objects_of_the_tables(
    shop: Shop, pm4py: ModuleType, tmp_path: Path, form: str, reader: str
) -> None:
    path = tmp_path / f"log.{form}.{'xml' if form.endswith('xml') else 'json'}"
    path.write_bytes(shop.bytes(form))
    log = getattr(pm4py, reader)(str(path))
    expected = {event: at for _, event, _, _, at in by_hand(shop)}
    times = log.events["ocel:timestamp"].dt.to_pydatetime()
    assert dict(zip(log.events["ocel:eid"], times, strict=True)) == expected
    objects = Counter(log.objects["ocel:type"])
    (children,) = shop.rows("SELECT count(*) FROM process_instance WHERE depth > 0")
    (parcels,) = shop.rows("SELECT count(*) FROM parcel WHERE order_id = 'SO-1001'")
    (rows,) = shop.rows("SELECT count(*) FROM register_row")
    people = {actor for _, _, _, actor, _ in by_hand(shop)} - {"system"}
    assert objects == {
        "工单": len(shop.cases), "订单": 5, "买家": 2, "包裹": parcels[0], "被调用流程": children[0],
        "台账登记": rows[0], "员工": len(people),
    }  # fmt: skip
    performed = log.relations[log.relations["ocel:qualifier"] == "执行人"]
    found = dict(zip(performed["ocel:eid"], performed["ocel:oid"], strict=True))
    assert found == {event: f"person:{actor}" for _, event, _, actor, _ in by_hand(shop) if actor != "system"}
    cases = log.relations[log.relations["ocel:type"] == "工单"]
    assert dict(zip(cases["ocel:eid"], cases["ocel:oid"], strict=True)) == {
        event: f"case:{case}" for case, event, _, _, _ in by_hand(shop)
    }


def test_an_ocel_case_says_when_its_status_changed(shop: Shop, pm4py: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(shop.bytes("ocel"))
    log = pm4py.read_ocel2_json(str(path))
    left = f"case:{shop.cases[3]}"
    changes = log.object_changes[(log.object_changes["ocel:oid"] == left)].sort_values("ocel:timestamp")
    assert [one for one in changes["status"] if isinstance(one, str)] == ["suspended", "active"]
    beside = {(one, two): what for one, two, what in log.o2o.itertuples(index=False)}
    assert beside[f"case:{shop.cases[0]}", "order:SO-1001"] == "所办订单"
    assert beside["order:SO-1001", "parcel:YT1"] == "发货包裹"
    (child,) = shop.rows("SELECT key FROM process_instance WHERE parent = :key", key=int(shop.cases[0]))
    assert beside[f"case:{shop.cases[0]}", f"instance:{child.key}"] == "调用"
