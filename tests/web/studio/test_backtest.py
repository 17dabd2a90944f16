"""The pages of back-tests: asking, watching, reading; who may what, and nothing personal on them."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from engine import canonical
from engine.clock import VirtualClock
from engine.store.database import Database
from engine.store.tables import backtest_case
from tests.conftest import FRIDAY_9AM
from tests.engine.backtest.seeding import Seeder, with_limit
from tests.web.browser import PEOPLE
from tests.web.studio.desk import Studio

TABLE = ("decision", "compensation_approval")
#: Among the seeded ones: who was refused 50 元 and took less, who was never asked.
CASES = 12


@pytest.fixture(scope="module")
def worked(shop_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A shop with past compensations, made once and copied, and when the last of them was over."""
    path, clock = tmp_path_factory.mktemp("worked") / "shop.db", VirtualClock(FRIDAY_9AM)
    shutil.copy(shop_database, path)
    db = Database.open(f"sqlite:///{path}")
    Seeder(db, clock, 3).make(CASES)
    db.close()
    return path, clock.now()


@pytest.fixture
def seeded(
    worked: tuple[Path, datetime], tmp_path: Path, make_app: Callable[..., Flask], clock: VirtualClock
) -> Iterator[Studio]:
    """A studio on a copy of it, with the same clock."""
    shutil.copy(worked[0], tmp_path / "shop.db")
    clock.advance_to(worked[1])
    desk = Studio(make_app())
    yield desk
    desk.parts.backtests.wait()


def opened(desk: Studio, limit: int = 50) -> int:
    """A change with another limit."""
    key = desk.open(TABLE, title="补偿上限改为 50 元")
    text = desk.draft(key, *TABLE).content
    assert desk.save("zhou", key, *TABLE, with_limit(text, limit).decode()).status_code == 200
    return key


def asked(desk: Studio, key: int, **form: str) -> int:
    """A back-test that is done."""
    answer = desk.browser("zhou").client.post(f"/studio/changes/{key}/backtest", data=form)
    assert answer.status_code == 303, answer.text
    desk.parts.backtests.wait()
    return int(answer.location.rpartition("/")[2])


def page(desk: Studio, path: str, person: str = "zhou", status: int = 200) -> str:
    answer = desk.browser(person).client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def test_an_owner_asks_watches_and_reads_what_it_comes_to(seeded: Studio) -> None:
    key = opened(seeded)
    form = page(seeded, f"/studio/changes/{key}/backtest")
    assert f"共有 {CASES} 张工单用到这些内容" in form
    n = asked(seeded, key)
    shown = page(seeded, f"/studio/backtests/{n}")
    assert 'data-status="done"' in shown
    assert f"{CASES} 张中" in shown
    assert "多付" in shown
    assert "建立在假设上" in shown
    listed = page(seeded, f"/studio/changes/{key}/backtest")
    assert "与现在的草稿相同" in listed
    review = f"/studio/changes/{key}/review"
    told = page(seeded, review, "zhao").partition('data-test="backtest"')[2].partition("</li>")[0]
    assert f"/studio/backtests/{n}" in told
    assert f"{CASES} 张中" in told
    assert "多付 ¥" in told
    assert "之后草稿又改过" not in told
    seeded.replace("zhou", key, *TABLE, "50", "60")
    assert "之后草稿又改过" in page(seeded, f"/studio/changes/{key}/backtest")
    assert "之后草稿又改过" in page(seeded, review, "zhao")


def test_a_poll_gets_the_progress_and_the_page_when_it_is_over(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded))
    headers = {"HX-Request": "true"}
    client = seeded.browser("zhou").client
    over = client.get(f"/studio/backtests/{n}", headers=headers)
    assert over.headers["HX-Refresh"] == "true"
    with seeded.parts.db.begin() as tx:
        from engine.store.tables import backtest

        tx.connection.execute(update(backtest).values(status="running", done=3, spent_ms=900))
    running = client.get(f"/studio/backtests/{n}", headers=headers)
    assert "HX-Refresh" not in running.headers
    assert "已重走 3 / 12 张工单 · 25%" in running.text
    assert "大约还要 3 秒" in running.text
    assert 'hx-trigger="every 1s"' in running.text
    assert "<html" not in running.text
    stopped = client.post(f"/studio/backtests/{n}/stop")
    assert stopped.status_code == 303
    assert "中途停止" in page(seeded, f"/studio/backtests/{n}")
    assert client.post(f"/studio/backtests/{n}/stop").status_code == 303  # twice is as good as once


def test_the_cases_are_listed_filtered_and_taken_along(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded))
    with seeded.parts.db.read() as connection:
        rows = connection.execute(select(backtest_case)).all()
    paths = [row for row in rows if row.verdict == "path"]
    more = [row for row in rows if row.paid_after > row.paid_before]
    assert 0 < len(more) < len(paths) < CASES
    shown = page(seeded, f"/studio/backtests/{n}?verdict=path")
    assert shown.count("data-verdict=") == len(paths)
    assert page(seeded, f"/studio/backtests/{n}?money=more&assumed=1").count("data-verdict=") == len(more)
    assert "没有这样的工单" in page(seeded, f"/studio/backtests/{n}?process=p12_return")
    assert page(seeded, f"/studio/backtests/{n}?before=end_compensated&to=-").count("data-verdict=") == 0
    answer = seeded.browser("zhou").client.get(f"/studio/backtests/{n}/cases.csv?verdict=path")
    assert answer.mimetype == "text/csv"
    _, header, *lines = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))
    assert header[:4] == ["序号", "工单", "流程", "结果"]
    assert [line[1] for line in lines] == [row.case_id for row in paths]
    assert [Decimal(line[8]) for line in lines] == [Decimal(row.paid_after - row.paid_before) / 100 for row in paths]


def test_a_case_shows_both_ways_what_was_assumed_and_where_they_part(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded))
    with seeded.parts.db.read() as connection:
        row = next(r for r in connection.execute(select(backtest_case)) if r.assumed)
    shown = page(seeded, f"/studio/backtests/{n}/cases/{row.n}")
    assert shown.count("data-backtest-diagram=") == 2
    assert 'data-verdict="path"' in shown
    assert "补偿额度审批" in shown
    assert "这些是假设" in shown
    assert "原来多走的" in shown
    other = page(seeded, f"/studio/backtests/{n}/cases/{row.n}?process=p01_compensation")
    assert other.count("data-backtest-diagram=") == 2
    page(seeded, f"/studio/backtests/{n}/cases/{row.n}?process=nobody")
    page(seeded, f"/studio/backtests/{n}/cases/999", status=404)


def test_what_is_personal_or_free_text_is_not_shown(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded))
    with seeded.parts.db.read() as connection:
        row = next(r for r in connection.execute(select(backtest_case)) if r.assumed)
    place = {"process": "p01_compensation", "element": "negotiate_compensation"}
    told = [
        ("receiver_phone", "13800138000", "13900139000"),
        ("receiver_name", "张小明", "李大力"),
        ("comp_reason", "客户张小明说开线了", "另一段话"),
        ("comp_amount", Decimal("26.30"), Decimal("50.00")),
        ("pay_method", "original", "transfer"),
        ("items", [{"name": "四件套"}], []),
        ("unheard_of", "随便什么", None),
    ]
    detail = {
        "assumed": [{**place, "name": name, "before": before, "after": after} for name, before, after in told],
        "broken": {**place, "zh": "不能比较 13800138000 和 5", "en": "cannot compare 13800138000 with 5"},
        "more": [], "less": [], "unused": 0, "reordered": 0,
    }  # fmt: skip
    with seeded.parts.db.begin() as tx:
        one = update(backtest_case).where(backtest_case.c.n == row.n)
        tx.connection.execute(one.values(detail=canonical.encode(detail), verdict="cannot"))
    for person in ("zhou", "zheng", "zhao"):
        for path in (f"cases/{row.n}", "cases.csv", ""):
            shown = page(seeded, f"/studio/backtests/{n}/{path}".rstrip("/"), person)
            for secret in ("13800138000", "13900139000", "张小明", "李大力", "开线", "另一段话", "四件套", "随便什么"):
                assert secret not in shown, (person, path, secret)
    shown = page(seeded, f"/studio/backtests/{n}/cases/{row.n}")
    assert "¥26.30" in shown
    assert "¥50.00" in shown
    assert "***" in shown


def test_only_who_may_see_a_case_gets_a_way_to_it(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded))
    for person, sees in (("zhou", False), ("zhao", True), ("zheng", True)):
        assert ("看工单" in page(seeded, f"/studio/backtests/{n}", person)) == sees
        assert ("看工单" in page(seeded, f"/studio/backtests/{n}/cases/1", person)) == sees


def test_owners_ask_and_stop_and_whoever_reads_the_studio_reads(seeded: Studio) -> None:
    key = opened(seeded)
    n = asked(seeded, key, limit="3")
    for person in sorted({*PEOPLE} - {"zhou"}):
        client = seeded.browser(person).client
        assert client.post(f"/studio/changes/{key}/backtest").status_code == 404, person
        assert client.post(f"/studio/backtests/{n}/stop").status_code == 404, person
        reads = 200 if person in ("zhao", "zheng") else 404
        for path in (f"changes/{key}/backtest", f"backtests/{n}", f"backtests/{n}/cases/1", f"backtests/{n}/cases.csv"):
            assert client.get(f"/studio/{path}").status_code == reads, (person, path)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"from": "2026-13-01"}, "写成 2026-01-05"),
        ({"to": "9999-12-31"}, "写成 2026-01-05"),
        ({"from": "2026-05-01", "to": "2026-04-01"}, "结束日期要晚于"),
        ({"limit": "0"}, "须在 1 到"),
        ({"limit": "20001"}, "须在 1 到"),
        ({"limit": "十"}, "请填整数"),
        ({"limit": "-5"}, "请填整数"),
        ({"process": "p10_courier_query"}, "没有符合条件"),
        ({"process": "p12_return", "end": "p01_compensation/end_compensated"}, "属于另一个流程"),
        ({"end": "p01_compensation/nobody"}, "没有符合条件"),
        ({"process": "'; DROP TABLE backtest; --"}, "没有符合条件"),
    ],
)
def test_what_makes_no_sense_is_said_and_what_was_typed_stays(seeded: Studio, form: dict[str, str], said: str) -> None:
    answer = seeded.browser("zhou").client.post(f"/studio/changes/{opened(seeded)}/backtest", data=form)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_draft_that_does_not_compile_is_refused_in_its_words(seeded: Studio) -> None:
    key = seeded.open(("bpmn", "p01_compensation"), ("form", "p01_compensation.negotiate_compensation"))
    seeded.replace("zhou", key, "bpmn", "p01_compensation", "</bpmn:process>", "")
    answer = seeded.browser("zhou").client.post(f"/studio/changes/{key}/backtest")
    assert answer.status_code == 422
    assert 'data-test="problem"' in answer.text
    other = seeded.open(("form", "p01_compensation.negotiate_compensation"))
    assert seeded.save("zhou", other, "form", "p01_compensation.negotiate_compensation", "{").status_code == 200
    assert seeded.browser("zhou").client.post(f"/studio/changes/{other}/backtest").status_code == 422
    assert seeded.browser("zhou").client.get(f"/studio/changes/{other}/backtest").status_code == 200


def test_a_change_without_anything_to_try_or_without_cases_says_so(desk: Studio) -> None:
    assert "没有可以回测的内容" in page(desk, f"/studio/changes/{desk.open(('template', 'T10A'))}/backtest")
    unchanged = desk.open(TABLE)
    assert "没有可以回测的内容" in page(desk, f"/studio/changes/{unchanged}/backtest")
    assert desk.browser("zhou").client.post(f"/studio/changes/{unchanged}/backtest").status_code == 422
    assert "没有可以回测的历史" in page(desk, f"/studio/changes/{opened(desk)}/backtest")
    page(desk, "/studio/changes/99/backtest", status=404)
    for path in ("99", "99/cases/1", "99/cases.csv"):
        page(desk, f"/studio/backtests/{path}", status=404)


def test_nobody_asks_for_a_back_test_of_a_closed_change(seeded: Studio) -> None:
    key = opened(seeded)
    n = asked(seeded, key)
    assert seeded.browser("zhou").client.post(f"/studio/changes/{key}/withdraw").status_code == 303
    assert seeded.browser("zhou").client.post(f"/studio/changes/{key}/backtest").status_code == 409
    assert 'data-test="ask"' not in page(seeded, f"/studio/changes/{key}/backtest")
    page(seeded, f"/studio/backtests/{n}")


def test_what_no_page_asks_for_is_not_found(seeded: Studio) -> None:
    n = asked(seeded, opened(seeded), limit="1")
    browser = seeded.browser("zhou")
    for query in ("verdict=nothing", "money=nothing", "after=x", "after=-1", "after=" + "9" * 30):
        assert browser.get(f"/studio/backtests/{n}?{query}").status_code == 404, query


def test_the_pages_speak_english(seeded: Studio) -> None:
    key = opened(seeded)
    n = asked(seeded, key)
    client = seeded.browser("zhou").client
    client.set_cookie("lang", "en")
    assert "Back-test" in client.get(f"/studio/changes/{key}/backtest").text
    shown = client.get(f"/studio/backtests/{n}").text
    assert "another way" in shown
    assert "more" in shown
    assert client.get(f"/studio/backtests/{n}/cases/1").status_code == 200


def test_what_the_last_process_left_is_done_when_the_next_one_starts(
    seeded: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened(seeded)
    monkeypatch.setattr(type(seeded.parts.backtests), "wake", lambda _self: None)
    n = asked(seeded, key)
    assert 'data-status="waiting"' in page(seeded, f"/studio/backtests/{n}")
    monkeypatch.undo()
    seeded.parts.backtests.wake()
    seeded.parts.backtests.wait()
    assert 'data-status="done"' in page(seeded, f"/studio/backtests/{n}")
    assert seeded.parts.clock.now() - timedelta(days=1)
