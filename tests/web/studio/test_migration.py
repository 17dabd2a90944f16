"""The pages on which running cases go over to another version."""

from __future__ import annotations

import re

import pytest

from engine.model import SYSTEM
from tests.engine.shop_desk import START
from tests.web.studio.desk import Studio

PROCESS = "p10_courier_query"


@pytest.fixture
def moved(desk: Studio) -> tuple[Studio, int, int]:
    """Three cases that began on version 1; version 2, in force, asks for a check before the claim for money."""
    runtime, definitions = desk.parts.runtime, desk.parts.definitions
    source = definitions.latest(PROCESS)
    for number in range(3):
        runtime.start(PROCESS, {**START, "order_id": f"SO-{number}"}, SYSTEM)
    text = source.xml.decode()
    text = text.replace('id="check_logistics" name="查询物流状态"', 'id="check_logistics" name="查物流"')
    definitions.deploy({f"{PROCESS}.bpmn": text.encode()}, SYSTEM)
    return desk, source.key, definitions.latest(PROCESS).key


def test_from_the_versions_to_the_new_one(moved: tuple[Studio, int, int]) -> None:
    desk, source, target = moved
    owner = desk.browser("zhou")
    page = owner.get(f"/studio/processes/{PROCESS}/migrate").text
    assert 'data-test="version-2"' in page
    plan = f"/studio/processes/{PROCESS}/migrate/plan?source={source}&target={target}"
    assert "查询物流状态" in owner.get(plan).text
    asked = owner.post(plan, {"source": str(source), "target": str(target), "reason": "新版更清楚"})
    assert asked.status_code == 303
    desk.parts.migrations.wait()
    page = owner.get(asked.location).text
    assert "可以迁移 3 件,历史不符 0 件,不能迁移 0 件。" in page
    assert owner.post(f"{asked.location}/go", {}).status_code == 303
    desk.parts.migrations.wait()
    page = owner.get(asked.location).text
    assert "已迁移 3 件。" in page
    assert page.count('data-status="migrated"') == 3
    assert desk.rows(f"SELECT DISTINCT definition FROM process_instance WHERE process_id = '{PROCESS}'") == [(target,)]
    assert "以前的迁移" in owner.get(f"/studio/processes/{PROCESS}/migrate").text


def test_what_cannot_is_said_and_stays(moved: tuple[Studio, int, int]) -> None:
    desk, source, target = moved
    owner = desk.browser("zhou")
    plan = f"/studio/processes/{PROCESS}/migrate/plan?source={source}&target={target}"
    fields = {"source": str(source), "target": str(target), "reason": "", "to:check_logistics": "check_logistics"}
    refused = owner.post(plan, fields)
    assert refused.status_code == 422
    assert "请写明原因" in refused.text
    wrong = owner.post(plan, {**fields, "reason": "x", "to:check_logistics": "nothing"})
    assert wrong.status_code == 422
    assert "新版本没有 nothing" in wrong.text
    asked = owner.post(plan, {**fields, "reason": "x", "to:check_logistics": "file_claim"})
    desk.parts.migrations.wait()
    page = owner.get(asked.location).text
    assert "历史不符 3 件" in page
    assert "按新版本重新执行" in page
    owner.post(f"{asked.location}/go", {})
    assert "没有可以迁移的工单" in owner.get(asked.location).text


def test_only_owners_act_and_readers_read(moved: tuple[Studio, int, int]) -> None:
    desk, source, target = moved
    owner = desk.browser("zhou")
    plan = f"/studio/processes/{PROCESS}/migrate/plan?source={source}&target={target}"
    asked = owner.post(plan, {"source": str(source), "target": str(target), "reason": "x"}).location
    desk.parts.migrations.wait()
    for reader in ("zheng", "zhao"):
        browser = desk.browser(reader)
        assert browser.get(asked).status_code == 200
        assert 'data-test="go"' not in browser.get(asked).text
        assert browser.get(plan).status_code in (403, 404)
        assert browser.post(f"{asked}/go", {}).status_code in (403, 404)
    for nobody in ("lin", "qian"):
        assert desk.browser(nobody).get(asked).status_code in (403, 404)
    assert desk.rows("SELECT DISTINCT status FROM migration") == [("checked",)]
    assert owner.post(f"{asked}/stop", {}).status_code == 303
    assert desk.rows("SELECT DISTINCT status FROM migration") == [("stopped",)]


@pytest.mark.parametrize("address", [
    "/studio/processes/nothing/migrate", f"/studio/processes/{PROCESS}/migrate/plan",
    f"/studio/processes/{PROCESS}/migrate/plan?source=x&target=%00", "/studio/migrations/99",
    "/studio/migrations/99999999999999999999",
])  # fmt: skip
def test_addresses_of_nothing(desk: Studio, address: str) -> None:
    assert desk.browser("zhou").get(address).status_code == 404


def test_the_words_of_statuses_are_all_there(moved: tuple[Studio, int, int]) -> None:
    from engine.migration import CaseStatus, Status
    from web.studio.migration import CASE_WORDS, STATUS_WORDS

    assert set(CASE_WORDS) == set(CaseStatus)
    assert set(STATUS_WORDS) == set(Status)
    assert all(re.search("[\u4e00-\u9fff]", str(word)) for _, word in (*CASE_WORDS.values(), *STATUS_WORDS.values()))


@pytest.mark.parametrize("wrong", ["9" * 25, "1" * 5000, "²", "x", ""])
def test_what_is_no_version_is_not_found(moved: tuple[Studio, int, int], wrong: str) -> None:
    desk, _, target = moved
    plan = f"/studio/processes/{PROCESS}/migrate/plan"
    assert desk.browser("zhou").client.get(f"{plan}?source={wrong}&target={target}").status_code == 404
    assert desk.browser("zhou").post(plan, {"source": wrong, "target": str(target)}).status_code == 404
