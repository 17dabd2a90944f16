"""The pages of proof: heads to take home, a check of everything, case files, the system's own record."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from engine.history.checkpoint import read_checkpoint, read_checkpoints, read_verifier_key
from tests.engine.tampering import tamper
from tests.web.browser import Browser
from web import parts_of

Browse = Callable[[str], Browser]


@pytest.fixture
def case(browse: Browse) -> str:
    return browse("wang").start_inquiry()


def shown_head(page: str) -> str:
    found = re.search(r'data-test="head">(.*?)</pre>', page, re.S)
    assert found is not None
    return html.unescape(found[1])


def checked(app: Flask, zheng: Browser, **form: str) -> str:
    """The page once the check that is asked for has ended."""
    answer = zheng.post("/audit/proofs/check", form)
    assert answer.status_code == 303
    parts_of(app).checking.wait()
    return zheng.get("/audit/proofs").text


def test_a_head_is_signed_shown_and_taken_home(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    assert "还没有签名的树头" in zheng.get("/audit/proofs").text
    assert zheng.post("/audit/proofs/head").status_code == 303
    page = zheng.get("/audit/proofs").text
    head = read_checkpoint(shown_head(page))
    assert head.checkpoint.size >= 2
    answer = zheng.get("/audit/proofs/heads.txt")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert read_checkpoints(answer.text)[-1] == head
    key = re.search(r'<td class="mono break">(.*?)</td>', page)
    assert key is not None
    assert read_verifier_key(html.unescape(key[1]))[0] == head.checkpoint.origin


def test_everything_is_checked_beside_the_page_and_what_came_of_it_is_noted(
    app: Flask, browse: Browse, case: str
) -> None:
    zheng = browse("zheng")
    zheng.post("/audit/proofs/head")
    page = checked(app, zheng)
    assert 'data-whole="yes"' in page
    assert "没有与外部保存的树头比对" in page
    row = re.search(r'data-test="checks">.*?</table>', page, re.S)
    assert row is not None
    assert "核验全部历史" in row[0]
    assert "郑" in row[0]
    assert 'hx-trigger="every 1s"' not in zheng.get("/audit/proofs/progress").text


def test_with_a_head_from_elsewhere_that_is_said_and_a_wrong_one_is_found(
    app: Flask, browse: Browse, case: str
) -> None:
    zheng = browse("zheng")
    zheng.post("/audit/proofs/head")
    head = shown_head(zheng.get("/audit/proofs").text)
    assert "1 个外部保存的树头一致" in checked(app, zheng, heads=head)
    lines = head.split("\n")
    lines[1] = "999"
    assert 'data-whole="no"' in checked(app, zheng, heads="\n".join(lines))


def test_damage_is_shown_with_its_place(app: Flask, browse: Browse, case: str) -> None:
    tamper(parts_of(app).db, f"UPDATE history_event SET actor = 'x' WHERE stream = {case} AND seq = 2")
    page = checked(app, browse("zheng"))
    assert 'data-whole="no"' in page
    assert f"流程实例 {case} 第 2 条事件的内容与它的哈希不符" in page


@pytest.mark.parametrize(
    "form", [{"heads": "hello"}, {"heads": "<script>alert(1)</script>\n\n\u2014 x y\n"}, {"key": "kefuflow+1+x"}]
)
def test_what_is_no_head_and_no_key_is_said_and_stays_in_the_form(browse: Browse, form: dict[str, str]) -> None:
    answer = browse("zheng").post("/audit/proofs/check", form)
    assert answer.status_code == 422
    assert "请原样粘贴" in answer.text
    assert "<script>alert" not in answer.text


# --- case files ----------------------------------------------------------------------------------


def test_an_auditor_takes_a_masked_case_file(browse: Browse, case: str) -> None:
    zheng = browse("zheng")
    page = zheng.get(f"/audit/{case}/case-file").text
    assert 'name="unmasked"' not in page
    answer = zheng.post(f"/audit/{case}/case-file", {"reason": "平台介入,举证", "unmasked": "1"})
    assert answer.status_code == 404  # not the auditor's to ask for
    answer = zheng.post(f"/audit/{case}/case-file", {"reason": "平台介入,举证"})
    assert answer.mimetype == "application/zip"
    data = answer.data
    answer.close()
    with zipfile.ZipFile(BytesIO(data)) as file:
        assert {"index.html", "verify.py", "manifest.json", "manifest.sig", "proof.json"} <= set(file.namelist())
        assert b"C-8812" not in b"".join(file.read(name) for name in file.namelist())
    assert "制作案卷" in zheng.get("/audit/system").text


def test_a_manager_may_take_it_with_personal_data(browse: Browse, case: str) -> None:
    zhao = browse("zhao")
    assert 'name="unmasked"' in zhao.get(f"/audit/{case}/case-file").text
    answer = zhao.post(f"/audit/{case}/case-file", {"reason": "法院调取", "unmasked": "1"})
    data = answer.data
    answer.close()
    with zipfile.ZipFile(BytesIO(data)) as file:
        assert b"C-8812" in b"".join(file.read(name) for name in file.namelist())


def test_without_a_reason_there_is_none(browse: Browse, case: str) -> None:
    answer = browse("zheng").post(f"/audit/{case}/case-file", {"reason": "  "})
    assert answer.status_code == 422
    assert "用途" in answer.text


# --- the system's record -------------------------------------------------------------------------


def refuse(browse: Browse) -> None:
    """Somebody types a wrong password."""
    browse("lin").client.post("/login", data={"user_id": "wang", "password": "wrong"})


def test_the_record_is_read_by_kind_person_and_day(browse: Browse) -> None:
    refuse(browse)
    zheng = browse("zheng")
    page = zheng.get("/audit/system").text
    assert 'data-kind="user.login_refused"' in page
    assert 'data-kind="definition.deployed"' in page
    people = zheng.get("/audit/system?subject=people").text
    assert 'data-kind="user.login_refused"' in people
    assert 'data-kind="definition.deployed"' not in people
    own = zheng.get("/audit/system?person=system").text
    assert 'data-kind="definition.deployed"' in own
    assert 'data-kind="user.login_refused"' not in zheng.get("/audit/system?person=zheng").text
    assert "没有符合条件的记录" in zheng.get("/audit/system?until=2020-01-01").text
    assert 'data-kind="user.login_refused"' in zheng.get("/audit/system?since=2026-01-02&until=2026-01-02").text


@pytest.mark.parametrize(
    "query", ["before=-1", "before=x", "before=9999999999999999999", "since=x", "subject=x&person=x"]
)
def test_an_address_that_nobody_gave_does_no_harm(browse: Browse, query: str) -> None:
    assert browse("zheng").get(f"/audit/system?{query}").status_code == 200


def test_an_administrator_reads_of_people_and_rules_only(browse: Browse, case: str) -> None:
    browse("zheng").post(f"/audit/{case}/case-file", {"reason": "举证"}).close()
    refuse(browse)
    admin = browse("admin")
    for address in ("/audit/system", "/audit/system?subject=exports", "/audit/system?subject=x"):
        page = admin.get(address).text
        assert 'data-kind="user.login_refused"' in page
        assert "case_file.made" not in page


def test_pages_of_the_record_lead_to_older_ones(app: Flask, browse: Browse) -> None:
    refuse(browse)
    zheng = browse("zheng")
    for _ in range(120):
        zheng.post("/audit/proofs/check")
        parts_of(app).checking.wait()
    page = zheng.get("/audit/system").text
    older = re.search(r'href="([^"]*before=\d+[^"]*)" data-test="older"', page)
    assert older is not None
    assert page.count('data-kind="history.verified"') == 100
    assert 'data-kind="user.login_refused"' in zheng.get(html.unescape(older[1])).text


def test_the_tabs_show_what_opens(browse: Browse) -> None:
    for person, expected in (
        ("zheng", {"audit.index", "inspection.questions", "system_record.index", "proofs.index", "retention.index"}),
        ("admin", {"system_record.index", "proofs.index", "retention.index"}),
    ):
        page = browse(person).get("/audit/proofs").text
        found = set(re.findall(r'data-test="tab-([\w.]+)"', page))
        assert expected <= found
        assert ("audit.index" in found) == (person == "zheng")
    assert browse("chen").get("/audit/proofs").status_code == 404
