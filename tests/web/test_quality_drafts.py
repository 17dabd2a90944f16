"""What is typed about quality is kept as it is typed: checks, objections, decisions, appraisals and replies to them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from engine import quality
from engine.clock import SHANGHAI, VirtualClock, to_microseconds
from engine.quality import form
from engine.store.tables import notification, outbox, process_instance, quality_check, survey_answer
from tests.conftest import FRIDAY_9AM
from tests.web.browser import PASSWORD, Browser
from web import parts_of
from web.sessions import SINCE

Browse = Callable[[str], Browser]
TYPED = {"p_tone": "7", "r_tone": "有一句生硬", "summary": "听到一半"}
APPRAISAL, MONTH = "/appraisals/wang", "month=2026-01"


@pytest.fixture
def check(browse: Browse, app: Flask) -> str:
    """The address of a check of wang's case, which waits."""
    found = browse("wang").start_inquiry()
    with parts_of(app).db.begin() as tx:
        over = {"status": "completed", "end_state": "end_informed", "ended_at": to_microseconds(FRIDAY_9AM)}
        tx.connection.execute(update(process_instance).where(process_instance.c.case_id == found).values(over))
    return str(browse("chen").post("/quality", {"case_id": found}).location)


def filled(**changed: str) -> dict[str, str]:
    return {f"p_{name}": str(points) for name, points in form.SHIPPED.items()} | {"version": "0"} | changed


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def text_in(page: str, name: str) -> str:
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>([^<]*)</textarea>', page)
    assert found is not None, name
    return html.unescape(found[1])


def objected(browse: Browse, check: str) -> None:
    assert browse("chen").post(f"{check}/result", filled(p_tone="7", r_tone="生硬")).status_code == 303
    assert browse("wang").post(f"{check}/objection", {"objection": "没有"}).status_code == 303


# --- the check -----------------------------------------------------------------------------------


def test_a_half_filled_check_stands_in_the_form_when_one_comes_back(browse: Browse, check: str) -> None:
    chen = browse("chen")
    page = chen.get(check).text
    assert f'data-draft="{check}/result/draft"' in page
    answer = chen.post(f"{check}/result/draft?quiet=1&seen=0", TYPED | {"version": "0", "evil": "1"})
    assert answer.json == {"number": 1, "at": "今天 09:00", "elsewhere": False}
    page = chen.get(check).text
    assert (value_of(page, "p_tone"), value_of(page, "r_tone")) == ("7", "有一句生硬")
    assert text_in(page, "summary") == "听到一半"
    assert 'data-test="draft-restored"' in page
    listed = chen.get("/drafts").text
    assert f'href="{check}"' in listed
    assert "质检" in listed
    assert "王立新" in listed


def test_suggestions_fill_only_what_is_empty(browse: Browse, app: Flask, check: str) -> None:
    with parts_of(app).db.begin() as tx:
        case = tx.connection.execute(select(quality_check.c.case_id)).scalar_one()
        row = {"instance": int(case), "case_id": case, "element": "x", "recipient": "C-1", "template": "T"}
        row |= {"audience": "customer", "text": "亲,您好!正在为您查询。", "template_hash": "", "id": 1}
        tx.connection.execute(insert(outbox).values(**row, written_at=to_microseconds(FRIDAY_9AM)))
    chen = browse("chen")
    chen.post(f"{check}/result/draft?quiet=1", {"p_greeting": "1", "p_tone": "", "summary": "听到一半"})
    page = chen.get(f"{check}?fill=1").text
    assert (value_of(page, "p_greeting"), value_of(page, "p_tone")) == ("1", "10")
    assert text_in(page, "summary") == "听到一半"


def test_nobody_else_sees_the_draft(browse: Browse, check: str) -> None:
    browse("chen").post(f"{check}/result/draft?quiet=1", TYPED)
    assert "听到一半" not in browse("zhao").get(check).text
    assert "听到一半" not in browse("zhao").get("/drafts").text


@pytest.mark.parametrize("person", ["wang", "sun", "lin", "cang", "zheng", "admin"])
def test_who_may_not_check_keeps_nothing_on_it(browse: Browse, check: str, person: str) -> None:
    for path in ("result/draft?quiet=1", "result/draft", "result/draft/discard", "decision/draft", "objection/draft"):
        assert browse(person).post(f"{check}/{path}", TYPED).status_code == 404, path


def test_a_result_that_was_taken_leaves_no_draft(browse: Browse, check: str) -> None:
    chen = browse("chen")
    chen.post(f"{check}/result/draft?quiet=1", TYPED)
    answer = chen.post(f"{check}/result", filled())
    assert answer.status_code == 303
    assert f"kefuflow_sent=check:{check.rpartition('/')[2]}" in answer.headers["Set-Cookie"]
    assert chen.post(f"{check}/result/draft?quiet=1", TYPED).json == {"sent": True, "number": 0}
    assert "没有草稿" in chen.get("/drafts").text


def test_a_wrong_form_is_kept_for_who_closes_the_page(browse: Browse, check: str) -> None:
    chen = browse("chen")
    wrong = chen.post(f"{check}/result", filled(p_tone="7", etiquette="仪表整洁"))
    assert wrong.status_code == 422
    assert "data-draft-fresh" in wrong.text
    page = chen.get(check).text
    assert (value_of(page, "p_tone"), value_of(page, "etiquette")) == ("7", "仪表整洁")


def test_when_somebody_was_faster_the_text_stays_to_be_copied(browse: Browse, check: str) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    assert zhao.post(f"{check}/result", filled()).status_code == 303
    late = chen.post(f"{check}/result", filled(p_tone="7", r_tone="有一句生硬"))
    assert late.status_code == 409
    for page in (late.text, chen.get(check).text):
        unsent = page.partition('data-test="unsent"')[2]
        assert "有一句生硬" in unsent
        assert "语气态度" in unsent
    assert "已不能提交" in chen.get("/drafts").text
    assert 'data-test="unsent"' not in zhao.get(check).text
    assert chen.post(f"{check}/result/draft/discard").location == check
    assert 'data-test="unsent"' not in chen.get(check).text


def test_markup_in_a_draft_is_printed_and_not_run(browse: Browse, check: str) -> None:
    browse("chen").post(f"{check}/result/draft?quiet=1", {"summary": "</textarea><script>alert(1)</script>"})
    assert "<script>alert(1)" not in browse("chen").get(check).text


def test_a_log_in_that_ran_out_loses_no_check(browse: Browse, check: str) -> None:
    chen = browse("chen")
    token = re.search(r'name="_draft" value="([^"]*)"', chen.get(check).text)
    assert token is not None
    with chen.client.session_transaction() as session:
        session[SINCE] = 0
    sent = filled(p_tone="7", r_tone="有一句生硬") | {"_draft": html.unescape(token[1])}
    assert chen.post(f"{check}/result", sent).location == "/login/again"
    page = chen.post("/login/again", sent).text
    kept = re.search(r'name="_kept" value="([^"]*)"', page)
    assert kept is not None
    back = {"user_id": "chen", "password": PASSWORD, "_draft": sent["_draft"], "_kept": html.unescape(kept[1])}
    assert chen.post("/login", back).location == check
    assert value_of(chen.get(check).text, "r_tone") == "有一句生硬"


# --- objection and decision ----------------------------------------------------------------------


def test_an_objection_and_its_decision_are_kept_as_they_are_typed(browse: Browse, check: str) -> None:
    chen, wang, zhao = browse("chen"), browse("wang"), browse("zhao")
    chen.post(f"{check}/result", filled(p_tone="7", r_tone="生硬"))
    assert wang.post(f"{check}/objection/draft?quiet=1", {"objection": "我没有"}).json is not None
    assert text_in(wang.get(check).text, "objection") == "我没有"
    assert "我没有" not in chen.get(check).text
    assert wang.post(f"{check}/objection", {"objection": "我没有生硬"}).status_code == 303
    assert "没有草稿" in wang.get("/drafts").text
    typed = {"decision": "changed", "p_tone": "9", "reason": "听了两遍"}
    assert zhao.post(f"{check}/decision/draft?quiet=1", typed).json is not None
    page = zhao.get(check).text
    assert (value_of(page, "p_tone"), text_in(page, "reason")) == ("9", "听了两遍")
    assert re.search(r'id="d-changed"[^>]* checked', page)
    assert chen.post(f"{check}/decision/draft", typed).status_code == 404  # who has checked it does not decide
    assert zhao.post(f"{check}/decision", filled(decision="upheld", reason="维持")).status_code == 303
    assert "没有草稿" in zhao.get("/drafts").text
    assert zhao.post(f"{check}/decision/draft?quiet=1", typed).json == {"sent": True, "number": 0}


def test_a_refused_decision_is_kept(browse: Browse, check: str) -> None:
    objected(browse, check)
    zhao = browse("zhao")
    assert zhao.post(f"{check}/decision", {"decision": "", "reason": "听了两遍"}).status_code == 422
    assert text_in(zhao.get(check).text, "reason") == "听了两遍"
    chen = browse("chen")
    assert chen.post(f"{check}/decision", {"decision": "upheld", "reason": "对"}).status_code == 403


# --- appraisals ----------------------------------------------------------------------------------


def test_an_appraisal_and_the_reply_to_it_are_kept_as_they_are_typed(browse: Browse) -> None:
    chen, wang = browse("chen"), browse("wang")
    address = f"{APPRAISAL}?{MONTH}"
    assert f'data-draft="{APPRAISAL}/draft?{MONTH}"' in chen.get(address).text
    assert chen.post(f"{APPRAISAL}/draft?{MONTH}&quiet=1", {"guidance": "耐心"}).json is not None
    assert text_in(chen.get(address).text, "guidance") == "耐心"
    assert text_in(chen.get(f"{APPRAISAL}?month=2025-12").text, "guidance") == ""
    assert "考评反馈" in chen.get("/drafts").text
    assert chen.post(address, {"guidance": ""}).status_code == 422
    assert chen.post(address, {"guidance": "耐心细致", "plan": "", "career": ""}).status_code == 303
    assert "没有草稿" in chen.get("/drafts").text
    late = chen.post(f"{APPRAISAL}/draft?{MONTH}&quiet=1", {"guidance": "耐心细致", "plan": "", "career": ""})
    assert late.json == {"sent": True, "number": 0}  # a page that was slow to close brings nothing back
    assert wang.post(f"{APPRAISAL}/signature/draft?{MONTH}&quiet=1", {"reply": "谢谢"}).json is not None
    assert text_in(wang.get(address).text, "reply") == "谢谢"
    assert wang.post(f"{APPRAISAL}/signature?{MONTH}", {"reply": "谢谢指导"}).status_code == 303
    assert "没有草稿" in wang.get("/drafts").text


def test_an_appraisal_signed_meanwhile_leaves_the_text_to_be_copied(browse: Browse) -> None:
    chen, address = browse("chen"), f"{APPRAISAL}?{MONTH}"
    chen.post(address, {"guidance": "耐心", "plan": "", "career": ""})
    browse("wang").post(f"{APPRAISAL}/signature?{MONTH}", {"reply": ""})
    assert chen.post(address, {"guidance": "再补一句", "plan": "", "career": ""}).status_code == 409
    assert "再补一句" in chen.get(address).text.partition('data-test="unsent"')[2]
    assert chen.post(f"{APPRAISAL}/draft/discard?{MONTH}").location == address
    assert 'data-test="unsent"' not in chen.get(address).text


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("sun", "draft"), ("wang", "draft"), ("cang", "draft"), ("zheng", "draft"),
        ("sun", "signature/draft"), ("chen", "signature/draft"), ("sun", "draft/discard"),
    ],
)  # fmt: skip
def test_who_has_no_part_in_an_appraisal_keeps_nothing_on_it(browse: Browse, person: str, path: str) -> None:
    browse("chen").post(f"{APPRAISAL}?{MONTH}", {"guidance": "耐心"})
    assert browse(person).post(f"{APPRAISAL}/{path}?{MONTH}", {"guidance": "x"}).status_code == 404


# --- the survey ----------------------------------------------------------------------------------


def test_what_comes_of_a_survey_is_written_with_a_draft_and_read_by_the_staff(
    browse: Browse, app: Flask, clock: VirtualClock
) -> None:
    with parts_of(app).db.begin() as tx:
        rows = [{"month": "2026-01", "id": str(number), "marks": "34444", "text": ""} for number in range(5)]
        tx.connection.execute(insert(survey_answer), rows)
    chen, page = browse("chen"), "/survey?month=2026-01"
    assert 'data-test="evaluation-form"' not in chen.get(page).text  # January is not over
    assert chen.post("/survey/evaluation?month=2026-01", {"evaluation": "太早"}).status_code == 422
    clock.advance_to(datetime(2026, 2, 2, 9, tzinfo=SHANGHAI))
    assert text_in(chen.get(page).text, "evaluation") == "太早"
    assert 'data-test="evaluation-form"' not in browse("zheng").get(page).text
    assert chen.post("/survey/evaluation/draft?month=2026-01&quiet=1", {"evaluation": "早班加人"}).json is not None
    assert text_in(chen.get(page).text, "evaluation") == "早班加人"
    assert "员工问卷评估" in chen.get("/drafts").text
    assert "早班加人" not in browse("zhao").get(page).text
    assert chen.post("/survey/evaluation?month=2026-01", {"evaluation": "早班要早<b>"}).status_code == 303
    assert "没有草稿" in chen.get("/drafts").text
    late = browse("zhao").post("/survey/evaluation?month=2026-01", {"evaluation": "我也写"})
    assert late.status_code == 409
    assert "我也写" in browse("zhao").get(page).text.partition('data-test="unsent"')[2]
    for reader in ("wang", "zheng", "zhao"):
        assert "早班要早&lt;b&gt;" in browse(reader).get(page).text


def test_reminders_lead_to_where_it_is_done(browse: Browse, app: Flask, clock: VirtualClock, check: str) -> None:
    browse("chen").post(f"{check}/result", filled(p_tone="7", r_tone="生硬"))
    browse("wang").post(f"{check}/objection", {"objection": "没有"})
    browse("chen").post(f"{APPRAISAL}?{MONTH}", {"guidance": "耐心"})
    clock.advance(timedelta(days=10))
    quality.look(parts_of(app).db, clock.now())
    for person, form_there in (("zhao", "decision-form"), ("wang", "sign-form")):
        reader = browse(person)
        with parts_of(app).db.read() as connection:
            query = select(notification.c.id).where(
                notification.c.user == person, notification.c.occasion == "reminded"
            )
            number = connection.execute(query).scalars().first()
        page = reader.get(f"/notifications/{number}", follow_redirects=True)
        assert f'data-test="{form_there}"' in page.text, person
