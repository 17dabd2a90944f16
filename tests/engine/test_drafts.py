"""Drafts: the last one to save wins and is told, they end with their form, and the files in them live as long."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from engine import attachments, drafts
from engine.attachments import UNUSED_FOR, Folder, keep, sweep
from engine.clock import VirtualClock
from engine.errors import InvalidValue
from engine.store.database import Database
from engine.store.tables import draft, history_value
from tests.conftest import FRIDAY_9AM
from tests.engine.evidence import JPG
from tests.engine.shop_desk import COURIER, ShopDesk
from tests.engine.support import LI

START = drafts.of_start("p10_courier_query")


def find(db: Database, subject: str = START, user: str = "li") -> drafts.Draft | None:
    with db.read() as connection:
        return drafts.find(connection, user, subject)


def test_what_was_saved_last_is_found_by_its_author_only(db: Database) -> None:
    drafts.save(db, "li", START, {"description": "先写一点", "regions": ["north"]}, at=FRIDAY_9AM)
    drafts.save(db, "li", START, {"description": "再写一点"}, at=FRIDAY_9AM + timedelta(minutes=1))
    found = find(db)
    assert found is not None
    assert (found.fields, found.number) == ({"description": "再写一点"}, 2)
    assert found.saved_at == FRIDAY_9AM + timedelta(minutes=1)
    assert find(db, user="wang") is None


def test_who_saves_over_another_window_is_told_and_wins(db: Database) -> None:
    first = drafts.save(db, "li", START, {"description": "窗口一"}, at=FRIDAY_9AM, seen=0)
    second = drafts.save(db, "li", START, {"description": "窗口二"}, at=FRIDAY_9AM, seen=0)
    third = drafts.save(db, "li", START, {"description": "窗口一又写"}, at=FRIDAY_9AM, seen=1)
    fourth = drafts.save(db, "li", START, {"description": "窗口一还写"}, at=FRIDAY_9AM, seen=3)
    assert [saved.elsewhere for saved in (first, second, third, fourth) if saved] == [False, True, True, False]
    found = find(db)
    assert found is not None
    assert found.fields["description"] == "窗口一还写"


def test_start_forms_of_different_orders_have_drafts_of_their_own(db: Database) -> None:
    one, other = (drafts.of_start("p10_courier_query", order) for order in ("SO-1", "SO-2"))
    drafts.save(db, "li", one, {"description": "甲"}, at=FRIDAY_9AM)
    drafts.save(db, "li", other, {"description": "乙"}, at=FRIDAY_9AM + timedelta(seconds=1))
    with db.read() as connection:
        found = drafts.list_of(connection, "li")
    assert [(each.process_id, each.order_id) for each in found] == [
        ("p10_courier_query", "SO-2"),
        ("p10_courier_query", "SO-1"),
    ]


def test_a_draft_larger_than_a_case_is_refused_and_the_one_before_stays(db: Database) -> None:
    drafts.save(db, "li", START, {"description": "短"}, at=FRIDAY_9AM)
    with pytest.raises(InvalidValue):
        drafts.save(db, "li", START, {"description": "长" * drafts.MAX_BYTES}, at=FRIDAY_9AM)
    found = find(db)
    assert found is not None
    assert found.fields["description"] == "短"


def test_what_comes_late_from_a_completed_task_is_not_kept(desk: ShopDesk) -> None:
    desk.inquire()
    task = desk.task("check_logistics")
    subject = drafts.of_task(task)
    answers = {"hours_since_update": Decimal(80), "stuck_in_region": False, "customer_urges": True}
    assert drafts.save(desk.db, "li", subject, {"last_location": "杭州"}, at=FRIDAY_9AM) is not None
    desk.complete("check_logistics", COURIER, **answers, last_location="杭州")
    drafts.discard(desk.db, "li", subject)
    assert drafts.save(desk.db, "li", subject, {"last_location": "杭州"}, at=FRIDAY_9AM) is None
    assert drafts.save(desk.db, "wang", subject, {"last_location": "上海"}, at=FRIDAY_9AM) is not None
    assert find(desk.db, subject) is None


def test_drafts_of_ended_tasks_go_after_a_week_and_those_of_open_ones_stay(desk: ShopDesk, clock: VirtualClock) -> None:
    desk.inquire()
    task = desk.task("check_logistics")
    subject = drafts.of_task(task)
    answers = {"hours_since_update": Decimal(80), "stuck_in_region": False, "customer_urges": True}
    drafts.save(desk.db, "wang", subject, {"last_location": "上海"}, at=clock.now())
    assert drafts.sweep(desk.db, now=clock.now() + timedelta(days=100)) == 0  # still open
    desk.complete("check_logistics", COURIER, **answers, last_location="杭州")
    ended = clock.now()
    assert drafts.sweep(desk.db, now=ended + drafts.AFTER_TASK - timedelta(seconds=1)) == 0
    assert drafts.sweep(desk.db, now=ended + drafts.AFTER_TASK) == 1
    assert find(desk.db, subject, "wang") is None
    assert drafts.sweep(desk.db, now=ended + drafts.AFTER_TASK) == 0


def test_drafts_of_start_forms_go_after_a_month_of_rest(db: Database) -> None:
    drafts.save(db, "li", START, {"description": "一"}, at=FRIDAY_9AM)
    assert drafts.sweep(db, now=FRIDAY_9AM + drafts.OF_START - timedelta(seconds=1)) == 0
    drafts.save(db, "li", START, {"description": "二"}, at=FRIDAY_9AM + timedelta(days=29))
    assert drafts.sweep(db, now=FRIDAY_9AM + drafts.OF_START) == 0
    assert drafts.sweep(db, now=FRIDAY_9AM + timedelta(days=29) + drafts.OF_START) == 1


def test_a_file_is_kept_as_long_as_the_draft_that_names_it(db: Database, clock: VirtualClock) -> None:
    kept = keep(db, Folder.beside(db), "a.jpg", JPG, actor=LI, now=clock.now())
    drafts.save(db, "li", START, {"received_images": [kept.id]}, at=clock.now())
    later = clock.now() + UNUSED_FOR + timedelta(hours=1)
    assert sweep(db, now=later) == 0
    drafts.discard(db, "li", START)
    assert sweep(db, now=later) == 1
    with db.read() as connection:
        assert attachments.find(connection, kept.id) is None


def test_the_worker_sweeps_drafts_before_the_files_in_them(desk: ShopDesk, clock: VirtualClock) -> None:
    kept = keep(desk.db, Folder.beside(desk.db), "a.jpg", JPG, actor=LI, now=clock.now())
    drafts.save(desk.db, "li", START, {"received_images": [kept.id]}, at=clock.now())
    clock.advance(drafts.OF_START)
    desk.worker.drain()
    with desk.db.read() as connection:
        assert attachments.find(connection, kept.id) is None


def test_drafts_stand_in_no_history(desk: ShopDesk) -> None:
    desk.inquire()
    drafts.save(
        desk.db, "li", drafts.of_task(desk.task("check_logistics")), {"last_location": "秘密网点"}, at=FRIDAY_9AM
    )
    with desk.db.read() as connection:
        values = b"".join(connection.execute(select(history_value.c["values"])).scalars())
        assert connection.execute(select(func.count()).select_from(draft)).scalar_one() == 1
    assert "秘密网点".encode() not in values


@pytest.mark.parametrize("subject", [drafts.of_check("check", 7), drafts.of_appraisal("appraisal", "li.na", "2026-01")])
def test_drafts_about_quality_go_after_a_month_of_rest(db: Database, subject: str) -> None:
    drafts.save(db, "li", subject, {"summary": "听到一半"}, at=FRIDAY_9AM)
    assert drafts.sweep(db, now=FRIDAY_9AM + drafts.OF_START - timedelta(seconds=1)) == 0
    assert drafts.sweep(db, now=FRIDAY_9AM + drafts.OF_START) == 1


def test_subjects_about_quality_say_what_they_are_about() -> None:
    assert drafts.check_of(drafts.of_check("decision", 7)) == ("decision", 7)
    assert drafts.appraisal_of(drafts.of_appraisal("signature", "li.na", "2026-01")) == (
        "signature", "li.na", "2026-01",
    )  # fmt: skip
    for other in (drafts.of_task(7), START, drafts.of_event("7", 8)):
        assert drafts.check_of(other) is None
        assert drafts.appraisal_of(other) is None
