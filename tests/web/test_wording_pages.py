"""Word lists on the pages, and forms whose words customers will read: banned blocks, promised is confirmed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from engine import accounts, wording
from engine.errors import StorageUnavailable
from engine.queries.spoken import spoken_fields, spoken_names
from engine.store.writes import Writes
from tests.web.browser import INQUIRY, STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]


@pytest.fixture
def courier(browse: Browse) -> tuple[Browser, str, int]:
    """Wang before the task whose courier_reply goes into T10D."""
    wang = browse("wang")
    case = wang.start_inquiry()
    wang.post(f"/tasks/{wang.open_task(case)}", STALLED)
    task = wang.open_task(case)
    wang.post(f"/tasks/{task}/claim")
    return wang, case, task


def answers(**changed: str) -> dict[str, str]:
    return {"stall_cause": "weather", "courier_reply": "正在转运", "confirmed_lost": "false", **changed}


def kinds(app: Flask, case: str) -> list[str]:
    actor = accounts.get(parts_of(app).db, "chen").actor
    return [event.kind for event in parts_of(app).queries.events(case, actor, after=None, limit=200)]


def test_what_customers_will_read_is_known_from_the_message_texts(app: Flask) -> None:
    definitions = parts_of(app).definitions
    names = spoken_names(definitions.templates())
    assert {"courier_reply", "reply_text"} <= names
    p10 = definitions.latest("p10_courier_query")
    schema = next(form for form_id, form in p10.forms.items() if form_id.endswith("contact_courier"))
    assert "courier_reply" in {key for key, *_ in spoken_fields(schema, names)}


def test_a_banned_phrase_blocks_the_form_until_it_is_changed(app: Flask, courier: tuple[Browser, str, int]) -> None:
    wang, case, task = courier
    answer = wang.post(f"/tasks/{task}", answers(courier_reply="我们也不 知 道"))
    assert answer.status_code == 422
    assert "“不 知 道”不能对客户说" in answer.text
    assert "例如:亲" in answer.text
    assert "我们也不 知 道" in answer.text, "what was typed is kept"
    assert kinds(app, case).count("user_task.completed") == 1
    assert wang.post(f"/tasks/{task}", answers()).status_code == 303


def test_a_promise_is_confirmed_by_a_tick_and_recorded(app: Flask, courier: tuple[Browser, str, int]) -> None:
    wang, case, task = courier
    promise = answers(courier_reply="天气原因,明天保证发出")
    answer = wang.post(f"/tasks/{task}", promise)
    assert answer.status_code == 422
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', answer.text)
    assert set(mark.split(",")) == {"明天", "保证"}
    assert wang.post(f"/tasks/{task}", {**promise, "_promised": "明天"}).status_code == 422
    assert "wording.confirmed" not in kinds(app, case)
    assert wang.post(f"/tasks/{task}", {**promise, "_promised": mark}).status_code == 303
    assert "wording.confirmed" in kinds(app, case)


def test_a_start_form_is_judged_where_customers_will_read_it(app: Flask, browse: Browse) -> None:
    """The courier's name stands in messages to the buyer."""
    wang = browse("wang")
    assert wang.post("/start/p10_courier_query", INQUIRY | {"courier": "我不知道"}).status_code == 422
    answer = wang.post("/start/p10_courier_query", INQUIRY | {"courier": "保证快递"})
    assert answer.status_code == 422
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', answer.text)
    case = wang.start_inquiry(courier="保证快递", _promised=mark)
    assert kinds(app, case).count("wording.confirmed") == 1
    assert "wording.confirmed" not in kinds(app, wang.start_inquiry())


def test_the_record_of_a_promise_is_lost_with_the_completion_only(
    app: Flask, courier: tuple[Browser, str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both stand in one transaction: a disk that fails at its end keeps neither."""
    wang, case, task = courier
    flush = Writes.flush

    def full(self: Writes, tx: object) -> None:
        flush(self, tx)  # type: ignore[arg-type]
        raise StorageUnavailable

    promise = answers(courier_reply="明天发出", _promised="明天")
    with monkeypatch.context() as patched:
        patched.setattr(Writes, "flush", full)
        assert wang.post(f"/tasks/{task}", promise).status_code == 503
    assert kinds(app, case).count("user_task.completed") == 1
    assert "wording.confirmed" not in kinds(app, case)
    assert wang.post(f"/tasks/{task}", promise).status_code == 303
    assert kinds(app, case).count("wording.confirmed") == 1
    assert wang.post(f"/tasks/{task}", {**promise, "_submission_key": "x"}).status_code == 409
    assert kinds(app, case).count("wording.confirmed") == 1


def test_what_no_customer_reads_is_not_judged(app: Flask, browse: Browse) -> None:
    wang = browse("wang")
    assert wang.start_inquiry(description="客户骂人:随便你,不归我管")


# --- the lists -----------------------------------------------------------------------------------


def lists(page: str) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name in ("banned", "promises"):
        part = page.partition(f'data-test="{name}"')[2].partition("</table>")[0]
        for column in ("phrase", "reason", "proposal", "exceptions"):
            form[f"{name}_{column}"] = re.findall(f'name="{name}_{column}"[^>]*value="([^"]*)"', part)
        contexts = re.findall(f'name="{name}_context"(.*?)</select>', part, re.S)
        chosen = [re.search(r'value="([^"]*)" selected', one) for one in contexts]
        form[f"{name}_context"] = [found[1] if found else "" for found in chosen]
    form["based_on"] = re.findall(r'name="based_on" value="(\d+)"', page)
    return form


def test_a_process_owner_changes_the_lists_and_nothing_else_is_lost(app: Flask, browse: Browse) -> None:
    zhou = browse("zhou")
    form = lists(zhou.get("/scripts/words").text)
    with parts_of(app).db.read() as connection:
        before = wording.read_words(connection)
    form["banned_phrase"][-1], form["banned_reason"][-1] = "烦死了", "不耐烦"
    assert zhou.post("/scripts/words", {**form, "reason": "常有人说"}).status_code == 303
    with parts_of(app).db.read() as connection:
        after = wording.read_words(connection)
    assert after.banned[:-1] == before.banned
    assert after.banned[-1].phrase == "烦死了"
    assert after.promises == before.promises
    assert zhou.post("/scripts/words", {**form, "reason": "x"}).status_code == 422, "on an old version"


def test_a_wrong_line_comes_back_as_it_was_typed(browse: Browse) -> None:
    zhou = browse("zhou")
    form = lists(zhou.get("/scripts/words").text)
    form["banned_phrase"][-1] = "烦"
    answer = zhou.post("/scripts/words", form)
    assert answer.status_code == 422
    assert "只有一个字" in answer.text
    assert 'value="烦"' in answer.text


def test_a_supervisor_proposes_the_lists_and_a_manager_decides(app: Flask, browse: Browse) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    form = lists(chen.get("/scripts/words").text)
    form["banned_phrase"][-1] = "烦死了"
    assert chen.post("/scripts/words", {**form, "reason": "常有人说"}).location == "/scripts/proposals"
    (key,) = re.findall(r"/scripts/proposals/(\d+)", zhao.get("/scripts/proposals").text)
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 303
    with parts_of(app).db.read() as connection:
        assert wording.check(connection, "烦死了").blocked


def test_a_text_is_tried_out(browse: Browse) -> None:
    page = browse("zheng").get("/scripts/words?try=亲,我不知道,明天一定到").text
    assert "“不知道”不能对客户说" in page
    assert "“一定”是承诺" in page
    assert "可以发" in browse("zheng").get("/scripts/words?try=亲,您好").text
    assert (
        "<script>"
        not in browse("zheng").get("/scripts/words?try=<script>不知道").text.partition('data-test="verdict"')[2]
    )


def test_agents_do_not_see_the_lists(browse: Browse) -> None:
    for person in ("wang", "lin", "cang", "admin"):
        assert browse(person).get("/scripts/words").status_code == 404
    for person in ("wang", "zhao", "zheng"):
        assert browse(person).post("/scripts/words", {}).status_code == 404
