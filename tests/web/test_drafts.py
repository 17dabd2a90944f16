"""Nothing typed is lost: not by a closed page, a wrong form, somebody faster, a restart, or a log-in that ran out."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import BytecodeCache

from engine.clock import VirtualClock
from tests.web.browser import INQUIRY, PASSWORD, STALLED, Browser
from web import create_app, parts_of
from web.sessions import SINCE

Browse = Callable[[str], Browser]
TYPED = {"hours_since_update": "52", "last_location": "杭州中转站"}


@pytest.fixture
def wang(browse: Browse) -> Browser:
    return browse("wang")


@pytest.fixture
def task(wang: Browser) -> int:
    found = wang.open_task(wang.start_inquiry())
    assert wang.post(f"/tasks/{found}/claim").status_code == 303
    return found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def location_in(page: str) -> str:
    found = re.search(r'name="last_location"[^>]*value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


# --- saved as typed ------------------------------------------------------------------------------


def test_what_was_typed_stands_in_the_form_when_one_comes_back(wang: Browser, task: int) -> None:
    answer = wang.post(f"/tasks/{task}/draft?quiet=1&seen=0", TYPED)
    assert answer.json == {"number": 1, "at": "今天 09:00", "elsewhere": False}
    page = wang.get(f"/tasks/{task}").text
    assert location_in(page) == "杭州中转站"
    assert 'data-test="draft-restored"' in page
    assert 'aria-invalid="true"' not in page  # nobody is blamed for what is not finished yet


def test_another_person_never_sees_it(wang: Browser, browse: Browse, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED)
    for person in ("sun", "chen", "zhao", "zheng"):
        assert "杭州中转站" not in browse(person).get(f"/tasks/{task}").text
        assert "杭州中转站" not in browse(person).get("/drafts").text


def test_a_second_window_is_told(wang: Browser, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1&seen=0", TYPED)
    other = wang.post(f"/tasks/{task}/draft?quiet=1&seen=0", TYPED | {"last_location": "上海"})
    assert other.json is not None
    assert (other.json["number"], other.json["elsewhere"]) == (2, True)


def test_a_draft_is_given_up_with_a_button(wang: Browser, task: int) -> None:
    wang.post(f"/tasks/{task}/draft", TYPED)
    assert wang.post(f"/tasks/{task}/draft/discard").location == f"/tasks/{task}"
    page = wang.get(f"/tasks/{task}").text
    assert "杭州中转站" not in page
    assert 'data-test="draft-restored"' not in page


def test_without_scripts_a_button_keeps_it(wang: Browser, task: int) -> None:
    assert 'formaction="/tasks/' in wang.get(f"/tasks/{task}").text
    assert wang.post(f"/tasks/{task}/draft", TYPED).location == f"/tasks/{task}"
    page = wang.get(f"/tasks/{task}").text
    assert "草稿已保存" in page
    assert location_in(page) == "杭州中转站"


def test_fields_that_the_form_does_not_have_are_not_kept(wang: Browser, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED | {"payout_amount": "99999", "_evil": "1"})
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303


def test_markup_in_a_draft_is_printed_and_not_run(wang: Browser, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED | {"last_location": '"><script>alert(1)</script>'})
    assert "<script>alert(1)" not in wang.get(f"/tasks/{task}").text


def test_a_draft_that_is_too_long_is_refused_with_a_sentence(wang: Browser, task: int) -> None:
    answer = wang.post(f"/tasks/{task}/draft?quiet=1", {"last_location": "长" * 100_000})
    assert answer.status_code == 422
    assert answer.json is not None
    assert "太长" in answer.json["error"]


@pytest.mark.parametrize("person", ["cang", "qian", "kuai", "admin", "zhou"])
def test_who_may_not_see_the_task_keeps_nothing_on_it(browse: Browse, task: int, person: str) -> None:
    for path in (f"/tasks/{task}/draft", f"/tasks/{task}/draft?quiet=1", f"/tasks/{task}/draft/discard"):
        assert browse(person).post(path, TYPED).status_code == 404


# --- the form is sent ----------------------------------------------------------------------------


def test_a_form_that_was_taken_leaves_no_draft_and_says_so_to_the_browser(wang: Browser, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED)
    answer = wang.post(f"/tasks/{task}", STALLED)
    assert answer.status_code == 303
    assert f"kefuflow_sent=task:{task}" in answer.headers["Set-Cookie"]
    assert "没有草稿" in wang.get("/drafts").text
    late = wang.post(f"/tasks/{task}/draft?quiet=1", TYPED)  # a page that was slow to close
    assert late.json == {"sent": True, "number": 0}
    assert "没有草稿" in wang.get("/drafts").text


def test_a_wrong_form_is_kept_too_for_who_closes_the_page(wang: Browser, task: int) -> None:
    answer = wang.post(f"/tasks/{task}", STALLED | {"hours_since_update": "-3", "last_location": "杭州中转站"})
    assert answer.status_code == 422
    assert "data-draft-fresh" in answer.text
    assert 'data-test="draft-restored"' not in answer.text  # it shows what was sent, not what was found
    page = wang.get(f"/tasks/{task}").text
    assert location_in(page) == "杭州中转站"
    assert re.search(r'name="hours_since_update"[^>]*value="-3"', page)


def test_when_somebody_was_faster_the_text_stays_to_be_copied(wang: Browser, browse: Browse) -> None:
    open_to_all = wang.open_task(wang.start_inquiry())
    sun = browse("sun")
    assert wang.post(f"/tasks/{open_to_all}", STALLED | {"_submission_key": "1" * 32}).status_code == 303
    refused = sun.post(f"/tasks/{open_to_all}", STALLED | TYPED | {"_submission_key": "0" * 32})
    assert refused.status_code == 409
    page = sun.get(f"/tasks/{open_to_all}").text
    assert 'data-test="unsent"' in page
    assert "杭州中转站" in page
    assert "滞留某区域" in page
    assert "杭州中转站" not in wang.get(f"/tasks/{open_to_all}").text.partition('data-test="unsent"')[2]


def test_a_task_given_back_keeps_what_was_typed_for_when_it_is_claimed_again(wang: Browser, task: int) -> None:
    assert wang.post(f"/tasks/{task}/unclaim", TYPED).status_code == 303
    wang.post(f"/tasks/{task}/claim")
    assert location_in(wang.get(f"/tasks/{task}").text) == "杭州中转站"


def test_a_restart_of_the_server_loses_nothing(
    make_app: Callable[..., Flask], tmp_path: Path, clock: VirtualClock, templates: BytecodeCache
) -> None:
    first = make_app()
    wang = Browser(first, "wang")
    task = wang.open_task(wang.start_inquiry())
    wang.post(f"/tasks/{task}/claim")
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED)
    parts_of(first).db.close()
    again = create_app(
        database_url=f"sqlite:///{tmp_path / 'shop.db'}", clock=clock, TESTING=True, WTF_CSRF_ENABLED=False
    )
    again.jinja_env.bytecode_cache = templates
    assert location_in(Browser(again, "wang").get(f"/tasks/{task}").text) == "杭州中转站"
    parts_of(again).db.close()


# --- a log-in that ran out -----------------------------------------------------------------------


def log_in(wang: Browser, page: str, user_id: str = "wang") -> str:
    """Log in on the page that a form without a session was answered with; where it leads."""
    form = {"user_id": user_id, "password": PASSWORD, "next": hidden(page, "next")}
    form |= {name: hidden(page, name) for name in ("_draft", "_kept")}
    return wang.post("/login", form).location


def expire(wang: Browser) -> None:
    with wang.client.session_transaction() as session:
        session[SINCE] = 0


def sent_too_late(wang: Browser, task: int, **changed: str) -> str:
    """What comes of sending a task's form after the log-in has run out."""
    token = hidden(wang.get(f"/tasks/{task}").text, "_draft")
    expire(wang)
    form = STALLED | TYPED | {"_draft": token} | changed
    answer = wang.post(f"/tasks/{task}", form)
    assert (answer.status_code, answer.location) == (307, "/login/again")  # which a browser posts again
    answer = wang.post("/login/again", form)
    assert answer.status_code == 401
    assert "登录已过期" in answer.text
    return answer.text


def test_what_was_typed_is_there_after_logging_in_again(wang: Browser, task: int) -> None:
    page = sent_too_late(wang, task)
    assert log_in(wang, page) == f"/tasks/{task}"
    back = wang.get(f"/tasks/{task}").text
    assert location_in(back) == "杭州中转站"
    assert 'data-test="draft-restored"' in back
    assert 'data-test="complete"' in back  # nothing was sent in the meantime


def test_a_wrong_password_in_between_loses_nothing_either(wang: Browser, task: int) -> None:
    page = sent_too_late(wang, task)
    form = {"user_id": "wang", "password": "wrong", "_draft": hidden(page, "_draft"), "_kept": hidden(page, "_kept")}
    again = wang.post("/login", form)
    assert again.status_code == 401
    assert log_in(wang, again.text) == f"/tasks/{task}"
    assert location_in(wang.get(f"/tasks/{task}").text) == "杭州中转站"


def test_somebody_else_who_logs_in_there_gets_nothing(wang: Browser, browse: Browse, task: int) -> None:
    page = sent_too_late(wang, task)
    log_in(wang, page, "sun")
    assert "杭州中转站" not in browse("sun").get("/drafts").text
    assert "杭州中转站" not in browse("sun").get(f"/tasks/{task}").text


def test_nobody_can_put_words_into_anothers_drafts(app: Flask, wang: Browser, browse: Browse, task: int) -> None:
    suns = hidden(browse("sun").get("/start/p10_courier_query").text, "_draft")
    stranger = app.test_client()
    for token in ("", "forged", suns[:-2] + "xx"):
        answer = stranger.post(f"/tasks/{task}", data=TYPED | {"_draft": token})
        assert answer.status_code == 303
        assert answer.location.startswith("/login")
        assert "again" not in answer.location
    kept = json.dumps(TYPED)
    stranger.post("/login", data={"user_id": "wang", "password": PASSWORD, "_draft": suns, "_kept": kept})
    assert "没有草稿" in browse("wang").get("/drafts").text


@pytest.mark.parametrize("kept", ["", "{", "[]", "7", '{"last_location": 7}', '{"last_location": ["a", 1]}', "null"])
def test_garbage_on_the_log_in_page_only_logs_in(wang: Browser, task: int, kept: str) -> None:
    token = hidden(wang.get(f"/tasks/{task}").text, "_draft")
    answer = wang.post("/login", {"user_id": "wang", "password": PASSWORD, "_draft": token, "_kept": kept})
    assert answer.status_code == 303


def test_with_tokens_on_a_session_that_has_gone_is_a_log_in_that_ran_out(make_app: Callable[..., Flask]) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    wang = Browser(app, "wang")
    page = wang.get("/start/p10_courier_query").text
    form = INQUIRY | {name: hidden(page, name) for name in ("_draft", "csrf_token")}
    stranger = app.test_client()  # the cookie is gone
    answer = stranger.post("/start/p10_courier_query", data=form)
    assert (answer.status_code, answer.location) == (307, "/login/again")
    answer = stranger.post("/login/again", data=form)
    assert answer.status_code == 401
    assert "包裹三天没动了" in hidden(answer.text, "_kept")
    bare = stranger.post("/start/p10_courier_query", data={**form, "_draft": ""})
    assert bare.status_code == 400


def test_a_script_is_told_and_keeps_what_it_has(wang: Browser, task: int) -> None:
    token = hidden(wang.get(f"/tasks/{task}").text, "_draft")
    expire(wang)
    answer = wang.post(f"/tasks/{task}/draft?quiet=1", TYPED | {"_draft": token})
    assert (answer.status_code, answer.headers["X-Page"]) == (303, "login")
    assert answer.location.startswith("/login")


# --- start forms and the list --------------------------------------------------------------------


def test_start_forms_keep_a_draft_for_each_order_they_begin_with(wang: Browser) -> None:
    plain, of_order = "/start/p10_courier_query", "/start/p10_courier_query?order_id=SO-1001"
    for path, text in ((plain, "没有订单号"), (of_order, "有订单号")):
        form = wang.get(path).text
        save = re.search(r'data-draft="([^"]+)"', form)
        assert save is not None
        assert wang.post(html.unescape(save[1]), {"description": text}).status_code == 303
    assert "没有订单号" in wang.get(plain).text
    assert "没有订单号" not in wang.get(of_order).text
    assert "有订单号" in wang.get(of_order).text
    listed = wang.get("/drafts").text
    assert listed.count("发起快递查询流程") >= 2
    assert "SO-1001" in listed


def test_a_started_case_ends_its_own_draft_only(wang: Browser) -> None:
    page = wang.get("/start/p10_courier_query?order_id=SO-1001").text
    wang.post("/start/p10_courier_query/draft?order_id=SO-1001", {"description": "有订单号"})
    wang.post("/start/p10_courier_query/draft", {"description": "没有订单号"})
    assert wang.post("/start/p10_courier_query", INQUIRY | {"_draft": hidden(page, "_draft")}).status_code == 303
    listed = wang.get("/drafts").text
    assert listed.count("data-row") == 1
    assert "没有订单号" in wang.get("/start/p10_courier_query").text


def test_a_wrong_start_form_is_kept(wang: Browser) -> None:
    assert wang.post("/start/p10_courier_query", {"description": "只写了这个"}).status_code == 422
    assert "只写了这个" in wang.get("/start/p10_courier_query").text


def test_the_list_says_what_can_still_be_sent(wang: Browser, browse: Browse, task: int) -> None:
    wang.post(f"/tasks/{task}/draft?quiet=1", TYPED)
    assert "已不能提交" not in wang.get("/drafts").text
    wang.post(f"/tasks/{task}/unclaim")
    browse("sun").post(f"/tasks/{task}", STALLED)
    assert "已不能提交" in wang.get("/drafts").text
    assert wang.post(f"/tasks/{task}/draft/discard", {"_next": "/drafts"}).location == "/drafts"
    assert wang.post(f"/tasks/{task}/draft/discard", {"_next": "https://evil.example/"}).location == f"/tasks/{task}"


def test_an_empty_list_says_what_comes_here(wang: Browser) -> None:
    assert "没提交就离开的,会列在这里" in wang.get("/drafts").text
