"""Scripts beside a form, the library with its versions, and who changes it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from engine import accounts, shop
from engine.customers import archive
from engine.model import SYSTEM
from engine.store.tables import notification, script_use, text_version
from engine.store.tables import outbox as outbox_rows
from engine.worker import Worker
from tests.web.browser import STALLED, Browser
from web import parts_of

Browse = Callable[[str], Browser]
FRAGMENT = {"HX-Request": "true"}
CODES = re.compile(r'data-script="(S\d+)"')


def rows(app: Flask, table: object) -> list:
    with parts_of(app).db.read() as connection:
        return list(connection.execute(table.select()).all())  # type: ignore[attr-defined]


@pytest.fixture
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry()


@pytest.fixture
def panel(browse: Browse, case: str) -> Callable[..., str]:
    """The panel beside wang's open task."""
    wang = browse("wang")

    def get(**query: str) -> str:
        path = f"/tasks/{wang.open_task(case)}/scripts"
        answer = wang.get(path, query_string=query, headers=FRAGMENT)
        assert answer.status_code == 200
        return answer.text

    return get


def said(page: str, code: str) -> str:
    """The text of a script in the panel, blanks by their labels."""
    part = page.partition(f'data-script="{code}"')[2].partition("</p>")[0].partition("data-say>")[2]
    return re.sub(r"<input[^>]*placeholder=\"([^\"]*)\"[^>]*>", r"〔\1〕", part)


# --- beside a form -------------------------------------------------------------------------------


def test_scripts_of_the_step_come_first_then_those_of_the_process(panel: Callable[..., str]) -> None:
    codes = CODES.findall(panel())
    assert codes[0] == "S26"
    assert {"S20", "S21", "S22", "S41", "S46"} <= set(codes)
    assert not {"S28", "S03", "S27"} & set(codes)


def test_what_the_case_knows_is_filled_in_and_what_nobody_knows_is_open(panel: Callable[..., str]) -> None:
    page = panel()
    assert said(page, "S22") == "亲,您的物流信息已更新,可以查询,单号YT1。"
    assert said(page, "S20") == "亲,您的包裹物流将在〔几天后更新〕天后更新信息,请再耐心等待两天。"


def test_a_script_is_found_by_any_part_of_its_text(panel: Callable[..., str]) -> None:
    assert CODES.findall(panel(text="丝袜")) == ["S10"]
    assert CODES.findall(panel(text="s10")) == ["S10"]
    assert "S03" in CODES.findall(panel(text="议价 活动"))
    assert CODES.findall(panel(text="这不是我们")) == [], "the negative example is never offered"
    assert "S21" not in CODES.findall(panel(text="_")), "an underscore stands for itself"
    for nonsense in ("%", "\\", "' OR 1=1 --", "<script>"):
        page = panel(text=nonsense)
        assert CODES.findall(page) == []
        assert "<script>" not in page


def test_what_the_supervisor_said_is_offered_when_she_has_answered(
    app: Flask, browse: Browse, case: str, panel: Callable[..., str]
) -> None:
    page = panel(text="主管说")
    assert CODES.findall(page) == ["S09"]
    assert 'data-test="copy-S09"' not in page
    assert "主管或经理在本工单答复后才能用" in page
    with parts_of(app).db.begin() as tx:
        columns = [c[1] for c in tx.connection.exec_driver_sql("PRAGMA table_info(user_task)").fetchall()]
        changed = {"id": "id + 50", "candidate_groups": "'supervisor'", "status": "'completed'", "token": "token + 50"}
        chosen = ", ".join(changed.get(name, f'"{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        tx.connection.exec_driver_sql(f"INSERT INTO user_task ({names}) SELECT {chosen} FROM user_task")
    assert 'data-test="copy-S09"' in panel(text="主管说")


def test_personal_data_in_a_script_are_masked(app: Flask, browse: Browse, panel: Callable[..., str]) -> None:
    chen_form = {
        "situation": "核对收货人",
        "text": "亲,收货人是{receiver_name},电话{receiver_phone},对吗?",
        "reason": "x",
    }
    assert browse("zhou").post("/scripts/new", chen_form).status_code == 303
    page = panel(text="核对收货人")
    assert "张小明" not in page
    assert "13800138000" not in page
    assert "138****8000" in page


def test_a_copy_is_counted_and_brings_the_script_forward(app: Flask, browse: Browse, panel: Callable[..., str]) -> None:
    wang = browse("wang")
    for _ in range(2):
        assert wang.post("/scripts/S41/use").status_code == 204
    (counted,) = rows(app, script_use)
    assert (counted.code, counted.user, counted.times) == ("S41", "wang", 2)
    codes = CODES.findall(panel())
    assert codes.index("S41") < codes.index("S20")
    page = wang.get("/scripts").text
    assert page.index("script-S41") < page.index("script-S01")
    for nothing in ("S28", "S99", "T10A"):
        assert wang.post(f"/scripts/{nothing}/use").status_code == 404, nothing


def test_favourites_are_the_persons_own(browse: Browse, panel: Callable[..., str]) -> None:
    wang, sun = browse("wang"), browse("sun")
    for _ in range(2):
        assert wang.post("/scripts/S36/favourite", {"on": "1"}).status_code == 303
    assert "S36" in CODES.findall(panel())
    assert "script-S36" in wang.get("/scripts?favourites=1").text
    assert "script-S36" not in sun.get("/scripts?favourites=1").text
    button = wang.post("/scripts/S36/favourite", {"on": "0"}, headers=FRAGMENT).text
    assert 'aria-pressed="false"' in button
    assert "S36" not in CODES.findall(panel())


def test_closing_phrases_are_offered_and_open_when_the_case_is_over(app: Flask, browse: Browse, case: str) -> None:
    wang = browse("wang")
    task = wang.open_task(case)
    assert {"S44", "S24"} <= set(CODES.findall(wang.get(f"/tasks/{task}/scripts", headers=FRAGMENT).text))
    page = wang.get(f"/cases/{case}/scripts").text
    assert "S44" in CODES.findall(page)
    wang.post(f"/tasks/{task}", {**STALLED, "hours_since_update": "1", "customer_urges": "false"})
    Worker(parts_of(app).runtime, deliver=lambda _: None).drain()
    over = wang.get(f"/cases/{case}/scripts").text
    assert re.search(r'<details class="script-more" open><summary>结束语', over)


def test_a_variant_of_the_channel_and_the_shop_wins(browse: Browse, panel: Callable[..., str]) -> None:
    zhou = browse("zhou")
    form = {
        "situation": "催件",
        "text": "亲,所有店铺",
        "variant_channel": ["marketplace", "", "marketplace", "phone"],
        "variant_shop": ["", "旗舰店", "旗舰店", ""],
        "variant_text": ["亲,渠道", "亲,店铺", "亲,渠道和店铺", "您好,电话"],
        "reason": "按渠道说",
    }
    assert zhou.post("/scripts/new", form).status_code == 303
    assert said(panel(text="催件"), "S47") == "亲,渠道和店铺"
    form |= {"variant_text": ["亲,渠道", "亲,店铺", "", ""], "variant_channel": ["marketplace", "", "", ""]}
    form |= {"variant_shop": ["", "旗舰店", "", ""], "based_on": "1"}
    assert zhou.post("/scripts/S47/edit", form).status_code == 303
    assert said(panel(text="催件"), "S47") == "亲,店铺"


def test_the_form_of_address_follows_the_channel(browse: Browse) -> None:
    wang = browse("wang")
    case = wang.start_inquiry(channel="phone")
    page = wang.get(f"/tasks/{wang.open_task(case)}/scripts?text=S21").text
    assert said(page, "S21") == "您好,货物到达目的国后物流信息才会更新,请耐心等待。"


def script_and_message(app: Flask, browse: Browse, **changed: str) -> tuple[str, str]:
    """How a script and the case's first message open."""
    wang = browse("wang")
    case = wang.start_inquiry(**changed)
    task = wang.open_task(case)
    spoken = said(wang.get(f"/tasks/{task}/scripts?text=S21").text, "S21")
    wang.post(f"/tasks/{task}", {**STALLED, "hours_since_update": "30", "customer_urges": "false"})
    parts_of(app).worker.drain()
    with parts_of(app).db.read() as connection:
        query = select(outbox_rows.c.text).where(outbox_rows.c.case_id == case, outbox_rows.c.audience == "customer")
        message = connection.execute(query).scalars().first()
    return spoken.partition(",")[0], str(message).partition(",")[0]


@pytest.mark.parametrize(
    ("wanted", "channel", "opens"),
    [
        ("nin", "marketplace", "您好"),
        ("qin", "phone", "亲"),
        ("ms", "marketplace", "张女士"),
        ("mr", "phone", "张先生"),
    ],
)
def test_scripts_address_a_buyer_who_has_said_how_as_messages_do(
    app: Flask, browse: Browse, wanted: str, channel: str, opens: str
) -> None:
    parts = parts_of(app)
    with parts.db.begin() as tx:
        key = archive.enter(tx, "C-8812", seen_at=parts.clock.now())
        person = accounts.get(parts.db, "wang").actor
        archive.change(tx, key, {"address_as": wanted}, person, now=parts.clock.now())
    spoken, message = script_and_message(app, browse, channel=channel)
    assert spoken == opens
    assert message.removesuffix("!您好").startswith(opens)


@pytest.mark.parametrize(("channel", "opens"), [("marketplace", "亲"), ("phone", "您好")])
def test_scripts_and_messages_go_by_the_channel_where_the_shop_says_so(
    app: Flask, browse: Browse, channel: str, opens: str
) -> None:
    parts = parts_of(app)
    with parts.db.begin() as tx:
        shop.save_settings(tx, {"address_by_channel": "是"}, SYSTEM, now=parts.clock.now())
    spoken, message = script_and_message(app, browse, channel=channel)
    assert spoken == opens
    assert message.startswith(opens)


def test_a_script_for_another_channel_is_not_offered(browse: Browse, panel: Callable[..., str]) -> None:
    form = {"situation": "只在电话里", "text": "您好,电话里说", "channels": ["phone"], "reason": "x"}
    assert browse("zhou").post("/scripts/new", form).status_code == 303
    assert CODES.findall(panel(text="只在电话里")) == []


def test_scripts_of_a_case_are_for_who_sees_it(browse: Browse, case: str) -> None:
    task = browse("wang").open_task(case)
    for person in ("lin", "cang", "qian", "zhou", "admin"):
        assert browse(person).get(f"/cases/{case}/scripts").status_code == 404, person
        assert browse(person).get(f"/tasks/{task}/scripts").status_code == 404, person
    assert browse("sun").get(f"/tasks/{task}/scripts").status_code == 200


# --- the library and its versions ----------------------------------------------------------------


def form_of(browser: Browser, code: str, **changed: str) -> dict[str, str]:
    """What the form of a script sends."""
    page = browser.get(f"/scripts/{code}/edit").text
    form = dict(re.findall(r'<input[^>]*name="(situation|tags|note|shops|based_on)"[^>]*value="([^"]*)"', page))
    form["text"] = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.S)[1]  # type: ignore[index]
    return {**form, "reason": "更清楚", **changed}


def test_a_process_owner_changes_a_script_at_once_and_restores_it(browse: Browse) -> None:
    zhou = browse("zhou")
    answer = zhou.post("/scripts/S21/edit", form_of(zhou, "S21", text="亲,货物到了目的国才会更新,请等等。"))
    assert answer.location == "/scripts/S21"
    page = zhou.get("/scripts/S21").text
    assert "第 2 版" in page
    assert "<ins>" in page
    assert "<del>" in page
    (old,) = re.findall(r'name="version" value="(\d+)"', page)
    assert zhou.post("/scripts/S21/restore", {"version": old}).status_code == 303
    page = browse("wang").get("/scripts/S21").text
    assert "亲,货物到达目的国后物流信息才会更新,请耐心等待。" in page
    assert "第 3 版" in page
    assert 'data-test="versions"' not in page, "agents read texts, not their versions"
    assert zhou.post("/scripts/S22/restore", {"version": old}).status_code == 404, "a version of another script"


def test_who_is_second_hears_that_there_is_a_newer_version(browse: Browse) -> None:
    zhou = browse("zhou")
    form = form_of(zhou, "S21")
    assert zhou.post("/scripts/S21/edit", {**form, "text": "亲,一"}).status_code == 303
    answer = zhou.post("/scripts/S21/edit", {**form, "text": "亲,二"})
    assert answer.status_code == 422
    assert "已有更新的版本" in answer.text
    assert "亲,二" in answer.text, "what was typed is kept"


def test_a_supervisor_proposes_and_a_manager_approves(app: Flask, browse: Browse) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    form = form_of(chen, "S21", text="亲,到目的国后更新。")
    assert chen.post("/scripts/S21/edit", {**form, "reason": ""}).status_code == 422, "a proposal needs a reason"
    assert chen.post("/scripts/S21/edit", form).location == "/scripts/proposals"
    assert "亲,到目的国后更新。" not in browse("wang").get("/scripts/S21").text
    assert [row.user for row in rows(app, notification) if row.occasion == "script"] == ["zhao"]
    (key,) = re.findall(r"/scripts/proposals/(\d+)", zhao.get("/scripts/proposals").text)
    assert chen.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 404
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "refuse"}).status_code == 422, "without an answer"
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 303
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 409
    assert "亲,到目的国后更新。" in browse("wang").get("/scripts/S21").text
    assert "chen" in [row.user for row in rows(app, notification) if row.occasion == "script"]


def test_a_proposal_is_withdrawn_by_who_made_it(browse: Browse) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    chen.post("/scripts/S21/edit", form_of(chen, "S21", text="亲,等等。"))
    (key,) = re.findall(r"/scripts/proposals/(\d+)", chen.get("/scripts/proposals").text)
    assert chen.post(f"/scripts/proposals/{key}", {"what": "refuse"}).status_code == 303
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 409


def test_a_banned_phrase_is_not_kept_and_a_promise_is_confirmed(browse: Browse) -> None:
    zhou = browse("zhou")
    form = form_of(zhou, "S21")
    answer = zhou.post("/scripts/S21/edit", {**form, "text": "亲,不 知道哦"})
    assert answer.status_code == 422
    assert "“不 知道”不能对客户说" in answer.text
    answer = zhou.post("/scripts/S21/edit", {**form, "text": "亲,明天一定到"})
    assert answer.status_code == 422
    (mark,) = re.findall(r'name="_promised" value="([^"]*)"', answer.text)
    other = {"text": "亲,明天一定到,绝对", "_promised": mark}
    assert zhou.post("/scripts/S21/edit", {**form, **other}).status_code == 422, "a tick is for its phrases"
    assert zhou.post("/scripts/S21/edit", {**form, "text": "亲,明天一定到", "_promised": mark}).status_code == 303


@pytest.mark.parametrize(
    ("changed", "said_"),
    [
        ({"text": " "}, "不能为空"),
        ({"situation": ""}, "情境"),
        ({"text": "亲,{半个"}, "花括号"),
        ({"text": "亲" * 1001}, "1000 字"),
        ({"steps": "p10_courier_query.nothing"}, "没有步骤"),
        ({"channels": "moon"}, "渠道"),
        ({"condition": "moon"}, "使用条件"),
        ({"variant_channel": "", "variant_shop": "", "variant_text": "亲"}, "变体须选择"),
    ],
)
def test_what_is_wrong_with_a_script_is_said(browse: Browse, changed: dict[str, str], said_: str) -> None:
    zhou = browse("zhou")
    answer = zhou.post("/scripts/S21/edit", form_of(zhou, "S21", **changed))
    assert answer.status_code == 422
    assert said_ in answer.text


def test_markup_in_a_script_is_text(browse: Browse, panel: Callable[..., str]) -> None:
    zhou = browse("zhou")
    form = form_of(zhou, "S21", text="亲,<img src=x onerror=alert(1)>", situation="<b>粗</b>")
    assert zhou.post("/scripts/S21/edit", form).status_code == 303
    for page in (panel(), zhou.get("/scripts/S21").text, zhou.get("/scripts").text):
        assert "<img src=x" not in page
        assert "<b>粗" not in page


def test_a_script_out_of_use_is_offered_no_more(browse: Browse, panel: Callable[..., str]) -> None:
    zhou = browse("zhou")
    assert zhou.post("/scripts/S21/edit", form_of(zhou, "S21", retired="1")).status_code == 303
    assert "S21" not in CODES.findall(panel())
    assert "script-S21" not in zhou.get("/scripts").text
    assert "script-S21" in zhou.get("/scripts?retired=1").text
    assert browse("wang").post("/scripts/S21/use").status_code == 404


def test_the_library_comes_page_by_page(browse: Browse) -> None:
    zhou = browse("zhou")
    for number in range(20):
        assert zhou.post("/scripts/new", {"situation": f"第{number}条", "text": "亲,好的"}).status_code == 303
    seen: list[str] = []
    path = "/scripts"
    while path:
        page = zhou.get(path).text
        seen += re.findall(r'data-test="script-(S\d+)"', page)
        found = re.search(r'href="(/scripts\?after=[^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 66
    for place in ("x", "1", "-1.S01", "9" * 20 + ".S01"):
        assert zhou.get(f"/scripts?after={place}").status_code == 404, place


def test_filters_of_the_library(browse: Browse) -> None:
    wang = browse("wang")
    assert "script-S20" in wang.get("/scripts?tag=物流").text
    assert "script-S03" not in wang.get("/scripts?tag=物流").text
    page = wang.get("/scripts?process=p10_courier_query").text
    assert "script-S20" in page
    assert "script-T10A" in page
    assert "script-S03" not in page
    assert "没有找到" in wang.get("/scripts?text=没有这样的话").text


# --- message texts -------------------------------------------------------------------------------


def letter_form(browser: Browser, code: str, text: str) -> dict[str, str]:
    page = browser.get(f"/scripts/{code}/edit").text
    based_on = re.search(r'name="based_on" value="(\d+)"', page)
    return {"text": text, "reason": "更亲切", "based_on": based_on[1] if based_on else ""}


def test_a_message_text_is_changed_by_a_deployment_of_its_file(app: Flask, browse: Browse) -> None:
    zhou = browse("zhou")
    new = "亲,您好!包裹{waybill_no}有新进展会马上告诉您。"
    assert zhou.post("/scripts/T10B/edit", letter_form(zhou, "T10B", new)).status_code == 303
    assert parts_of(app).definitions.template("T10B")[1] == new
    kept = [(row.version, row.made_by) for row in rows(app, text_version) if row.id == "T10B"]
    assert kept == [(1, "system"), (2, "zhou")], "what was in force before is a version, too"
    page = zhou.get("/scripts/T10B").text
    (old,) = re.findall(r'name="version" value="(\d+)"', page)
    assert zhou.post("/scripts/T10B/restore", {"version": old}).status_code == 303
    assert parts_of(app).definitions.template("T10B")[1] != new


def test_a_message_text_that_the_lint_refuses_is_not_kept(app: Flask, browse: Browse) -> None:
    zhou = browse("zhou")
    before = parts_of(app).definitions.template("T10B")
    for broken in ("亲,{半个", "亲,{不是名}", " "):
        assert zhou.post("/scripts/T10B/edit", letter_form(zhou, "T10B", broken)).status_code == 422, broken
    assert zhou.post("/scripts/T10B/edit", letter_form(zhou, "T10B", "亲,不知道")).status_code == 422
    assert parts_of(app).definitions.template("T10B") == before
    assert [row for row in rows(app, text_version) if row.id == "T10B"] == []


def test_a_proposed_message_text_is_deployed_when_it_is_approved(app: Flask, browse: Browse) -> None:
    chen, zhao = browse("chen"), browse("zhao")
    new = "亲,您好!包裹{waybill_no}在路上。"
    assert chen.post("/scripts/T10B/edit", letter_form(chen, "T10B", new)).location == "/scripts/proposals"
    assert parts_of(app).definitions.template("T10B")[1] != new
    (key,) = re.findall(r"/scripts/proposals/(\d+)", zhao.get("/scripts/proposals").text)
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "approve"}).status_code == 303
    assert parts_of(app).definitions.template("T10B")[1] == new
    assert zhao.post(f"/scripts/proposals/{key}", {"what": "refuse", "answer": "晚了"}).status_code == 409


def test_only_who_may_changes_texts(browse: Browse) -> None:
    for person in ("wang", "lin", "zhao", "zheng", "admin", "cang"):
        for path in ("/scripts/new", "/scripts/S21/edit", "/scripts/T10B/edit"):
            assert browse(person).get(path).status_code == 404, (person, path)
            assert browse(person).post(path, {"text": "x", "situation": "y"}).status_code == 404, (person, path)
        assert browse(person).post("/scripts/S21/restore", {"version": "1"}).status_code == 404, person
