"""Scenarios in the studio: recorded by clicking, saved into the change, run, and seen by who reads."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from engine.scenarios import read_scenarios
from tests.web.browser import Browser
from tests.web.studio.desk import Studio

ROOT = Path(__file__).parents[3]
PROCESS = "s02_payout"
TEXT = (ROOT / f"processes/scenarios/{PROCESS}.yaml").read_text()
#: What the next scenario is numbered.
NEXT = f"S2-A{max(int(number) for number in re.findall(r'- no: S2-A([0-9]+)', TEXT)) + 1}"


def put_scenarios(desk: Studio, process: str = PROCESS) -> int:
    """A change with the shipped scenarios of a process as a draft."""
    key = desk.open(("scenario", process))
    text = (ROOT / f"processes/scenarios/{process}.yaml").read_text()
    answer = desk.save("zhou", key, "scenario", process, text)
    assert answer.status_code == 200, answer.text
    return key


def open_sandbox(desk: Studio, key: int, process: str = PROCESS, **more: str) -> tuple[Browser, str]:
    zhou = desk.browser("zhou")
    answer = zhou.post(f"/studio/changes/{key}/sandbox", {"process": process, **more})
    assert answer.status_code == 303, answer.text
    return zhou, answer.location


def do(browser: Browser, place: str, verb: str, data: dict[str, Any] | None = None) -> TestResponse:
    answer = browser.post(f"{place}/{verb}", data)
    assert answer.status_code == 303, shown_problem(answer)
    return browser.get(place)


def start(browser: Browser, place: str, how: str = "call", text: str = "", **typed: str) -> TestResponse:
    """Start as a browser does: with everything that the form shows already."""
    form = browser.get(place).text.partition('data-test="start-form"')[2].partition("</form>")[0]
    shown = {}
    for tag in re.findall(r"<(?:input|textarea)[^>]*>[^<]*", form):
        name, kind = (re.search(rf'{word}="([^"]*)"', tag) for word in ("name", "type"))
        if name is None or name[1].startswith(("_", "csrf")) or (kind and kind[1] in ("radio", "checkbox")):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        shown[name[1]] = value[1] if value else tag.partition(">")[2].strip()
    for select in re.findall(r"<select.*?</select>", form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', select)
        shown[re.search(r'name="([^"]*)"', select)[1]] = chosen[1] if chosen else ""  # type: ignore[index]
    return do(browser, place, "start", {"_how": how, "_text": text, **shown, **typed})


def shown_problem(answer: TestResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", "".join(re.findall(r'role="alert".*?</(?:div|p)>', answer.text, re.S))))


def run(desk: Studio, key: int, user: str = "zhou", process: str = PROCESS, **sent: Any) -> Any:
    answer = desk.post_json(user, f"/studio/changes/{key}/scenarios/{process}/run", sent)
    return answer.status_code, answer.get_json()


def test_a_run_that_was_clicked_becomes_a_scenario_that_passes(desk: Studio) -> None:
    key = put_scenarios(desk)
    zhou, place = open_sandbox(desk, key)
    page = zhou.get(place)
    assert "怎样开始" in page.text
    page = start(zhou, place, text="payout_kind: refund\npayout_amount: 20")
    assert 'data-test="wait-finance_pay"' in page.text
    answer = zhou.post(f"{place}/complete", {"_key": "finance_pay", "_n": "1", "pay_ok": "true"})
    assert answer.status_code == 422, "the form's own messages"
    assert "有" in shown_problem(answer)
    assert "需要更正" in shown_problem(answer)
    page = do(
        zhou, place, "complete", {"_key": "finance_pay", "pay_ok": "true", "payment_no": "P9", "paid_amount": "20"}
    )
    assert 'data-test="ended"' in page.text
    answer = zhou.post(f"{place}/save", {"title": "点出来的一次打款", "expect": ["payout_result"], "path": "1"})
    assert answer.status_code == 303, shown_problem(answer)
    assert "/edit/scenario/s02_payout" in answer.location
    content = desk.draft(key, "scenario", PROCESS).content.decode()
    assert content.startswith(TEXT), "nothing else was touched"
    added = content.removeprefix(TEXT)
    assert f"- no: {NEXT}\n  title: 点出来的一次打款\n  start: {{payout_kind: refund, payout_amount: 20}}\n" in added
    assert (
        "    finance_pay: {pay_ok: true, payment_no: P9, paid_amount: 20}\n  expect: {payout_result: paid}\n" in added
    )
    status, told = run(desk, key, run=[NEXT])
    assert status == 200
    assert {one["no"]: one["status"] for one in told["scenarios"]}[NEXT] == "ok"


def test_a_step_can_be_undone_and_a_job_answered_otherwise(desk: Studio) -> None:
    key = desk.open()
    zhou, place = open_sandbox(desk, key, "p05_order_tracking")
    page = start(zhou, place, text="waybill_no: YT1\ncourier: 圆通\ndispatched_at: 2026-01-01T18:00")
    do(zhou, place, "occur", {"_key": "tm_poll", "_n": "1"})
    page = zhou.get(place)
    assert 'data-test="visit-poll_logistics"' in page.text
    page = do(zhou, place, "instead", {"step": "1", "visit": "0", "_text": "tracking_stage: signed\nhours_in_stage: 0"})
    assert 'data-test="ended"' in page.text
    assert "由您给出" in page.text
    page = do(zhou, place, "undo")
    assert 'data-test="wait-tm_poll"' in page.text
    page = do(zhou, place, "ahead", {"_key": "poll_logistics", "_text": "{tracking_stage: signed, hours_in_stage: 0}"})
    assert 'data-test="pending"' in page.text
    page = do(zhou, place, "pass", {"due": "1"})
    assert 'data-test="ended"' in page.text


def test_a_call_may_give_its_result_at_once(desk: Studio) -> None:
    key = desk.open()
    zhou, place = open_sandbox(desk, key, "p01_compensation")
    start(zhou, place, "form", issue_type="damaged", order_amount="199", channel="marketplace")
    page = do(
        zhou, place, "complete",
        {"_key": "assess_compensation", "responsibility": "seller", "comp_amount": "50", "comp_reason": "破损",
         "pay_method": "original"},
    )  # fmt: skip
    assert 'data-test="visit-call_amount_approval"' in page.text
    assert "approval_result" in page.text
    page = do(zhou, place, "instead", {"step": "1", "visit": "0", "_text": "{approval_result: approved}"})
    assert 'data-test="wait-negotiate_compensation"' in page.text
    state = json.loads(unescape(re.search(r'data-diagram-state="([^"]*)"', page.text)[1]))  # type: ignore[index]
    assert state["tokens"]["negotiate_compensation"] == 1
    assert state["done"]["call_amount_approval"] == 1


def test_another_persons_sandbox_is_not_there(desk: Studio) -> None:
    key = desk.open()
    _, place = open_sandbox(desk, key)
    hao = desk.browser("hao")
    assert hao.get(place).status_code == 404
    assert hao.post(f"{place}/undo").status_code == 404
    assert hao.post(f"{place}/end").status_code == 404
    other = desk.open()
    zhou = desk.browser("zhou")
    assert zhou.get(place.replace(f"changes/{key}/", f"changes/{other}/")).status_code == 404
    assert zhou.get(f"/studio/changes/{key}/sandbox/{'0' * 32}").status_code == 404
    assert zhou.get(f"/studio/changes/{key}/sandbox/..%2f..%2fetc").status_code == 404
    for reader in ("zhao", "zheng", "wang"):
        assert desk.browser(reader).get(place).status_code == 404
        assert desk.browser(reader).post(f"/studio/changes/{key}/sandbox", {"process": PROCESS}).status_code == 404


def test_one_person_has_five_at_most(desk: Studio) -> None:
    key = desk.open()
    zhou = desk.browser("zhou")
    places = [open_sandbox(desk, key)[1] for _ in range(5)]
    answer = zhou.post(f"/studio/changes/{key}/sandbox", {"process": PROCESS})
    assert answer.status_code == 409
    assert "请先结束一个" in answer.text
    assert zhou.post(f"{places[0]}/end").status_code == 303
    open_sandbox(desk, key)


def test_broken_drafts_are_told_with_their_findings(desk: Studio) -> None:
    key = desk.open(("bpmn", PROCESS))
    desk.replace("zhou", key, "bpmn", PROCESS, "pay_ok", "pay ok (")
    answer = desk.browser("zhou").post(f"/studio/changes/{key}/sandbox", {"process": PROCESS})
    assert answer.status_code == 422
    assert 'data-test="finding"' in answer.text
    put = desk.browser("zhou").post(f"/studio/changes/{key}/add", {"kind": "scenario", "id": PROCESS})
    assert put.status_code == 303
    status, told = run(desk, key, run=["1"])
    assert status == 422
    assert told["findings"]


def test_the_drafts_of_the_change_are_what_is_tried(desk: Studio) -> None:
    key = desk.open(("bpmn", "p10_courier_query"))
    desk.replace("zhou", key, "bpmn", "p10_courier_query", 'name="查询物流状态"', 'name="先看物流"')
    zhou, place = open_sandbox(desk, key, "p10_courier_query")
    page = start(zhou, place, text="waybill_no: YT1\ncourier: 圆通\norder_amount: 99")
    assert "先看物流" in page.text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("process: s02_payout\nscenarios:\n- no: a\n  ends: x\n", 4, "没有 ends 这样的项"),
        ("process: s02_payout\nscenarios:\n- no: a\n  do: {x: [1]}\n", 4, "写法不对"),
        ("process: s02_payout\nscenarios:\n- &a {no: 1}\n- *a\n", 3, "不能用 & 和 * 引用"),
        ("process: s02_payout\nscenarios:\n- no: !!python/name:os.system x\n", 3, "不能用 ! 标签"),
        ("process: s02_payout\nscenarios:\n- no: a\n- no: a\n", 4, "已经用过"),
        ("process: s02_payout\nscenarios:\n- no: a\n  title: x: y\n", 4, "冒号"),
        ("process: s02_payout\nscenarios:\n- no: a\n  start: " + "[" * 60 + "\n", 4, "嵌套超过"),
        ("x" * 2_000_001, None, "2 MB"),
    ],
)
def test_a_wrong_text_is_told_with_its_line_and_what_to_do(
    desk: Studio, text: str, line: int | None, said: str
) -> None:
    key = desk.open(("scenario", PROCESS))
    status, told = run(desk, key, content=text)
    assert status == 422
    assert told.get("line") == line
    assert said in told["message"]


def test_who_reads_sees_results_and_runs_nothing(desk: Studio) -> None:
    key = put_scenarios(desk)
    status, told = run(desk, key, "zheng", run=["S2-S1"])
    assert status == 200
    assert {one["status"] for one in told["scenarios"]} == {"none"}
    run(desk, key, run=["S2-S1"])
    status, told = run(desk, key, "zheng")
    assert {one["no"]: one["status"] for one in told["scenarios"]}["S2-S1"] == "ok"
    assert told["coverage"]["taken"] > 0
    page = desk.browser("zheng").get(f"/studio/changes/{key}/edit/scenario/{PROCESS}")
    assert page.status_code == 200
    assert "data-run-all" not in page.text
    assert 'data-test="record"' not in page.text


def test_a_lie_is_told_in_the_readers_language_and_coverage_names_the_rest(desk: Studio) -> None:
    key = put_scenarios(desk)
    text = TEXT.replace("expect: {payout_result: paid, pay_method: original}", "expect: {payout_result: lost}", 1)
    status, told = run(desk, key, content=text, run=["S2-S1"])
    assert status == 200
    (first, *_) = told["scenarios"]
    assert first["status"] == "bad"
    assert first["problem"] == '结束时变量 payout_result 是 "paid",场景要求是 "lost"'
    assert first["line"] == 4
    assert [step["said"] for step in first["steps"]] == ["发起「登记并退款」", "完成「财务打款」"]
    missing = {flow["id"] for flow in told["coverage"]["flows"]}
    assert missing
    assert not missing & set(told["coverage"]["elements"])


def test_a_scenario_is_opened_at_a_step_and_an_untaken_flow_near_it(desk: Studio) -> None:
    key = put_scenarios(desk)
    _, told = run(desk, key, run=["S2-S1"])
    zhou, place = open_sandbox(desk, key, no="S2-S1", step="1")
    assert 'data-test="wait-finance_pay"' in zhou.get(place).text
    zhou.post(f"{place}/end")
    flow = next(one["id"] for one in told["coverage"]["flows"] if one["source"] == "gw_paid")
    zhou, place = open_sandbox(desk, key, aim=flow)
    page = zhou.get(place).text
    assert 'data-test="aim"' in page
    assert 'data-test="wait-finance_pay"' in page


def test_the_first_scenario_takes_the_place_of_the_blank_one(desk: Studio) -> None:
    key = desk.open(("scenario", "s03_amount_approval"))
    zhou, place = open_sandbox(desk, key, "s03_amount_approval")
    page = start(zhou, place, text="comp_reason: 破损\ncomp_amount: 30\norder_amount: 200")
    assert 'data-test="ended"' in page.text, shown_problem(page)
    answer = zhou.post(f"{place}/save", {"title": "小额", "expect": ["approval_result"]})
    assert answer.status_code == 303, shown_problem(answer)
    content = desk.draft(key, "scenario", "s03_amount_approval").content
    (only,) = read_scenarios({"s03.yaml": content})
    assert (only.no, only.title) == ("S3-A1", "小额")


def test_nothing_leaves_a_sandbox(desk: Studio) -> None:
    before = list(desk.parts.db.file.parent.glob("*"))
    key = desk.open()
    zhou, place = open_sandbox(desk, key, "p02_rush_shipping")
    more = "paid_at: '2026-01-01T10:00'\norder_amount: 99\nhours_since_paid: 20"
    start(zhou, place, text=more)
    with desk.parts.db.read() as connection:
        for table in ("process_instance", "user_task", "outbox"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
    new = {path.name for path in desk.parts.db.file.parent.glob("*")} - {path.name for path in before}
    assert new <= {"sandboxes", "shop.db-wal", "shop.db-shm", "session.key"}
    assert (desk.parts.db.file.parent / "sandboxes").stat().st_mode & 0o777 == 0o700
