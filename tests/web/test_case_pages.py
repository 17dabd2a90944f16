"""The case's page, its diagram, its history, and the proof of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine.clock import VirtualClock
from engine.store.tables import incident, resource
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]


@pytest.fixture
def stalled(browse: Browse) -> str:
    """A case whose parcel stands still: the courier is asked."""
    wang = browse("wang")
    case_id = wang.start_inquiry()
    assert wang.post(f"/tasks/{wang.open_task(case_id)}", STALLED).status_code == 303
    return case_id


def diagram_state(page: str) -> dict[str, object]:
    found = re.search(r'data-diagram-state="([^"]+)"', page)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_the_diagram_is_told_where_tokens_are_and_what_is_done(browse: Browse, stalled: str) -> None:
    page = browse("wang").get(f"/cases/{stalled}").text
    state = diagram_state(page)
    assert state["tokens"] == {"contact_courier": 1}
    assert {"check_logistics", "rule_logistics_status", "gw_logistics_status"} <= set(state["done"])
    assert state["incidents"] == []
    assert any("contact_courier" in flow for flow in state["flows"])


def test_the_diagram_itself_is_served_with_a_tag(browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    found = re.search(r'data-diagram="([^"]+)"', wang.get(f"/cases/{stalled}").text)
    assert found is not None
    first = wang.get(found[1])
    assert first.data.startswith(b"<?xml")
    assert wang.get(found[1], headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_version_that_the_case_does_not_run_on_is_not_served_with_it(
    app: Flask, browse: Browse, stalled: str
) -> None:
    other = parts_of(app).definitions.latest("p07_delivery").key
    assert browse("wang").get(f"/cases/{stalled}/diagrams/{other}.bpmn").status_code == 404


def test_the_page_says_in_words_what_the_diagram_shows(browse: Browse, stalled: str) -> None:
    page = browse("wang").get(f"/cases/{stalled}").text
    tokens = re.search(r'data-test="tokens">(.*?)</ul>', page, re.S)
    assert tokens is not None
    assert "联系合作快递核实停滞原因" in tokens[1]
    assert "联系快递超时" in tokens[1]


def test_the_live_part_is_304_until_something_happens(browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    path = f"/cases/{stalled}/live?tab=variables"
    tag = {"If-None-Match": wang.get(path).headers["ETag"]}
    assert wang.get(path, headers=tag).status_code == 304
    wang.post(f"/tasks/{wang.open_task(stalled)}/claim")
    changed = wang.get(path, headers=tag)
    assert changed.status_code == 200
    assert 'hx-swap-oob="true"' in changed.text


def test_tabs_show_registers_and_messages(app: Flask, browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    courier = {"stall_cause": "backlog", "courier_reply": "网点爆仓", "confirmed_lost": "false"}
    assert wang.post(f"/tasks/{wang.open_task(stalled)}", courier).status_code == 303
    parts_of(app).worker.drain()
    assert "网点积压" in wang.get(f"/cases/{stalled}?tab=messages").text
    assert "快递异常登记表" in wang.get(f"/cases/{stalled}?tab=registers").text


def test_lists_find_cases_by_order_status_and_number(browse: Browse, stalled: str) -> None:
    wang = browse("wang")
    for query in ("text=SO-1001", f"text={stalled}", "status=active", "process=p10_courier_query"):
        assert f'href="/cases/{stalled}"' in wang.get(f"/cases?{query}").text, query
    for query in ("text=SO-77", "status=completed", "process=p07_delivery"):
        assert f'href="/cases/{stalled}"' not in wang.get(f"/cases?{query}").text, query


def test_somebody_elses_case_is_not_found(browse: Browse) -> None:
    mine = browse("wang").start_inquiry()
    assert browse("cang").get(f"/cases/{mine}").status_code == 404
    assert f"/cases/{mine}" not in browse("cang").get("/cases").text


def test_an_incident_is_shown_to_all_and_tried_again_by_supervisors(app: Flask, browse: Browse, stalled: str) -> None:
    key = int(stalled)
    with parts_of(app).db.begin() as tx:
        row = {"id": key * 100_000_000 + 99, "instance": key, "case_id": stalled, "element": "contact_courier"}
        row |= {"kind": "no_retries_left", "message": "快递接口无应答", "created_at": 0}
        tx.connection.execute(incident.insert().values(**row))
    path = f"/cases/{stalled}/incidents/{row['id']}"
    wang, chen = browse("wang"), browse("chen")
    assert "快递接口无应答" in wang.get(f"/cases/{stalled}").text
    assert path not in wang.get(f"/cases/{stalled}").text
    assert wang.post(path).status_code == 404
    assert path in chen.get(f"/cases/{stalled}").text
    assert chen.post(path).status_code == 409  # the token has no such incident: nothing is done


# --- the auditor ---------------------------------------------------------------------------------


def test_the_history_tells_who_when_where_and_which_values(browse: Browse, stalled: str, clock: VirtualClock) -> None:
    page = browse("zheng").get(f"/audit/{stalled}").text
    rows = re.findall(r'<tr class="[^"]*" data-kind="([\w.]+)"(?: data-element="(\w+)")?', page)
    assert rows[0] == ("instance.started", "")
    assert ("user_task.completed", "check_logistics") in rows
    assert ("decision.evaluated", "rule_logistics_status") in rows
    assert "王立新" in page
    assert "2026-01-02 09:00:00" in page
    assert "命中规则 3" in page
    assert re.search(r'距上次更新\(小时\)</span> <span class="faint">空</span>.*?<ins>52</ins>', page)
    assert "13800138000" not in page


def test_what_matters_is_shorter_than_everything(browse: Browse, stalled: str) -> None:
    zheng = browse("zheng")
    short, whole = zheng.get(f"/audit/{stalled}?fine=0").text, zheng.get(f"/audit/{stalled}").text
    assert 'data-kind="flow.taken"' in whole
    assert 'data-kind="flow.taken"' not in short
    assert 'data-kind="user_task.completed"' in short


def test_execution_again_gives_the_same(browse: Browse, stalled: str) -> None:
    answer = browse("zheng").post(f"/audit/{stalled}/re-execution")
    assert 'data-same="yes"' in answer.text
    assert "一致" in answer.text


def test_a_table_changed_by_hand_is_named(app: Flask, browse: Browse, stalled: str) -> None:
    with parts_of(app).db.begin() as tx:
        row = tx.connection.execute(resource.select().where(resource.c.id == "logistics_status")).one()
        forged = row.content.replace(b"48", b"36")
        assert forged != row.content
        tx.connection.execute(resource.update().where(resource.c.hash == row.hash).values(content=forged))
    answer = browse("zheng").post(f"/audit/{stalled}/re-execution")
    assert 'data-same="no"' in answer.text
    assert "logistics_status" in answer.text


# --- the virtual clock ---------------------------------------------------------------------------


def test_the_clock_moves_and_the_timer_goes_on(app: Flask, browse: Browse, stalled: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    courier = {"stall_cause": "backlog", "courier_reply": "爆仓", "confirmed_lost": "false"}
    wang.post(f"/tasks/{wang.open_task(stalled)}", courier)
    parts_of(app).worker.drain()
    before = clock.now()
    answer = wang.post("/clock", {"by": "24h", "next": f"/cases/{stalled}"})
    assert answer.location == f"/cases/{stalled}"
    assert (clock.now() - before).total_seconds() == 24 * 3600
    parts_of(app).worker.drain()
    assert "查询物流状态" in wang.get("/inbox").text


def test_the_clock_goes_to_the_next_timer(app: Flask, browse: Browse, stalled: str, clock: VirtualClock) -> None:
    due = parts_of(app).runner.next_due()
    assert browse("wang").post("/clock", {"by": "next"}).status_code == 303
    assert clock.now() == due


def test_an_unknown_step_of_the_clock_is_not_found(browse: Browse, clock: VirtualClock) -> None:
    before = clock.now()
    assert browse("wang").post("/clock", {"by": "1y"}).status_code == 404
    assert clock.now() == before


def test_a_conclusion_reads_in_words_and_what_only_carries_a_result_is_not_shown(browse: Browse) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry()
    lost = {**STALLED, "hours_since_update": "80"}
    assert wang.post(f"/tasks/{wang.open_task(case_id)}", lost).status_code == 303
    page = wang.get(f"/cases/{case_id}").text
    assert "结论:丢件" in page
    assert "结论:lost" not in page
    assert "认定丢件时间" in page
    assert "declare_lost_result" not in page
