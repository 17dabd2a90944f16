"""What an opponent with a browser tries: odd numbers and names, foreign hosts and objects, markup in every name."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine import accounts, shop
from engine.clock import VirtualClock
from engine.errors import JobFailed
from engine.model import SYSTEM, Event
from engine.shop import RowKind
from tests.web.browser import PASSWORD, STALLED, Browser
from web import audit, parts_of
from web.links import local_target

HUGE = "9" * 30
RIGHT_TO_LEFT = "\u202e"


# --- addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("wang", f"/tasks/{HUGE}"),
        ("wang", f"/tasks/{'9' * 5000}"),
        ("wang", "/tasks/-1"),
        ("wang", "/tasks/١٢"),
        ("wang", f"/cases/{HUGE}"),
        ("wang", "/cases/%00"),
        ("wang", "/cases/1%27%20OR%201=1"),
        ("wang", "/cases/%25"),
        ("zhou", f"/studio/definitions/{HUGE}.bpmn"),
        ("zhou", "/studio/resources/form/..%2f..%2fsession.key"),
        ("zhou", "/studio/resources/bpmn/p10_courier_query"),
        ("wang", "/static/../../kefuflow.db"),
        ("wang", "/static/%2e%2e/%2e%2e/session.key"),
        ("zheng", f"/audit/{HUGE}?after=x"),
        ("wang", "/cases//1"),
    ],
)
def test_an_odd_address_is_a_page_that_says_there_is_nothing(
    browse: Callable[[str], Browser], person: str, path: str
) -> None:
    assert browse(person).get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        f"task={HUGE}",
        f"task={'9' * 5000}",
        "scope=%00&process=%F0%9F%98%80",
        "text=%25",
        "text=%ED%A0%80",
        "text=%27%22%3B--",
        "process=_&text=_",
        f"text={'长' * 3000}",
    ],
)
def test_odd_filters_of_the_inbox_change_nothing(browse: Callable[[str], Browser], query: str) -> None:
    assert browse("wang").get(f"/inbox?{query}").status_code == 200


def test_wildcards_of_sql_are_letters(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    wang.start_inquiry()
    for text in ("%", "_", "SO%", "S_-1001", "' OR ''='"):
        found = wang.get("/cases", query_string={"text": text})
        assert found.status_code == 200
        assert "SO-1001" not in found.text, text
    assert "SO-1001" in wang.get("/cases?text=SO-1").text


def test_no_answer_names_the_host_that_a_request_named(app: Flask, browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    for path in ("/", "/inbox", "//evil/..", "/cases/", "/start/p10_courier_query", "/no-such-page"):
        answer = wang.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers), path
    asked = app.test_client().get("/cases", headers={"Host": "evil.example"})
    assert "evil.example" not in asked.location


@pytest.mark.parametrize(
    "target",
    [
        "/a\r\nSet-Cookie: x=1",
        "/\u2028",
        "/%0d%0aX: y",
        "/\tevil",
        "///evil.example",
        "/\\/evil",
        "http:/inbox",
        "/\x00",
    ],
)
def test_no_address_smuggles_a_header_or_a_host(browse: Callable[[str], Browser], target: str) -> None:
    answer = browse("wang").post("/preferences", {"lang": "en", "next": target})
    assert answer.location in ("/", "/%0d%0aX:%20y")
    assert "x=1" not in str(answer.headers)
    assert local_target(target) in ("/", target)


def test_a_diagram_opened_by_itself_is_saved_and_runs_nothing(browse: Callable[[str], Browser], app: Flask) -> None:
    wang = browse("wang")
    case = wang.start_inquiry()
    key = parts_of(app).definitions.latest("p10_courier_query").key
    headers = wang.get(f"/cases/{case}/diagrams/{key}.bpmn").headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_part_of_a_page_is_not_kept_as_the_page(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    path = f"/tasks/{wang.open_task(wang.start_inquiry())}"
    part, whole = wang.get(path, headers={"HX-Request": "true"}), wang.get(path)
    assert "<html" in whole.text
    assert "<html" not in part.text
    for answer in (part, whole):
        assert {"Cookie", "HX-Request"} <= {
            name.strip() for name in ",".join(answer.headers.getlist("Vary")).split(",")
        }


def test_a_tag_of_somebody_else_opens_no_fragment(browse: Callable[[str], Browser]) -> None:
    wang = browse("wang")
    path = f"/cases/{wang.start_inquiry()}/live"
    tag = wang.get(path).headers["ETag"]
    assert wang.get(path, headers={"If-None-Match": tag}).status_code == 304
    for person in ("lin", "cang", "admin"):
        assert browse(person).get(path, headers={"If-None-Match": tag}).status_code == 404


# --- foreign objects -----------------------------------------------------------------------------------


def test_the_ids_of_another_case_do_not_pass_under_an_own_one(browse: Callable[[str], Browser], app: Flask) -> None:
    lin, wang = browse("lin"), browse("wang")
    own, foreign = lin.start_inquiry(), wang.start_inquiry(order_id="SO-9", customer_id="C-9")
    task = wang.open_task(foreign)
    other = parts_of(app).definitions.latest("s02_payout").key
    assert lin.get(f"/cases/{own}").status_code == 200
    assert lin.get(f"/cases/{own}?instance={foreign}").status_code == 200
    assert f'/cases/{foreign}"' not in lin.get(f"/cases/{own}?instance={foreign}").text
    assert lin.get(f"/cases/{own}/diagrams/{other}.bpmn").status_code == 404
    assert lin.get(f"/inbox?task={task}").status_code == 404
    for path in (f"/tasks/{task}", f"/tasks/{task}/claim", f"/tasks/{task}/unclaim", f"/tasks/{task}/fields"):
        assert lin.post(path, STALLED).status_code == 404, path
    assert wang.open_task(foreign) == task


# --- files of the studio ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["文件", "@@@@", "QQ", "é"])
def test_a_carried_file_that_is_damaged_is_a_bad_request(browse: Callable[[str], Browser], text: str) -> None:
    assert browse("zhou").post("/studio/deploy", {"file:a.dmn": text}).status_code == 400


def test_names_of_files_are_shown_and_not_run(browse: Callable[[str], Browser]) -> None:
    evil = f"../<img src=x onerror=alert(1)>{RIGHT_TO_LEFT}nmpb.bpmn"
    answer = browse("zhou").upload("/studio/check", {evil.replace("/", "\\"): b"<!DOCTYPE x><x/>"})
    assert answer.status_code == 422
    assert "<img src=x" not in answer.text
    assert RIGHT_TO_LEFT not in answer.text


def test_two_files_of_one_name_are_both_checked(browse: Callable[[str], Browser], app: Flask) -> None:
    """Every process has a start.form: none may get lost in silence because another is named like it."""
    forms = [
        json.dumps(parts_of(app).definitions.latest(process_id).start_schema).encode()
        for process_id in ("p07_delivery", "p10_courier_query")
    ]
    zhou = browse("zhou")
    body = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="files"; filename="start.form"\r\n\r\n' + form + b"\r\n"
        for form in forms
    )
    answer = zhou.client.post(
        "/studio/check", data=body + b"--cut--\r\n", content_type="multipart/form-data; boundary=cut"
    )
    assert answer.status_code == 200
    carried = re.findall(r'name="file:([^"]+)" value="([^"]+)"', answer.text)
    assert {content for _, content in carried} == {b64encode(form).decode() for form in forms}
    assert zhou.post("/studio/import", {f"file:{name}": content for name, content in carried}).status_code == 303
    assert "已导入 2 个文件" in zhou.get("/studio/changes").text


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"\xff\xfe<", b"<" * 100_000, b"<a>" * 50_000, b"[" * 100_000, b"{}" * 1000]
)
@pytest.mark.parametrize("suffix", ["bpmn", "dmn", "form", "txt"])
def test_no_file_brings_the_check_down(browse: Callable[[str], Browser], content: bytes, suffix: str) -> None:
    assert browse("zhou").upload("/studio/check", {f"a.{suffix}": content}).status_code in (200, 422)


# --- what comes from elsewhere ---------------------------------------------------------------------------


def test_what_an_order_says_is_printed_and_not_run(browse: Callable[[str], Browser], app: Flask) -> None:
    evil = "<script>alert(1)</script>"
    rows = [
        (1, RowKind.ORDER, {
            "order_id": "SO-EVIL", "customer_id": f"C{evil}"[:30], "channel": "marketplace", "shop": evil,
            "order_stage": "shipped", "waybill_no": "YT-EVIL", "courier": evil, "order_remark": evil,
            "receiver_name": evil, "receiver_address": evil, "items": evil,
        }),
        (2, RowKind.PARCEL, {
            "waybill_no": "YT-EVIL", "order_id": "SO-EVIL", "courier": evil, "stage": "in_transit", "location": evil,
            "last_update_at": "2026-01-01 10:00",
        }),
    ]  # fmt: skip
    report = shop.import_rows(parts_of(app).runtime, rows)
    wang = browse("wang")
    pages = [wang.get("/start/p10_courier_query?order_id=SO-EVIL"), wang.get("/start/p07_delivery?order_id=SO-EVIL")]
    case = wang.start_inquiry(order_id="SO-EVIL", waybill_no="YT-EVIL", courier=evil, shop=evil)
    pages += [wang.get(f"/cases/{case}"), wang.get(f"/tasks/{wang.open_task(case)}"), wang.get("/inbox")]
    assert report.orders + report.parcels + len(report.problems) >= 2
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_what_an_element_is_called_is_printed_and_not_run(browse: Callable[[str], Browser], app: Flask) -> None:
    deployed = parts_of(app).definitions.latest("p10_courier_query")
    evil = deployed.xml.replace("核实物流".encode(), b"&lt;script&gt;alert(1)&lt;/script&gt;")
    evil = re.sub(rb'(<bpmn:userTask id="\w+" name=")', rb"\1&lt;img src=x onerror=alert(1)&gt;", evil)
    assert evil != deployed.xml
    parts_of(app).definitions.deploy({"processes/service/p10_courier_query.bpmn": evil}, SYSTEM)
    wang = browse("wang")
    case = wang.start_inquiry()
    paths = ("/inbox", f"/cases/{case}", f"/cases/{case}/live", f"/tasks/{wang.open_task(case)}")
    for text in [*(wang.get(path).text for path in paths), browse("zheng").get(f"/audit/{case}").text]:
        assert "onerror" in text
        assert "<img src=x" not in text


def test_the_verdict_of_an_audit_shows_no_personal_data(app: Flask) -> None:
    value = {"after": {"receiver_phone": "13800138000"}, "receiver_name": "张小明"}
    with app.test_request_context():
        shown = app.jinja_env.from_string("{{ event.value | masked | value }}").render(
            event=Event(kind="variables.changed", value=value)
        )
    assert "13800138000" not in shown
    assert "张小明" not in shown
    verdict = app.jinja_env.get_template("audit/_verdict.html").filename
    assert verdict is not None
    with open(verdict, encoding="utf-8") as template:
        assert not re.search(r"(?:recorded|executed)\.value \| value", template.read())
    assert audit.bp.name == "audit"


def test_who_must_not_do_a_task_is_told_why(app: Flask, browse: Callable[[str], Browser]) -> None:
    with parts_of(app).db.begin() as tx:
        accounts.set_groups(tx, "qian", ["finance", "presales"])
    qian = browse("qian")
    case, task = payout_of(app, "qian")
    page = qian.get(f"/tasks/{task}")
    assert page.status_code == 200
    for path in (f"/tasks/{task}/claim", f"/tasks/{task}"):
        answer = qian.post(path, {"paid": "true"})
        assert answer.status_code == 403, path
        assert "申请、审批、打款分离" in answer.text
    assert browse("lin").post(f"/tasks/{task}/claim").status_code == 404, "who is not concerned learns nothing"
    assert case


def payout_of(app: Flask, person: str) -> tuple[str, int]:
    """A payout that the person asked for, and finance's task in it."""
    parts = parts_of(app)
    actor = accounts.get(parts.db, person).actor
    asked = {"payout_kind": "refund", "payout_amount": 20, "pay_method": "original", "order_id": "SO-1001"}
    asked |= {"customer_id": "C-8812", "refund_reason": "丢件", "channel": "marketplace"}
    deployed = parts.definitions.latest("s02_payout")
    with parts.db.begin() as tx:
        cascade = parts.runtime.cascade(tx, actor, parts.clock.now())
        row = cascade.start(deployed, asked)
        cascade.finish()
    parts.worker.drain()
    tasks = parts.queries.case(row.case_id, accounts.get(parts.db, "chen").actor).tasks
    (task,) = [task.id for task in tasks if task.status == "open"]
    return row.case_id, task


def test_passwords_leave_no_trace_in_pages(browse: Callable[[str], Browser], app: Flask) -> None:
    answer = app.test_client().post("/login", data={"user_id": "wang", "password": "hunter2hunter2"})
    assert "hunter2" not in answer.text
    answer = browse("admin").post("/admin/users", {"user_id": "X", "name": "", "password": PASSWORD})
    assert PASSWORD not in answer.text


def test_a_message_that_could_not_leave_is_sent_again_from_the_page(
    app: Flask, browse: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    wang, parts = browse("wang"), parts_of(app)
    case = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(case)}", STALLED)

    def down(_: object) -> None:
        raise JobFailed("the bridge is down")

    monkeypatch.setattr(parts.worker._runner._deliveries, "_deliver", down)
    for _ in range(10):
        parts.worker.drain()
        clock.advance(timedelta(hours=6))
    chen = browse("chen")
    released = re.findall(rf'action="(/cases/{case}/incidents/-\d+)"', chen.get(f"/cases/{case}").text)
    assert released
    for path in released:
        assert wang.post(path).status_code == 404
        assert chen.post(path).status_code == 303, path
    monkeypatch.undo()
    parts.worker.drain()
    assert "the bridge is down" not in chen.get(f"/cases/{case}").text
