"""An owner clicks through a process, saves the run as a scenario, runs it and sees what no scenario takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ROOT

pytestmark = pytest.mark.browser
OWNER = "he.ping"
PROCESS = "s02_payout"


def open_change(page: Page, title: str) -> str:
    """A change with the scenarios of a process as a draft; gives its address."""
    page.goto("/studio/changes")
    token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    referer = {"Referer": page.url}
    form = {"csrf_token": token, "title": title, "why": "换一家快递"}
    change = page.request.post("/studio/changes", form=form, headers=referer).url
    added = page.request.post(
        f"{change}/add", form={"csrf_token": token, "kind": "scenario", "id": PROCESS}, headers=referer
    )
    assert added.ok
    return change


def the_next() -> str:
    """The number after the last of those that the process has of its own."""
    text = (ROOT / f"processes/scenarios/{PROCESS}.yaml").read_text(encoding="utf-8")
    return f"S2-A{max(int(number) for number in re.findall(r'no: S2-A([0-9]+)', text)) + 1}"


def done(page: Page, element: str) -> Locator:
    """The mark of an element that the diagram shows as done."""
    return page.locator(f".djs-shape.kf-done[data-element-id='{element}']")


def test_a_run_is_clicked_saved_run_and_painted(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER)
    change = open_change(page, "点出来的场景")
    page.goto(f"{change}/tests")
    page.get_by_test_id("to-sandbox").click()
    page.get_by_label("流程", exact=True).select_option(PROCESS)
    page.get_by_test_id("open-sandbox").click()
    expect(page.locator("[data-diagram][data-ready]")).to_be_visible()
    page.get_by_label("由别的流程调用").check()
    page.get_by_text("另外带入的变量").click()
    page.locator("#more").fill("payout_kind: refund\npayout_amount: 20")
    page.get_by_test_id("start").click()
    task = page.get_by_test_id("wait-finance_pay")
    task.get_by_label("是", exact=True).first.check()
    page.get_by_test_id("do-finance_pay").click()
    expect(task.get_by_role("alert")).to_contain_text("需要更正")
    task.locator("[name=payment_no]").fill("P-77")
    task.locator("[name=paid_amount]").fill("20")
    page.get_by_test_id("do-finance_pay").click()
    expect(page.get_by_test_id("ended")).to_be_visible()
    expect(done(page, "end_paid")).to_have_count(1)

    page.get_by_test_id("undo").click()
    expect(task).to_be_visible()
    expect(done(page, "end_paid")).to_have_count(0)
    task.get_by_label("是", exact=True).first.check()
    task.locator("[name=payment_no]").fill("P-78")
    task.locator("[name=paid_amount]").fill("20")
    page.get_by_test_id("do-finance_pay").click()
    page.get_by_label("标题:这是什么情形").fill("一次打款成功,点出来的")
    page.get_by_test_id("save-scenario").click()

    expect(page).to_have_url(re.compile(f"/edit/scenario/{PROCESS}"))
    expect(page.get_by_test_id("text")).to_have_value(re.compile(f"no: {the_next()}\n  title: 一次打款成功,点出来的"))
    line = page.get_by_test_id(f"scenario-{the_next()}")
    expect(line).to_have_attribute("data-status", "none")
    page.get_by_test_id("run-all").click()
    expect(line).to_have_attribute("data-status", "ok")
    line.locator("button").first.click()  # its way is shown: the whole again
    expect(page.get_by_test_id("coverage")).to_contain_text(re.compile(r"走到 ([0-9]+)/\1(?![0-9])"))
    every = page.get_by_test_id("coverage").inner_text().partition("/")[2].partition("(")[0]
    text = page.get_by_test_id("text").input_value()
    one = text.partition(f"- no: {the_next()}\n")[2]
    assert one
    page.get_by_test_id("text").fill(f"process: {PROCESS}\nscenarios:\n- no: {the_next()}\n{one}")
    expect(page.get_by_test_id("coverage")).to_contain_text(re.compile(rf"走到 1?\d/{every}(?![0-9])"))
    untaken = page.locator(".djs-connection.kf-uncovered")
    expect(untaken.first).to_be_attached()
    page.get_by_test_id("gaps").get_by_role("button", name="从这里录一个").first.click()
    expect(page.get_by_test_id("aim")).to_be_visible()
    expect(page.get_by_test_id("wait-finance_pay")).to_be_visible()


def test_a_wrong_text_is_told_at_its_line_and_progress_has_a_figure(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER)
    change = open_change(page, "改场景")
    page.goto(f"{change}/edit/scenario/{PROCESS}")
    text = (Path(ROOT) / f"processes/scenarios/{PROCESS}.yaml").read_text()
    field = page.get_by_test_id("text")
    field.fill(text.replace("  end: end_paid", "  ends: end_paid", 1))
    expect(page.get_by_test_id("run-problem")).to_contain_text("第 10 行")
    expect(page.get_by_test_id("problems")).to_contain_text("没有 ends 这样的项")
    page.get_by_test_id("problems").get_by_role("button").first.click()
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "  ends: end_paid"
    field.fill(text.replace("end: end_paid", "end: end_elsewhere", 1))
    expect(page.get_by_test_id("scenario-S2-S1")).to_be_visible()
    page.get_by_test_id("run-all").click()
    expect(page.get_by_test_id("sum")).to_contain_text("1 个不符")
    bad = page.get_by_test_id("scenario-S2-S1")
    bad.locator("button").first.click()
    expect(bad.get_by_test_id("problem")).to_contain_text("场景要求结束在end_elsewhere")
    expect(done(page, "finance_pay")).to_have_count(1)
    bad.get_by_test_id("open-0").click()
    expect(page.get_by_test_id("wait-finance_pay")).to_be_visible()


def test_a_sandbox_works_on_a_phone_and_without_scripts(as_person: Callable[..., Page]) -> None:
    page = as_person(OWNER, javascript=False, width=390)
    change = open_change(page, "没有脚本")
    page.goto(f"{change}/sandbox")
    page.locator("#process").select_option(PROCESS)
    page.get_by_test_id("open-sandbox").click()
    page.locator("#how-call").check()
    page.get_by_text("另外带入的变量").click()
    page.locator("#more").fill("{payout_kind: refund, payout_amount: 20}")
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("wait-finance_pay")).to_be_visible()
    page.get_by_role("button", name="前进 1 天").click()
    expect(page.get_by_test_id("sandbox-clock")).to_have_text("2026-01-03 09:00")
    page.get_by_test_id("end").click()
    expect(page.get_by_test_id("open-sandbox")).to_be_visible()
