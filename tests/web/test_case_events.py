"""登记事件: the case page offers what it waits for; a small form takes it, once, from whoever may."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from engine import accounts, canonical
from engine.model import SYSTEM
from engine.store.tables import attachment, process_instance
from tests.engine.evidence import JPG
from tests.engine.support import UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing, properties
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]
#: What the case of the fixture is owed.
DUE = 30
PAID = {"amount": "30", "payment_no": "P1", "_submission_key": "k1"}


def deploy(app: Flask, drawing: Drawing) -> None:
    """Deploy a small process without forms of its own."""
    parts = parts_of(app)
    files = {f"{drawing.process_id}.bpmn": drawing.xml()}
    for form in re.findall(r'formId="([^"]+)"', " ".join(drawing.lines)):
        files[f"{form}.form"] = json.dumps({"id": form, "type": "default", "components": []}).encode()
    UncheckedDefinitions(parts.db, parts.clock).deploy(files, SYSTEM)


def waiting(app: Flask, message: str = "msg_payment_received", key: str = "=case_id", **variables: object) -> str:
    """A case of wang's that waits for a message; gives its id."""
    drawing = Drawing("s04_price_difference").start().user("ask").catch("ev_paid", message=message, key=key)
    deploy(app, drawing.user("pack", "warehouse").end().flow("start", "ask", "ev_paid", "pack", "end"))
    runtime = parts_of(app).runtime
    case_id = runtime.start("s04_price_difference", variables, SYSTEM).case_id
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(process_instance.update().values(owner="wang"))
    wang = Browser(app, "wang")
    assert wang.post(f"/tasks/{wang.open_task(case_id)}").status_code == 303
    return case_id


@pytest.fixture
def case_id(app: Flask) -> str:
    return waiting(app, price_difference=Decimal(DUE), order_id="SO-1001", customer_id="C-8812")


def event_of(page: str) -> str:
    """Address of the one event that a case's page offers."""
    (found,) = re.findall(r'href="([^"]+)" data-test="register-event"', page)
    return str(found)


def variables(app: Flask, case_id: str) -> dict[str, object]:
    with parts_of(app).db.read() as connection:
        found = connection.execute(
            process_instance.select()
            .with_only_columns(process_instance.c.variables)
            .where(process_instance.c.case_id == case_id)
        ).scalar_one()
    return dict(canonical.decode(found))


def test_a_payment_is_registered_and_the_case_goes_on(app: Flask, browse: Browse, case_id: str) -> None:
    wang = browse("wang")
    page = wang.get(f"/cases/{case_id}").text
    assert "登记事件:ev_paid!" in page
    address = event_of(page)
    form = wang.get(address).text
    assert 'name="amount"' in form
    assert 'value="30"' in form, "the amount due is filled in"
    answer = wang.post(address, PAID)
    assert (answer.status_code, answer.location) == (303, f"/cases/{case_id}")
    page = wang.get(answer.location).text
    assert "已登记「ev_paid!」" in page
    assert "register-event" not in page
    assert "登记事件" in page, "it stands in the timeline"
    assert variables(app, case_id)["payment_received"] == {"amount": DUE, "payment_no": "P1"}


def test_a_double_click_is_one_event_and_a_stale_page_says_so(app: Flask, browse: Browse, case_id: str) -> None:
    wang, sun = browse("wang"), browse("sun")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert [wang.post(address, PAID).status_code for _ in range(2)] == [303, 303]
    changed = wang.post(address, PAID | {"payment_no": "P2"})
    assert changed.status_code == 409
    assert "已不再等待这个事件" in changed.text
    stale = sun.post(address, PAID)
    assert stale.status_code == 409
    assert sun.get(address).status_code == 409
    assert sun.post(f"{address}/fields", PAID).status_code == 409
    assert variables(app, case_id)["payment_received"] == {"amount": DUE, "payment_no": "P1"}


def test_of_two_people_at_once_one_is_told_that_it_was_too_late(app: Flask, browse: Browse, case_id: str) -> None:
    address = event_of(browse("wang").get(f"/cases/{case_id}").text)
    people = [Browser(app, "wang"), Browser(app, "chen")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one.post(address, PAID).status_code, people))
    assert sorted(answers) == [303, 409]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"amount": "29.99", "payment_no": "P1"}, "少于应收金额"),
        ({"amount": "", "payment_no": "P1"}, "实收金额"),
        ({"amount": "30", "payment_no": ""}, "支付流水号"),
        ({"amount": "三十", "payment_no": "P1"}, "实收金额"),
        ({"amount": "30", "payment_no": "x" * 65}, "支付流水号"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_happens(
    app: Flask, browse: Browse, case_id: str, fields: dict[str, str], problem: str
) -> None:
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    answer = wang.post(address, fields)
    assert answer.status_code == 422
    assert problem in answer.text
    assert "payment_received" not in variables(app, case_id)
    assert wang.post(f"{address}/fields", fields).status_code == 200


@pytest.mark.parametrize("person", ["lin", "cang", "qian", "kuai", "zheng", "zhou", "admin"])
def test_whom_it_does_not_concern_sees_no_event_and_reaches_none(
    app: Flask, browse: Browse, case_id: str, person: str
) -> None:
    address = event_of(browse("wang").get(f"/cases/{case_id}").text)
    other = browse(person)
    assert other.get(address).status_code == 404
    assert other.post(address, PAID).status_code == 404
    assert other.post(f"{address}/fields", PAID).status_code == 404
    assert "register-event" not in other.get(f"/cases/{case_id}").text
    assert "payment_received" not in variables(app, case_id)


@pytest.mark.parametrize("person", ["wang", "sun", "chen", "zhao"])
def test_customer_service_and_its_heads_may(app: Flask, browse: Browse, case_id: str, person: str) -> None:
    address = event_of(browse(person).get(f"/cases/{case_id}").text)
    assert browse(person).post(address, PAID).status_code == 303


def test_forged_addresses_are_not_found(app: Flask, browse: Browse, case_id: str) -> None:
    other = waiting(app)
    wang = browse("wang")
    event = event_of(wang.get(f"/cases/{case_id}").text).rsplit("/", 1)[-1]
    for address in (f"/cases/{other}/events/{event}", f"/cases/999/events/{event}", f"/cases/{case_id}/events/5"):
        assert wang.post(address, PAID).status_code == 404
        assert wang.get(address).status_code == 404
    assert wang.get(f"/cases/{case_id}/events/{int(event) + 1}").status_code == 409


def test_without_a_token_nothing_is_registered(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    case_id = waiting(app)
    address = event_of(Browser(app, "wang").get(f"/cases/{case_id}").text)
    guarded = make_app(WTF_CSRF_ENABLED=True)
    assert Browser(guarded, "wang").post(address, PAID).status_code == 400
    assert "payment_received" not in variables(app, case_id)


def test_a_ruling_asks_for_what_it_needs(app: Flask, browse: Browse) -> None:
    case_id = waiting(app, "msg_platform_ruling")
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert wang.post(address, {"ruling": "customer_wins"}).status_code == 422
    without = {"ruling": "split", "ruling_measure": "compensation", "ruling_amount": "0"}
    assert wang.post(address, without).status_code == 422
    assert wang.post(address, without | {"ruling_amount": "50"}).status_code == 303
    told = {"ruling": "split", "ruling_measure": "compensation", "ruling_amount": 50}
    assert variables(app, case_id)["platform_ruling"] == told


def test_the_seller_wins_without_more(app: Flask, browse: Browse) -> None:
    case_id = waiting(app, "msg_platform_ruling")
    address = event_of(browse("wang").get(f"/cases/{case_id}").text)
    forged = {"ruling": "seller_wins", "ruling_measure": "compensation", "ruling_amount": "999"}
    assert browse("wang").post(address, forged).status_code == 303
    ruling = variables(app, case_id)["platform_ruling"]
    assert isinstance(ruling, dict)
    assert (ruling["ruling"], ruling.get("ruling_measure"), ruling.get("ruling_amount")) == ("seller_wins", None, None)


def test_news_of_a_parcel_reach_the_shops_table_and_all_who_wait(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    case_id = wang.start_inquiry()
    stalled = {
        "hours_since_update": "30",
        "last_location": "杭州",
        "stuck_in_region": "false",
        "customer_urges": "true",
    }
    wang.post(f"/tasks/{wang.open_task(case_id)}", stalled)
    parts_of(app).worker.drain()
    address = event_of(wang.get(f"/cases/{case_id}").text)
    news = {"stage": "delivering", "location": "杭州", "updated_at": "2026-01-02T08:30"}
    later = wang.post(address, news | {"updated_at": "2026-01-09T08:30"})
    assert later.status_code == 422
    older = wang.post(address, news | {"updated_at": "2025-12-01T08:30"})
    assert older.status_code == 422
    assert "已有更晚的物流信息" in older.text
    assert wang.post(address, news).status_code == 303
    known = parts_of(app).queries.parcel_facts("YT1")
    assert known is not None
    assert known["stage"] == "delivering"
    assert "register-event" not in wang.get(f"/cases/{case_id}").text


def test_a_queue_is_worked_off_in_its_order(app: Flask, browse: Browse) -> None:
    drawing = Drawing("p11_test").start().user("issue", "finance", properties(queue="=queue_no")).end()
    deploy(app, drawing.flow("start", "issue", "end"))
    first, second = (parts_of(app).runtime.start("p11_test", {"queue_no": Decimal(n)}, SYSTEM).case_id for n in (1, 2))
    qian = browse("qian")
    page = qian.get(f"/tasks/{qian.open_task(second)}").text
    assert "排队号 2" in page
    assert f"工单 {first}</a>(排队号 1)还没有办完。" in page
    answer = qian.post(f"/tasks/{qian.open_task(second)}/claim")
    assert answer.status_code == 409
    assert f"请按顺序办理:工单 {first}(排队号 1)还没有办完。" in answer.text
    assert qian.post(f"/tasks/{qian.open_task(second)}").status_code == 409
    for case_id in (first, second):
        assert qian.post(f"/tasks/{qian.open_task(case_id)}").status_code == 303


# --- what was typed and not sent -----------------------------------------------------------------


def test_what_was_typed_stands_in_the_form_when_one_comes_back(browse: Browse, case_id: str) -> None:
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert wang.get("/inbox").text.count('data-test="inbox-drafts"') == 0
    assert wang.post(f"{address}/draft?quiet=1", {"amount": "12.5", "payment_no": "P7"}).json["number"] == 1
    form = wang.get(address).text
    assert 'value="12.5"' in form
    assert 'data-test="draft-restored"' in form
    assert 'aria-invalid="true"' not in form
    listed = wang.get("/drafts").text
    assert "登记「ev_paid!」" in listed
    assert f'href="{address}"' in listed
    assert re.search(r'data-test="inbox-drafts"><span>我的草稿</span><span class="count">1<', wang.get("/inbox").text)
    assert re.search(r'data-test="my-drafts">我的草稿 <span class="count">1<', listed)
    assert "P7" not in browse("sun").get(address).text, "a draft is its author's alone"


def test_a_draft_goes_with_its_registration_and_does_not_come_back(browse: Browse, case_id: str) -> None:
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    wang.post(f"{address}/draft?quiet=1", {"payment_no": "P7"})
    assert wang.post(address, PAID).status_code == 303
    assert "没有草稿" in wang.get("/drafts").text
    assert wang.post(f"{address}/draft?quiet=1", {"payment_no": "P8"}).status_code == 409
    assert "没有草稿" in wang.get("/drafts").text


def test_what_was_typed_can_be_read_when_somebody_else_was_faster(browse: Browse, case_id: str) -> None:
    wang, sun = browse("wang"), browse("sun")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    wang.post(f"{address}/draft?quiet=1", {"payment_no": "P7"})
    assert sun.post(address, PAID).status_code == 303
    assert "已不能提交" in wang.get("/drafts").text
    answer = wang.get(address)
    assert answer.status_code == 409
    assert "P7" in answer.text
    assert "已不再等待" in answer.text
    assert browse("sun").get(address).status_code == 409
    assert "P7" not in browse("sun").get(address).text
    assert wang.post(f"{address}/draft/discard").location == f"/cases/{case_id}"
    assert "没有草稿" in wang.get("/drafts").text


def test_a_wrong_form_is_kept_and_a_discarded_draft_is_gone(browse: Browse, case_id: str) -> None:
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert wang.post(address, {**PAID, "amount": "29"}).status_code == 422
    assert 'value="29"' in wang.get(address).text
    assert wang.post(f"{address}/draft/discard").location == address
    assert 'value="29"' not in wang.get(address).text


# --- words that a customer will read -------------------------------------------------------------


def test_words_to_customers_are_judged_and_a_promise_is_recorded_with_the_event(
    app: Flask, browse: Browse, case_id: str
) -> None:
    """The payment's number stands in a message to the buyer."""
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    banned = wang.post(address, {**PAID, "payment_no": "我不知道"})
    assert banned.status_code == 422
    assert "“不知道”不能对客户说" in banned.text
    promised = wang.post(address, {**PAID, "payment_no": "明天补"})
    assert promised.status_code == 422
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', promised.text)
    assert mark == "明天"
    assert wang.post(address, {**PAID, "payment_no": "明天补", "_promised": mark}).status_code == 303
    events = parts_of(app).queries.events(case_id, accounts.get(parts_of(app).db, "wang").actor, after=None, limit=200)
    confirmed = [event for event in events if event.kind == "wording.confirmed"]
    registered = [event for event in events if event.kind == "event.registered"]
    assert [event.value["phrases"] for event in confirmed] == [["明天"]]
    assert confirmed[0].actor == "wang"
    assert len(registered) == 1


def test_a_confirmation_is_not_kept_when_the_event_is_refused(app: Flask, browse: Browse, case_id: str) -> None:
    wang, sun = browse("wang"), browse("sun")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert sun.post(address, PAID).status_code == 303
    answer = wang.post(address, {**PAID, "payment_no": "明天补", "_promised": "明天", "_submission_key": "k2"})
    assert answer.status_code == 409
    events = parts_of(app).queries.events(case_id, accounts.get(parts_of(app).db, "wang").actor, after=None, limit=200)
    assert "wording.confirmed" not in [event.kind for event in events]


def evidence_case(app: Flask) -> str:
    """A case of wang's that waits for the buyer's pictures."""
    drawing = Drawing("a09_refund_request").start().user("ask")
    drawing = drawing.catch("await", message="buyer_evidence_uploaded", key="=case_id")
    deploy(app, drawing.user("pack", "warehouse").end().flow("start", "ask", "await", "pack", "end"))
    case_id = parts_of(app).runtime.start("a09_refund_request", {"customer_id": "C-8812"}, SYSTEM).case_id
    with parts_of(app).db.begin() as tx:
        tx.connection.execute(process_instance.update().values(owner="wang"))
    wang = Browser(app, "wang")
    assert wang.post(f"/tasks/{wang.open_task(case_id)}").status_code == 303
    return case_id


def test_pictures_come_with_an_event_and_are_the_cases_own(app: Flask, browse: Browse) -> None:
    case_id = evidence_case(app)
    wang = browse("wang")
    address = event_of(wang.get(f"/cases/{case_id}").text)
    assert 'enctype="multipart/form-data"' in wang.get(address).text
    key = "e" * 32
    without = wang.post(address, {"_submission_key": key})
    assert without.status_code == 422
    parts = {"_submission_key": key, "evidence": (io.BytesIO(JPG), "瑕疵.jpg")}
    answer = wang.post(address, parts, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    (file,) = variables(app, case_id)["buyer_evidence_uploaded"]["evidence"]
    assert file["name"] == "瑕疵.jpg"
    with parts_of(app).db.read() as connection:
        kept = connection.execute(select(attachment.c.case_id, attachment.c.id)).all()
    assert [tuple(row) for row in kept] == [(case_id, file["id"])]


def test_a_picture_of_another_case_is_no_evidence(app: Flask, browse: Browse) -> None:
    case_id = evidence_case(app)
    sun, wang = browse("sun"), browse("wang")
    sent = {"file": (io.BytesIO(JPG), "a.jpg"), "key": "evidence"}
    foreign = sun.post("/files", sent, content_type="multipart/form-data").json["id"]
    address = event_of(wang.get(f"/cases/{case_id}").text)
    refused = wang.post(address, {"_submission_key": "f" * 32, "evidence": foreign})
    assert refused.status_code == 422
    assert variables(app, case_id).get("buyer_evidence_uploaded") is None
