"""The day's duties on their page: what is to come, what was started for whom, what was missed; whether they are on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.shop import ON, save_settings
from tests.engine.duties.test_turns import duty
from tests.engine.support import UncheckedDefinitions
from tests.web.browser import Browser
from tests.web.test_transfer_pages import plan
from web import duties, parts_of

Browse = Callable[[str], Browser]
SATURDAY = date(2026, 1, 3)
DAY = timedelta(days=1)


@pytest.fixture
def deployed(app: Flask) -> Flask:
    parts = parts_of(app)
    says = {"roster": "on_duty", "roster_groups": "aftersales", "pack": "duties"}
    drawings = [duty("30 9,17 * * *", "d01_morning", **says), duty("0 23 * * *", "d02_night", **says)]
    files = {f"{one.process_id}.bpmn": one.xml() for one in drawings}
    files |= {
        f"{one.process_id}.do_it.form": f'{{"id": "{one.process_id}.do_it", "components": []}}'.encode()
        for one in drawings
    }
    UncheckedDefinitions(parts.db, parts.clock).deploy(files, SYSTEM)
    return app


def switch_on(app: Flask) -> None:
    parts = parts_of(app)
    with parts.db.begin() as tx:
        save_settings(tx, {"pack_duties": ON}, SYSTEM, now=parts.clock.now())


def lines(page: str) -> list[str]:
    """Those of the test's own processes: the shipped duties are on the page, too."""
    found = (line.partition("</tr>")[0] for line in page.split('data-test="turn"')[1:])
    return [line for line in found if ">流程</b>" in line]


def go_on(app: Flask, clock: VirtualClock, hours: float) -> None:
    clock.advance(timedelta(hours=hours))
    parts_of(app).worker.drain()


def test_a_shop_that_has_not_switched_them_on_is_told(deployed: Flask, browse: Browse) -> None:
    page = browse("lin").get("/duties").text
    assert "店铺没有打开「日常任务」" in page
    assert lines(page) == []


def test_what_is_to_come_stands_in_the_order_of_its_times(deployed: Flask, browse: Browse) -> None:
    switch_on(deployed)
    page = browse("lin").get("/duties").text
    assert [line.partition("<td>")[2][:5] for line in lines(page)] == ["09:30", "17:30", "23:00"]
    assert all("未到时间" in line for line in lines(page))
    assert "店铺没有打开" not in page
    tomorrow = browse("lin").get(f"/duties?day={SATURDAY}").text
    assert len(lines(tomorrow)) == 3


def test_what_was_started_says_for_whom_and_what_was_missed_that_it_was(
    deployed: Flask, browse: Browse, clock: VirtualClock
) -> None:
    switch_on(deployed)
    plan(deployed, ("wang", date(2026, 1, 2), "day"))
    go_on(deployed, clock, 0.6)  # 09:36
    first = lines(browse("lin").get("/duties").text)[0]
    assert "王立新" in first
    assert "办理中" in first
    go_on(deployed, clock, 20)  # 05:36 on Saturday
    yesterday = lines(browse("lin").get("/duties?day=2026-01-02").text)
    assert ["错过" in line for line in yesterday] == [False, True, True]


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_today(deployed: Flask, browse: Browse, day: str) -> None:
    assert "2026-01-02" in browse("lin").get(f"/duties?day={day}").text.partition('data-test="day"')[2][:60]


def test_schedules_are_said_in_words(deployed: Flask, browse: Browse) -> None:
    switch_on(deployed)
    shown = browse("lin").get("/duties").text.partition('data-test="duties"')[2]
    assert "每天 09:30、17:30" in shown
    assert "每天 23:00" in shown
    assert "* * *" not in shown


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * * 1", "每周一 09:00"),
        ("0 9 * * 1,3", "每周一、周三 09:00"),
        ("0 9 25 * *", "每月 25 日 09:00"),
        ("*/5 * * * *", ""),
        ("0 9 1 1 *", ""),
        ("0 9 1 * 1", ""),
    ],
)
def test_what_has_no_short_words_keeps_its_fields(app: Flask, cron: str, words: str) -> None:
    with app.test_request_context():
        assert duties._in_words(cron) == words


def test_who_has_no_roster_has_no_duties(deployed: Flask, browse: Browse) -> None:
    assert browse("kuai").get("/duties").status_code == 404
