"""Comments, inquiries, exceptions and promises as people meet them on the pages, scripts switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engine import accounts
from engine.clock import VirtualClock
from engine.masking import mask_within
from engine.model import SYSTEM
from tests.web.browser import STALLED, Browser
from web import parts_of
from web.typed_times import typed

Browse = Callable[[str], Browser]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry()


def texts(page: str, mark: str) -> list[str]:
    """What stands in the elements of a test mark, tags left out."""
    found = re.findall(rf'<(\w+)[^>]*data-test="{mark}"[^>]*>(.*?)</\1>', page, re.S)
    return [re.sub(r"<[^>]+>|\s+", " ", inside).strip() for _, inside in found]


def sent_out(app: Flask, text: str) -> int:
    """How often a text is in the outbox."""
    with parts_of(app).db.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE text = ?", (text,)).scalar() or 0)


def hours_on(clock: VirtualClock, hours: float) -> str:
    return typed(clock.now() + timedelta(hours=hours))


# --- comments -----------------------------------------------------------------------------------


def test_a_comment_stands_on_the_case_and_on_its_task(browse: Browse, case: str) -> None:
    wang = browse("wang")
    answer = wang.post(f"/cases/{case}/comments", {"text": "买家很急,@孙美 请看", "next": f"/cases/{case}"})
    assert (answer.status_code, answer.location) == (303, f"/cases/{case}#comments")
    for path in (f"/cases/{case}", f"/tasks/{wang.open_task(case)}"):
        page = browse("sun").get(path)
        assert "买家很急,@孙美 请看" in page.text, path
    assert "王立新在工单" in browse("sun").get("/notifications").text


def test_markup_in_a_comment_is_text(browse: Browse, case: str) -> None:
    wang = browse("wang")
    wang.post(f"/cases/{case}/comments", {"text": "<script>alert(1)</script>{{ 7*7 }}"})
    page = wang.get(f"/cases/{case}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


def test_what_cannot_be_kept_comes_back_as_it_was_typed(browse: Browse, case: str) -> None:
    wang = browse("wang")
    for headers in ({}, HTMX):
        answer = wang.post(f"/cases/{case}/comments", {"text": "@仓库小赵 有货吗"}, headers=headers)
        assert answer.status_code == 422
        assert "看不到这个工单" in answer.text
        assert "@仓库小赵 有货吗</textarea>" in answer.text
    assert "<html" in wang.post(f"/cases/{case}/comments", {"text": ""}).text
    assert "<html" not in wang.post(f"/cases/{case}/comments", {"text": ""}, headers=HTMX).text


def test_the_list_is_polled_with_its_tag(browse: Browse, case: str) -> None:
    sun = browse("sun")
    first = sun.get(f"/cases/{case}/comments", headers=HTMX)
    tag = {**HTMX, "If-None-Match": first.headers["ETag"]}
    assert sun.get(f"/cases/{case}/comments", headers=tag).status_code == 304
    browse("wang").post(f"/cases/{case}/comments", {"text": "新的"})
    assert "新的" in sun.get(f"/cases/{case}/comments", headers=tag).text


def test_the_own_comment_is_withdrawn_for_five_minutes(browse: Browse, case: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    wang.post(f"/cases/{case}/comments", {"text": "写错了"})
    (number,) = re.findall(r'id="comment-(\d+)"', wang.get(f"/cases/{case}").text)
    assert 'data-test="comment-withdraw"' not in browse("sun").get(f"/cases/{case}").text
    assert browse("sun").post(f"/cases/{case}/comments/{number}/withdrawal").status_code == 404
    clock.advance(timedelta(minutes=6))
    assert 'data-test="comment-withdraw"' not in wang.get(f"/cases/{case}").text
    assert wang.post(f"/cases/{case}/comments/{number}/withdrawal").status_code == 422


def test_names_are_offered_to_who_types_an_at(browse: Browse, case: str) -> None:
    offered = browse("wang").get(f"/cases/{case}/people?q=孙").text
    assert 'data-say="孙美"' in offered
    assert "仓库" not in browse("wang").get(f"/cases/{case}/people?q=仓库").text
    assert browse("cang").get(f"/cases/{case}/people?q=孙").status_code == 404


def test_auditors_read_and_do_not_write(browse: Browse, case: str) -> None:
    browse("wang").post(f"/cases/{case}/comments", {"text": "给审计看"})
    page = browse("zheng").get(f"/cases/{case}").text
    assert "给审计看" in page
    assert 'data-test="comment-form"' not in page
    assert browse("zheng").post(f"/cases/{case}/comments", {"text": "我也写"}).status_code == 404


def test_the_history_shows_comments_with_numbers_masked(browse: Browse, case: str) -> None:
    text = "买家新号码 13912345678"
    browse("wang").post(f"/cases/{case}/comments", {"text": text})
    for page in (browse("wang").get(f"/cases/{case}").text, browse("zheng").get(f"/audit/{case}").text):
        assert mask_within(text) in page
        assert "13912345678" not in page


# --- inquiries ----------------------------------------------------------------------------------


def ask(browser: Browser, case: str, clock: VirtualClock, **changed: str) -> int:
    data = {"to": "group:warehouse", "question": "是哪一批的货?", "promised_at": hours_on(clock, 20)} | changed
    answer = browser.post(f"/cases/{case}/inquiries", data)
    assert answer.status_code == 303, texts(answer.text, "problem")
    return int(answer.location.rsplit("/", 1)[-1])


def test_the_asked_answer_without_seeing_the_case(browse: Browse, case: str, clock: VirtualClock) -> None:
    wang, cang = browse("wang"), browse("cang")
    number = ask(wang, case, clock, context="四件套一件")
    assert "是哪一批的货?" in cang.get("/inquiries").text
    page = cang.get(f"/inquiries/{number}").text
    assert "四件套一件" in page
    assert f"/cases/{case}" not in page
    assert cang.get(f"/cases/{case}").status_code == 404
    assert cang.post(f"/inquiries/{number}/answer", {"answer": " "}).status_code == 422
    assert cang.post(f"/inquiries/{number}/answer", {"answer": "A 批"}).status_code == 303
    again = cang.post(f"/inquiries/{number}/answer", {"answer": "B 批"})
    assert again.status_code == 409
    assert "B 批" not in wang.get(f"/inquiries/{number}").text
    assert "A 批" in wang.get(f"/cases/{case}").text
    assert "答复了您在工单" in wang.get("/notifications?unread=1").text
    assert browse("lin").get(f"/inquiries/{number}").status_code == 404


def options(page: str) -> dict[str, str]:
    """Whom the form lets ask: value → words; without those that cannot be chosen."""
    return {value: said for value, state, said in re.findall(r'<option value="([^"]+)"([^>]*)>([^<]*)<', page)
            if "disabled" not in state}  # fmt: skip


def test_couriers_are_asked_about_their_own_parcels_only(
    app: Flask, browse: Browse, case: str, clock: VirtualClock
) -> None:
    wang, admin = browse("wang"), browse("admin")
    admin.post("/admin/users/kuai/couriers", {"couriers": "圆通"})
    with parts_of(app).db.begin() as tx:
        accounts.add(tx, "zhong", "中通小李", "correct horse", ["courier"])
        accounts.set_couriers(tx, "zhong", ["中通"])
    known = options(wang.get(f"/cases/{case}/inquiries").text)
    assert known["group:courier"] == "快递(圆通)"
    assert ("person:kuai" in known, "person:zhong" in known) == (True, False)
    number = ask(wang, case, clock, to="group:courier", question="包裹到哪里了?")
    page = wang.get(f"/inquiries/{number}").text
    assert "快递(圆通)" in page
    assert "包裹到哪里了?" in browse("kuai").get("/inquiries").text
    assert "包裹到哪里了?" not in browse("zhong").get("/inquiries").text
    assert "请您核实" not in browse("zhong").get("/notifications").text
    assert browse("zhong").get(f"/inquiries/{number}").status_code == 404
    assert browse("zhong").post(f"/inquiries/{number}/answer", {"answer": "我猜的"}).status_code == 404
    kuai = browse("kuai")
    assert kuai.post(f"/inquiries/{number}/answer", {"answer": "到杭州了"}).status_code == 303
    refused = wang.post(f"/cases/{case}/inquiries", {"to": "person:zhong", "question": "?", "context": "留着"})
    assert refused.status_code == 422
    assert "中通小李不负责“圆通”的包裹" in refused.text
    assert "留着" in refused.text


def test_without_a_courier_the_form_says_so_in_both_languages(
    app: Flask, browse: Browse, case: str, clock: VirtualClock
) -> None:
    wang = browse("wang")
    with parts_of(app).db.begin() as tx:
        for table in ("shop_order", "parcel"):
            tx.connection.exec_driver_sql(f"UPDATE {table} SET courier = NULL")
        tx.connection.exec_driver_sql("UPDATE process_instance SET variables = x'7b7d'")
    form = wang.get(f"/cases/{case}/inquiries")
    assert "工单没有快递公司" in form.text
    assert "group:courier" not in options(form.text)
    asked = {"to": "group:courier", "question": "在哪里?", "promised_at": hours_on(clock, 20)}
    refused = wang.post(f"/cases/{case}/inquiries", asked)
    assert refused.status_code == 422
    assert "这个工单没有快递公司,不能向快递核实" in refused.text
    assert "在哪里?" in refused.text
    wang.post("/preferences", {"lang": "en", "next": "/inbox"})
    english = wang.post(f"/cases/{case}/inquiries", asked).text
    assert "The case names no courier company." in english
    assert "工单没有快递公司" not in english


def test_a_wrong_question_keeps_what_was_typed(browse: Browse, case: str) -> None:
    wrong = {"to": "", "question": "是哪一批的货?", "context": "情况", "promised_at": "不知道"}
    answer = browse("wang").post(f"/cases/{case}/inquiries", wrong)
    assert answer.status_code == 422
    for kept in ("是哪一批的货?", "情况", "2026-01-05 15:40 的样子"):
        assert kept in answer.text


def test_the_question_promises_the_customer_a_time(browse: Browse, case: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    ask(wang, case, clock, tell="1")
    assert texts(wang.get(f"/cases/{case}").text, "promise-told")


# --- exceptions ---------------------------------------------------------------------------------


def test_an_exception_reaches_the_supervisor_and_comes_back(browse: Browse, case: str) -> None:
    wang, chen = browse("wang"), browse("chen")
    task = wang.open_task(case)
    assert 'data-test="task-exception"' in wang.get(f"/tasks/{task}").text
    assert wang.post(f"/cases/{case}/exceptions", {"text": ""}).status_code == 422
    made = wang.post(f"/cases/{case}/exceptions", {"text": "买家要曝光", "task": str(task)})
    number = made.location.rsplit("/", 1)[-1]
    assert "买家要曝光" in chen.get("/exceptions").text
    assert "买家要曝光" in wang.get("/exceptions").text
    assert "买家要曝光" not in browse("lin").get("/exceptions").text
    assert wang.post(f"/exceptions/{number}/acknowledgement", {"answer": "好"}).status_code == 404
    assert chen.post(f"/exceptions/{number}/acknowledgement", {"answer": ""}).status_code == 422
    assert chen.post(f"/exceptions/{number}/acknowledgement", {"answer": "我来打电话"}).status_code == 303
    assert browse("zhao").post(f"/exceptions/{number}/acknowledgement", {"answer": "我也来"}).status_code == 409
    assert "我来打电话" in wang.get(f"/cases/{case}").text
    assert browse("lin").get(f"/exceptions/{number}").status_code == 404


# --- promises -----------------------------------------------------------------------------------


def test_a_promise_is_previewed_then_sent_once(browse: Browse, case: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    form = {"promised_at": hours_on(clock, 5), "_submission_key": "abc"}
    shown = wang.post(f"/cases/{case}/promise", {**form, "what": "preview"})
    (letter,) = re.findall(r'data-test="letter".*?<p>(.*?)</p>', shown.text, re.S)
    assert "2026-01-02 14:00" in letter
    for _ in range(2):
        assert wang.post(f"/cases/{case}/promise", {**form, "what": "send"}).status_code == 303
    page = wang.get(f"/cases/{case}?tab=messages").text
    assert letter in page
    assert texts(page, "promise-told")
    assert sent_out(wang.app, letter) == 1


@pytest.mark.parametrize("typed_at", ["", "明天", "2020-01-01T00:00", "9999-12-31T23:59", "2026-13-01T00:00"])
def test_a_time_that_cannot_be_promised_is_said(browse: Browse, case: str, typed_at: str) -> None:
    answer = browse("wang").post(f"/cases/{case}/promise", {"promised_at": typed_at, "what": "send"})
    assert answer.status_code == 422
    assert texts(answer.text, "problem")


def test_a_change_asks_for_a_reason(browse: Browse, case: str, clock: VirtualClock) -> None:
    wang = browse("wang")
    wang.post(f"/cases/{case}/promise", {"promised_at": hours_on(clock, 5), "what": "quiet"})
    later = {"promised_at": hours_on(clock, 8), "reason": "", "what": "preview"}
    answer = wang.post(f"/cases/{case}/promise", later)
    assert answer.status_code == 422
    assert "改期原因" in texts(answer.text, "problem")[0]
    assert later["promised_at"] in answer.text
    assert wang.post(f"/cases/{case}/promise", {**later, "reason": "仓库盘点", "what": "send"}).status_code == 303
    assert "仓库盘点" in wang.get(f"/cases/{case}").text


def test_the_default_promise_asks_to_be_confirmed(browse: Browse, case: str, app: Flask) -> None:
    wang = browse("wang")
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    parts_of(app).worker.drain()
    page = wang.get(f"/cases/{case}").text
    assert texts(page, "promise-untold")
    assert "按下一任务的截止时间自动填写" in page
    shown = wang.get(f"/cases/{case}/promise").text
    (at,) = re.findall(r'name="promised_at" value="([^"]+)"', shown)
    confirmed = wang.post(f"/cases/{case}/promise", {"promised_at": at, "what": "send"})
    assert confirmed.status_code == 303, texts(confirmed.text, "problem")
    assert texts(wang.get(f"/cases/{case}").text, "promise-told")


def test_progress_is_told_with_a_ready_text_that_may_be_changed(browse: Browse, case: str) -> None:
    wang = browse("wang")
    ready = wang.get(f"/cases/{case}/progress-message").text
    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", ready, re.S)
    assert "一直在跟进" in text
    assert wang.post(f"/cases/{case}/progress-message", {"text": ""}).status_code == 422
    sent = {"text": "亲,快递已找到包裹。", "_submission_key": "k"}
    for _ in range(2):
        assert wang.post(f"/cases/{case}/progress-message", sent).status_code == 303
    assert "亲,快递已找到包裹。" in wang.get(f"/cases/{case}?tab=messages").text
    assert sent_out(wang.app, "亲,快递已找到包裹。") == 1


def test_banned_phrases_are_not_sent(browse: Browse, case: str) -> None:
    answer = browse("wang").post(f"/cases/{case}/progress-message", {"text": "亲,随便你。"})
    assert answer.status_code == 422
    assert "禁用语:“随便你”" in texts(answer.text, "problem")[0]
    assert "亲,随便你。</textarea>" in answer.text
    assert sent_out(browse("wang").app, "亲,随便你。") == 0


def test_a_promise_in_a_letter_is_confirmed_by_a_tick_and_kept_with_the_case(browse: Browse, case: str) -> None:
    wang, text = browse("wang"), "亲,明天一定给您答复。"
    answer = wang.post(f"/cases/{case}/progress-message", {"text": text, "_submission_key": "k"})
    assert answer.status_code == 422
    assert "“明天”、“一定”" in texts(answer.text, "problem")[0] or "“一定”、“明天”" in texts(answer.text, "problem")[0]
    assert f"{text}</textarea>" in answer.text
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', answer.text)
    assert set(mark.split(",")) == {"明天", "一定"}
    foreign = {"text": "亲,保证明天一定到。", "_promised": mark}
    assert wang.post(f"/cases/{case}/progress-message", foreign).status_code == 422, "the tick is for its own words"
    for _ in range(2):
        ticked = {"text": text, "_submission_key": "k", "_promised": mark}
        assert wang.post(f"/cases/{case}/progress-message", ticked).status_code == 303
    assert sent_out(wang.app, text) == 1
    assert confirmed(wang.app, case) == [{"明天", "一定"}]


def test_words_of_promise_in_the_deployed_text_of_a_promise_are_confirmed_too(browse: Browse, case: str) -> None:
    wang = browse("wang")
    parts = parts_of(wang.app)
    parts.definitions.deploy({"TP1A.txt": "亲,您好!我们保证{promised_at}前答复您。".encode()}, SYSTEM)
    at = {"promised_at": "2026-01-05T18:00", "_submission_key": "k"}
    preview = wang.post(f"/cases/{case}/promise", {**at, "what": "preview"})
    assert preview.status_code == 200
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', preview.text)
    refused = wang.post(f"/cases/{case}/promise", {**at, "what": "send"})
    assert refused.status_code == 422
    assert 'data-test="letter"' in refused.text, "what would go out stays in view"
    assert confirmed(wang.app, case) == []
    assert wang.post(f"/cases/{case}/promise", {**at, "what": "send", "_promised": mark}).status_code == 303
    assert confirmed(wang.app, case) == [{"保证"}]


def test_a_ready_text_without_promises_shows_no_tick(browse: Browse, case: str) -> None:
    wang = browse("wang")
    assert "_promised" not in wang.get(f"/cases/{case}/progress-message").text
    assert wang.post(f"/cases/{case}/progress-message", {"text": "亲,快递已找到包裹。"}).status_code == 303
    assert confirmed(wang.app, case) == []


def confirmed(app: Flask, case_id: str) -> list[set[str]]:
    """The words of promise that people stood by."""
    person = accounts.get(parts_of(app).db, "chen").actor
    events = parts_of(app).queries.events(case_id, person, after=None, limit=200)
    return [set(event.value["phrases"]) for event in events if event.kind == "wording.confirmed"]
