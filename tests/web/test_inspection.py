"""The auditors' searches, samples and findings as pages: by names, with sentences for what is wrong, in two tongues."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from engine import inspection
from engine.store.tables import audit_finding, audit_question, audit_sample, notification
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]
STEP = "p10_courier_query.check_logistics"


@pytest.fixture
def case(app: Flask, browse: Browse) -> str:
    """A case that wang opened and whose first task he did; the traits know of it."""
    wang = browse("wang")
    found = wang.start_inquiry(description="<b>很急</b>")
    task = wang.open_task(found)
    assert wang.post(f"/tasks/{task}", STALLED).status_code == 303
    bring(app)
    return found


def bring(app: Flask) -> None:
    while inspection.due(parts_of(app).db):
        pass


def seen(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def ids(app: Flask, table: type | object) -> list[int]:
    with parts_of(app).db.read() as connection:
        return list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())  # type: ignore[attr-defined]


def note(browser: Browser, case: str, **changed: str) -> str:
    """The address of a finding about the case that is put to chen."""
    typed = {
        "case": case,
        "title": "没有凭证",
        "text": "附件里没有照片。",
        "severity": "high",
        "to": "u:chen",
        "due_at": "2026-01-05T15:40",
    }
    answer = browser.post("/audit/findings", typed | changed)
    assert answer.status_code == 303, seen(answer.text)
    return str(answer.location)


# --- questions -----------------------------------------------------------------------------------


def test_a_question_is_put_together_from_names(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    page = zheng.get("/audit/questions").text
    assert "补偿没有经过批准" in page
    assert "超过 30 元" in seen(page)
    steps = zheng.get("/audit/questions?add=passed&in=p10_courier_query").text
    assert f'<option value="{STEP}">' in steps
    assert "看物流" in steps or "物流" in steps
    led = zheng.get(f"/audit/questions?add=passed&in=p10_courier_query&value={STEP}")
    assert (led.status_code, led.location) == (303, f"/audit/questions?passed={STEP}")
    found = zheng.get(led.location).text
    assert f"/audit/{case}" in found
    assert "1 张" in found
    chips = found.partition('data-test="chips"')[2].partition("</ul>")[0]
    assert "经过步骤" in chips
    assert "check_logistics" not in seen(chips)
    assert 'href="/audit/questions"' in chips  # without its only condition nothing is asked
    assert f"/audit/{case}" not in zheng.get(f"/audit/questions?not_passed={STEP}").text


def test_rules_are_chosen_by_the_text_of_their_conditions(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    page = seen(zheng.get("/audit/questions?add=rule&in=s03_amount_approval").text)
    assert "补偿额度审批" in page
    assert "补偿金额 ≤ 30" in page
    assert "第 8 条" in page
    led = zheng.get("/audit/questions?person=wang&add=rule&value=logistics_status%231")
    assert led.location == "/audit/questions?rule=logistics_status%231&person=wang"
    chips = zheng.get(led.location).text.partition('data-test="chips"')[2].partition("</ul>")[0]
    assert "物流状态判定第 1 条" in seen(chips)
    assert "王立新" in seen(chips)


def test_who_did_a_step_and_how_often_take_two_choices(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    did = zheng.get(f"/audit/questions?add=did&in=p10_courier_query&value={STEP}&who=wang")
    assert did.location == f"/audit/questions?person=wang&did={STEP}"
    assert f"/audit/{case}" in zheng.get(did.location).text
    assert f"/audit/{case}" not in zheng.get(f"/audit/questions?person=lin&did={STEP}").text
    often = zheng.get(f"/audit/questions?add=rounds&in=p10_courier_query&value={STEP}&times=2")
    assert often.location == f"/audit/questions?rounds={STEP}%3A2"
    assert "没有符合的工单" in zheng.get(often.location).text
    wrong = zheng.get(f"/audit/questions?add=rounds&in=p10_courier_query&value={STEP}&times=0")
    assert wrong.status_code == 200
    assert "次数(不少于 1)" in seen(wrong.text).replace("(", "(").replace(")", ")")


def test_the_form_s_address_becomes_short(browse: Browse, case: str) -> None:
    answer = browse("zheng").get("/audit/questions?process=p10_courier_query&paid_from=&order=&status=&person=wang")
    assert (answer.status_code, answer.location) == (303, "/audit/questions?process=p10_courier_query&person=wang")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("paid_from=viel", "不是金额"),
        ("opened_from=2026-02-30", "不是日期"),
        ("longer=3", "不是时长"),
        ("color=red", "没有这个条件"),
        ("paid_from=5&paid_to=4", "请对调"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_answered(browse: Browse, case: str, query: str, sentence: str) -> None:
    answer = browse("zheng").get(f"/audit/questions?{query}")
    assert answer.status_code == 200
    assert sentence in seen(answer.text)
    assert f'href="/audit/{case}"' not in answer.text


def test_what_was_typed_wrongly_stays_in_its_field(browse: Browse, case: str) -> None:
    page = browse("zheng").get("/audit/questions?paid_from=viel&person=wang").text
    assert (
        'name="paid_from" inputmode="decimal" maxlength="16" autocomplete="off" placeholder="元" value="viel"' in page
    )
    assert page.count('<details class="ask-more" open>') == 1
    assert '<option value="wang" selected>' in page


@pytest.mark.parametrize("query", ["add=everything", "person=wang&after=x", "person=wang&after=1%27"])
def test_an_address_that_no_page_gave_is_none(browse: Browse, query: str) -> None:
    assert browse("zheng").get(f"/audit/questions?{query}").status_code == 404


def test_nothing_of_an_address_becomes_markup(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    for query in ("customer=<script>x</script>", "passed=<script>", "add=passed&in=<script>", "%3Cscript%3E=1"):
        assert "<script>x" not in zheng.get(f"/audit/questions?{query}").text
        assert "<script>" not in zheng.get(f"/audit/questions?{query}").text.partition('id="main"')[2]


def test_a_question_is_kept_shared_changed_and_deleted(app: Flask, browse: Browse, case: str) -> None:
    zheng, zhao = browse("zheng"), browse("zhao")
    made = zheng.post("/audit/questions", {"name": "王立新经手", "query": "person=wang"})
    assert made.status_code == 303
    page = zheng.get(made.location).text
    assert f"/audit/{case}" in page
    assert zhao.get(made.location).status_code == 404
    assert zhao.post(made.location, {"what": "delete"}).status_code == 404
    assert zheng.post(made.location, {"what": "change", "name": "", "shared": "1"}).status_code == 422
    assert zheng.post(made.location, {"what": "change", "name": "王经手", "shared": "1"}).status_code == 303
    assert "王经手" in zhao.get("/audit/questions").text
    assert 'data-test="change-form"' not in zhao.get(made.location).text
    assert zheng.post(made.location, {"what": "sell"}).status_code == 404
    assert zheng.post(made.location, {"what": "delete"}).location == "/audit/questions"
    assert ids(app, audit_question) == []


def test_what_is_wrong_with_a_name_is_said(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    answer = zheng.post("/audit/questions", {"name": " ", "query": "person=wang"})
    assert answer.status_code == 422
    assert "请填写问题的名称" in seen(answer.text)
    assert zheng.post("/audit/questions", {"name": "空", "query": ""}).status_code == 422
    assert zheng.post("/audit/questions", {"name": "坏", "query": "person=W W"}).status_code == 404


# --- samples -------------------------------------------------------------------------------------


def draw(browser: Browser, **changed: str) -> str:
    answer = browser.post("/audit/samples", {"name": "一月抽样", "size": "5", "query": "person=wang"} | changed)
    assert answer.status_code == 303, seen(answer.text)
    return str(answer.location)


def test_a_sample_is_drawn_looked_at_and_drawn_again(app: Flask, browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    place = draw(zheng, seed="2026-1")
    page = zheng.get(place).text
    assert "2026-1" in page
    assert "SHA-256" in page
    assert "未看" in page
    assert zheng.post(f"{place}/cases/1", {"seen": "1"}).status_code == 303
    assert "郑审计" in seen(zheng.get(place).text.partition('data-test="drawn"')[2])
    assert "总体没有变,同样的种子抽出同样的工单" in zheng.get(f"{place}?again=1").text.replace(",", ",")
    browse("wang").start_inquiry()
    bring(app)
    assert "总体已变" in zheng.get(f"{place}?again=1").text
    assert zheng.post(f"{place}/cases/9", {"seen": "1"}).status_code == 404
    assert "一月抽样" in zheng.get("/audit/samples").text


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"size": "0"}, 422, "1 到 500"),
        ({"size": "many"}, 422, "1 到 500"),
        ({"name": ""}, 422, "样本的名称"),
        ({"seed": "a b"}, 422, "种子只能"),
        ({"query": "customer=C-0"}, 422, "没有符合条件的工单"),
        ({"query": "person=W W"}, 422, "读不懂"),
    ],
)
def test_a_draw_that_will_not_do_keeps_what_was_typed(
    app: Flask, browse: Browse, case: str, changed: dict[str, str], status: int, sentence: str
) -> None:
    typed = {"name": "一月抽样", "size": "5", "query": "person=wang", "seed": "s"} | changed
    answer = browse("zheng").post("/audit/samples", typed)
    assert answer.status_code == status
    assert sentence in seen(answer.text)
    assert f'value="{typed["name"]}"' in answer.text
    assert ids(app, audit_sample) == []


def test_a_draw_waits_until_every_case_is_known(app: Flask, browse: Browse) -> None:
    browse("wang").start_inquiry()
    answer = browse("zheng").post("/audit/samples", {"name": "早", "size": "5", "query": "person=wang"})
    assert answer.status_code == 409
    assert "还在整理" in answer.text


# --- findings ------------------------------------------------------------------------------------


def test_from_the_case_to_the_conclusion(app: Flask, browse: Browse, case: str) -> None:
    zheng, chen = browse("zheng"), browse("chen")
    assert f'href="/audit/findings/new?case={case}"' in zheng.get(f"/audit/{case}").text
    assert f'value="{case}"' in zheng.get(f"/audit/findings/new?case={case}").text
    place = note(zheng, case)
    assert "没有凭证" in chen.get("/audit/findings").text
    with parts_of(app).db.read() as connection:
        told = connection.execute(select(notification).where(notification.c.user == "chen")).all()
    assert [one.page for one in told] == [place]
    page = chen.get(place).text
    assert 'data-test="reply-form"' in page
    assert 'data-test="end-form"' not in page
    assert chen.post(f"{place}/reply", {"text": "", "revision": "1"}).status_code == 422
    assert chen.post(f"{place}/reply", {"text": "照片在聊天里。", "revision": "1"}).status_code == 303
    late = zheng.post(f"{place}/end", {"state": "closed", "reason": "没答", "revision": "1"})
    assert late.status_code == 409
    assert "已被他人处理" in late.text
    assert "没答" in late.text
    put = {"to": "g:aftersales", "due_at": "2026-01-06T10:00", "text": "请补上传。", "revision": "2"}
    assert zheng.post(f"{place}/put", put).status_code == 303
    assert browse("sun").post(f"{place}/reply", {"text": "已补。", "revision": "3"}).status_code == 303
    assert zheng.post(f"{place}/end", {"state": "closed", "reason": "已补正", "revision": "4"}).status_code == 303
    page = seen(zheng.get(place).text)
    for said in ("记下发现", "照片在聊天里。", "请补上传。", "已补。", "已补正", "已关闭"):
        assert said in page


def test_four_eyes_are_told_before_anybody_tries(browse: Browse, case: str) -> None:
    zheng, zhao = browse("zheng"), browse("zhao")
    place = note(zheng, case, about="zhao")
    page = zhao.get(place).text
    assert 'data-test="end-form"' not in page
    assert "这条发现与您有关" in page
    answer = zhao.post(f"{place}/end", {"state": "dismissed", "reason": "没问题", "revision": "1"})
    assert answer.status_code == 409
    assert "须由他人关闭" in answer.text


def test_a_finding_is_nobody_else_s_business(browse: Browse, case: str) -> None:
    place = note(browse("zheng"), case)
    for other in ("lin", "sun", "qian", "cang"):
        assert browse(other).get(place).status_code == 404
        assert browse(other).post(f"{place}/reply", {"text": "x", "revision": "1"}).status_code == 404
        assert "没有凭证" not in browse(other).get("/audit/findings").text
    assert browse("zhao").post(f"{place}/reply", {"text": "x", "revision": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": ""}, "一句话说明"),
        ({"severity": "x"}, "严重程度"),
        ({"case": "999"}, "没有这个工单"),
        ({"case": "1 OR 1"}, "没有这个工单"),
        ({"stream": "0", "seq": "1"}, "没有这条历史"),
        ({"stream": "x"}, "没有找到"),
        ({"to": "u:nobody"}, "账号"),
        ({"to": "g:auditor"}, "由谁答复"),
        ({"due_at": "gestern"}, "写成 2026-01-05 15:40"),
        ({"due_at": ""}, "答复期限"),
        ({"due_at": "2020-01-01T00:00"}, "晚于现在"),
    ],
)
def test_a_finding_that_will_not_do_keeps_what_was_typed(
    app: Flask, browse: Browse, case: str, changed: dict[str, str], sentence: str
) -> None:
    typed = {"case": case, "title": "没有凭证", "text": "没有<b>照片</b>。", "severity": "high", "to": "u:chen"}
    typed |= {"due_at": "2026-01-05T15:40"} | changed
    answer = browse("zheng").post("/audit/findings", typed)
    assert answer.status_code == 422
    assert sentence in seen(answer.text)
    assert "没有&lt;b&gt;照片&lt;/b&gt;。" in answer.text
    assert ids(app, audit_finding) == []


def test_findings_are_narrowed_by_state_and_severity(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    note(zheng, case), note(zheng, case, severity="low", title="小事", to="")
    assert "没有凭证" not in zheng.get("/audit/findings?severity=low").text
    assert "小事" in zheng.get(f"/audit/findings?case={case}&state=open").text
    assert "还没有请人答复" in zheng.get("/audit/findings?severity=low").text
    assert "没有审计发现" in zheng.get("/audit/findings?state=closed").text
    assert zheng.get("/audit/findings?state=' OR 1").status_code == 200
    assert zheng.get("/audit/findings?after=x").status_code == 404


@pytest.mark.parametrize("path", ["/audit/questions?add=rule&in=s03_amount_approval", "/audit/questions?person=wang",
                                  "/audit/samples", "/audit/findings", "/audit/findings/new"])  # fmt: skip
def test_pages_speak_english(browse: Browse, case: str, path: str) -> None:
    zheng = browse("zheng")
    zheng.client.set_cookie("lang", "en")
    page = zheng.get(path).text
    assert 'lang="en"' in page
    main = seen(page.partition("<h1>")[2].partition("</h1>")[0])
    assert not re.search("[\u3400-\u9fff]", main)


def test_the_door_of_audits_is_lit_on_these_pages(browse: Browse) -> None:
    page = browse("zheng").get("/audit/samples").text
    door = re.search(r'<a[^>]*href="/audit"[^>]*>', page)
    assert door is not None
    assert "aria-current" in door[0]
