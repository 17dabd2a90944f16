"""The heat map's page: who sees it, what it says, where its figures lead."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine.flow_analysis import Durations, ElementFigures, Part, Role
from engine.model import SYSTEM
from tests.web.browser import STALLED, Browser
from web import parts_of
from web.studio import heat_views

PAGE = "/studio/processes/p10_courier_query/heat"
HOUR = 3_600_000_000
Browse = Callable[[str], Browser]


@pytest.fixture
def walked(app: Flask, browse: Browse) -> str:
    """An inquiry whose first task waited an hour, was worked on for half an hour, and waits for the courier since."""
    wang, clock = browse("wang"), parts_of(app).clock
    case = wang.start_inquiry()
    clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    task = wang.open_task(case)
    assert wang.post(f"/tasks/{task}/claim").status_code == 303
    clock.advance(timedelta(minutes=30))  # type: ignore[attr-defined]
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    parts_of(app).worker.drain()
    return case


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="heat-data">(.*?)</script>', text, re.S)
    assert found is not None
    return dict(json.loads(found[1]))


def row_of(text: str, element: str) -> str:
    found = re.search(rf'<tr id="heat-row-{element}".*?</tr>', text, re.S)
    assert found is not None, element
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found[0]))


def test_steps_are_told_with_their_times_and_what_was_waiting(browse: Browse, walked: str) -> None:
    text = browse("zhou").get(PAGE).text
    row = row_of(text, "check_logistics")
    assert "1小时30分" in row
    assert "67 %" in row
    views = data_of(text)["views"]
    assert views["time.total.elapsed"]["elements"]["check_logistics"][1] == "1小时30分"
    assert views["waiting.elapsed"]["elements"]["check_logistics"][1] == "67 %"
    assert views["count"]["elements"]["check_logistics"] == [5, "1"]
    assert "contact_courier" in views["count"]["elements"]
    assert data_of(text)["flows"]["f_gw_logistics_status__contact_courier"] == [5, "1"]


def test_a_process_owner_sees_figures_and_no_way_to_cases(browse: Browse, walked: str) -> None:
    assert 'data-test="behind-visits"' not in browse("zhou").get(PAGE).text
    for person in ("zhao", "zheng", "chen"):
        assert 'data-test="behind-visits"' in browse(person).get(PAGE).text, person


def test_a_figure_leads_to_its_cases_those_that_one_may_see(browse: Browse, walked: str) -> None:
    path = f"{PAGE}/cases?place=check_logistics&figure=visits"
    zhao = browse("zhao").get(path).text
    assert f"/cases/{walked}" in zhao
    assert "13800138000" not in zhao
    assert "没有您能看到的工单" in browse("zhao").get(path.replace("visits", "repeated")).text
    assert f"/cases/{walked}" in browse("zhao").get(f"{path}&since=2026-01-01").text
    assert f"/cases/{walked}" not in browse("zhao").get(f"{path}&since=2027-01-01").text
    assert browse("zhao").get(f"{PAGE}/cases?place=x&figure=names").status_code == 404
    assert browse("zhao").get(f"{PAGE}/cases?place=%3Cb%3E&figure=visits").status_code == 200


def test_the_table_as_a_file(browse: Browse, walked: str) -> None:
    answer = browse("zhou").get(f"{PAGE}.csv?since=2026-01-01")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    mark, header, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert "周流程" in mark[0]
    assert "since=2026-01-01" in mark[0]
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["check_logistics"]["自然时间合计(小时)"] == "1.5"
    assert found["check_logistics"]["等待占比"] == "0.6667"
    assert found["tm_contact_courier"]["等候次数"] == "1"
    assert found["tm_contact_courier"]["次数"] == "0"
    english = browse("zhou")
    english.client.set_cookie("lang", "en")
    assert "Waiting share" in english.get(f"{PAGE}.csv").text


def test_conditions_stand_in_the_address_and_can_be_taken_out(browse: Browse, walked: str) -> None:
    zhou = browse("zhou")
    text = zhou.get(f"{PAGE}?since=2026-01-01&standing=running&passed=contact_courier&var=courier&op=eq&val=圆通").text
    chips = re.search(r'data-test="chips">(.*?)</ul>', text, re.S)
    assert chips is not None
    assert [word for word in ("2026-01-01", "进行中", "圆通", "联系") if word not in chips[1]] == []
    assert 'data-test="bottlenecks"' in text
    nothing = zhou.get(f"{PAGE}?var=courier&op=eq&val=顺丰").text
    assert "没有符合条件的工单" in nothing
    assert 'data-test="bottlenecks"' not in nothing


def test_what_an_earlier_version_or_another_process_called_personal_stays_so(app: Flask, browse: Browse) -> None:
    definitions = parts_of(app).definitions
    for process, name in (("p10_courier_query", "shoe_size"), ("p12_return", "hat_size")):
        start = f"{process}.start"
        form = dict(definitions.latest(process).forms[start])
        secret = {"type": "textfield", "id": name, "key": name, "label": name, "properties": {"masked": "true"}}
        more = {**form, "components": [*form["components"], secret]}
        definitions.deploy({f"{start}.form": json.dumps(more).encode()}, SYSTEM)
        if process == "p10_courier_query":
            definitions.deploy({f"{start}.form": json.dumps(form).encode()}, SYSTEM)
    for name in ("shoe_size", "hat_size"):
        assert "个人信息不能用来筛选" in browse("zhou").get(f"{PAGE}?var={name}&op=has&val=4").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=2026-02-30", "不是日期"),
        ("since=2026-02-02&until=2026-01-01", "请对调"),
        ("asked_from=viel", "不是金额"),
        ("var=receiver_phone&op=has&val=138", "个人信息不能用来筛选"),
        ("var=a+b", "不是变量名"),
        ("version=x", "没有这个版本"),
        ("since=" + "9" * 10_000, "不是日期"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page(browse: Browse, query: str, said: str) -> None:
    answer = browse("zhou").get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert said in answer.text
    english = browse("zhou")
    english.client.set_cookie("lang", "en")
    problems = re.search(r'data-test="problems">(.*?)</div>', english.get(f"{PAGE}?{query}").text, re.S)
    assert problems is not None
    assert not re.search("[\u4e00-\u9fff]", problems[1])


def test_what_is_not_there(browse: Browse) -> None:
    zhou = browse("zhou")
    for path in (
        "/studio/processes/nothing/heat",
        "/studio/processes/nothing/heat.csv",
        f"/studio/processes/{'x' * 3000}/heat",
        f"{PAGE}?version=99",
        f"{PAGE}/v99.bpmn",
        "/studio/processes/nothing/heat/v1.bpmn",
    ):
        assert zhou.get(path).status_code == 404, path


def test_a_process_without_cases_says_what_comes_here(browse: Browse) -> None:
    text = browse("zhou").get("/studio/processes/p11_invoice/heat").text
    assert "还没有工单走过这个流程" in text
    assert "heat-data" not in text


def test_one_is_led_to_the_process_of_which_most_is_open(browse: Browse, walked: str) -> None:
    assert browse("chen").get("/studio/heat").location.endswith(PAGE)
    assert "/studio/heat" in browse("chen").get("/board").text


def test_what_people_typed_breaks_out_of_nothing(browse: Browse, walked: str) -> None:
    bad = "%3Cscript%3Ealert(1)%3C/script%3E"
    for path in (
        f"{PAGE}?val={bad}&var=courier&op=eq",
        f"{PAGE}?since={bad}&outcome={bad}&passed={bad}&asked_to={bad}",
    ):
        assert "<script>alert" not in browse("zhou").get(path).text


# --- steps of heat -------------------------------------------------------------------------------


def test_steps_are_fifths_of_the_greatest() -> None:
    assert [heat_views._step(value, 10) for value in (0, 1, 2, 2.1, 4, 6, 9.9, 10)] == [0, 1, 1, 2, 2, 3, 5, 5]
    assert heat_views._step(3, 0) == 0


def test_a_legend_of_few_counts_has_no_step_twice() -> None:
    legend = heat_views._view({"a": 2, "b": 1}, heat_views._count)["legend"]
    assert legend == [[3, "1"], [5, "2"]]
    many = heat_views._view({"a": 100}, heat_views._count)["legend"]
    assert many == [[1, "20"], [2, "40"], [3, "60"], [4, "80"], [5, "100"]]
    assert heat_views._view({}, heat_views._count)["legend"] == []


def test_durations_read_as_people_say_them(app: Flask) -> None:
    with app.test_request_context():
        assert heat_views.span(0, "working") == "—"
        assert heat_views.span(30_000_000, "elapsed") == "不到1分"
        assert heat_views.span(30 * HOUR, "working") == "30小时"
        assert heat_views.span(30 * HOUR, "elapsed") == "1天6小时"
        assert heat_views.span(44_000 * HOUR, "working") == "44,000小时"


def test_what_was_called_off_is_trouble_at_steps_only(app: Flask) -> None:
    def one(role: Role) -> ElementFigures:
        part = Part(id=role.value, name="", kind="", role=role)
        return ElementFigures(part=part, visits=3, cancelled=2, working=Durations(count=3))

    assert [heat_views._called_off(one(role)) for role in (Role.STEP, Role.CONTAINER, Role.PASSING)] == [2, 0, 0]
