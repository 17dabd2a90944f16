"""Promised times: by default, confirmed, changed with a reason, reminded of, broken, answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from engine.clock import from_microseconds
from engine.collaboration import (
    DefaultPromises,
    make_promise,
    preview_promise,
    promise_looks,
    promises_of,
    send_progress,
)
from engine.collaboration.promises import Promise
from engine.errors import InvalidValue, NotFound
from engine.model import SYSTEM
from engine.worker import Worker
from tests.engine.collaboration.conversation import CANG, LI, SUN, WANG, WU, ZHENG, ZHOU, Talk
from tests.engine.shop_desk import START
from tests.faults.invariants import unlike_their_commands, violations

DISPATCH = {**START, "dispatch_kind": "order"}
STEP = {"hours_since_update": Decimal(52), "stuck_in_region": False, "customer_urges": True}


def now_promised(talk: Talk, case_id: str) -> Promise | None:
    with talk.db.read() as connection:
        found = promises_of(connection, case_id)
    return found[0] if found else None


def promise(talk: Talk, case_id: str, hours: float, **more: Any) -> int | None:
    at = talk.clock.now() + timedelta(hours=hours)
    return make_promise(talk.desk.runtime, case_id, at, LI, **more)


def letters(talk: Talk, case_id: str) -> list[str]:
    """Texts to the customer that people sent, none of a diagram."""
    return talk.column(
        "SELECT text FROM outbox WHERE case_id = :c AND audience = 'customer' AND element = '' ORDER BY id", c=case_id
    )


def instances(talk: Talk, case_id: str) -> list[datetime | None]:
    found = talk.column("SELECT promised_at FROM process_instance WHERE case_id = :c ORDER BY key", c=case_id)
    return [None if at is None else from_microseconds(at) for at in found]


def test_the_first_task_done_promises_the_next_ones_due_time(talk: Talk, case_id: str) -> None:
    assert now_promised(talk, case_id) is None
    talk.desk.complete("check_logistics", LI, **STEP)
    talk.desk.worker.drain()
    found = now_promised(talk, case_id)
    assert found is not None
    (due,) = talk.column("SELECT min(due_at) FROM user_task WHERE case_id = :c AND status = 'open'", c=case_id)
    assert found.promised_at == from_microseconds(due)
    assert (found.made_by, found.told, found.reason) == (None, False, "")
    assert set(instances(talk, case_id)) == {found.promised_at}
    assert talk.kinds(case_id).count("promise.made") == 1
    assert letters(talk, case_id) == []
    talk.desk.worker.drain()
    assert talk.column("SELECT count(*) FROM promise") == [1]
    assert unlike_their_commands(talk.db, [case_id]) == []
    assert violations(talk.db) == []


def test_other_processes_get_no_promise(talk: Talk) -> None:
    talk.desk.runtime.start("p07_delivery", {**DISPATCH}, SYSTEM)
    talk.desk.worker.drain()
    talk.desk.dispatch_until_sent()
    talk.desk.worker.drain()
    assert talk.column("SELECT count(*) FROM user_task WHERE status = 'completed'") != [0]
    assert talk.column("SELECT count(*) FROM promise") == [0]


def test_many_tasks_completed_at_one_instant_are_all_looked_at(talk: Talk) -> None:
    for _ in range(6):
        talk.desk.inquire()
    cases = talk.column("SELECT case_id FROM process_instance")
    for task in talk.column("SELECT id FROM user_task WHERE element = 'check_logistics'"):
        talk.desk.runtime.complete(task, STEP, LI)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(promise_looks, "_BATCH", 2)
        DefaultPromises()(talk.desk.runtime)
    assert sorted(talk.column("SELECT case_id FROM promise")) == sorted(cases)


def test_two_workers_promise_once(talk: Talk, case_id: str) -> None:
    talk.desk.complete("check_logistics", LI, **STEP)
    for look in (DefaultPromises(), DefaultPromises()):
        look(talk.desk.runtime)
    assert talk.column("SELECT count(*) FROM promise") == [1]


def test_a_promise_is_told_to_the_customer_as_previewed(talk: Talk, case_id: str) -> None:
    at = talk.clock.now() + timedelta(hours=3)
    shown = preview_promise(talk.desk.runtime, case_id, at, LI)
    assert "2026-01-02 12:00" in shown
    make_promise(talk.desk.runtime, case_id, at, LI, submission_key="k1")
    make_promise(talk.desk.runtime, case_id, at, LI, submission_key="k1")
    assert letters(talk, case_id) == [shown]
    assert instances(talk, case_id) == [at]
    assert talk.kinds(case_id) == ["promise.made", "outbox.written"]
    talk.desk.worker.drain()
    assert any(getattr(one, "text", None) == shown for one in talk.desk.sent)
    assert talk.column("SELECT count(*) FROM job WHERE kind = 'delivery'") == [0]


def test_feel_reads_the_promise_in_later_steps(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 3)
    talk.desk.complete("check_logistics", LI, **STEP)
    query = "SELECT command FROM history_value WHERE stream = :k ORDER BY revision DESC"
    commands = [bytes(one) for one in talk.column(query, k=int(case_id))]
    assert any(b'"promised_at"' in one and b"2026-01-02T04:00:00" in one for one in commands), commands[:3]
    assert unlike_their_commands(talk.db, [case_id]) == []


def test_the_platforms_promise_is_confirmed_without_a_reason(talk: Talk, case_id: str) -> None:
    talk.desk.complete("check_logistics", LI, **STEP)
    talk.desk.worker.drain()
    found = now_promised(talk, case_id)
    assert found is not None
    make_promise(talk.desk.runtime, case_id, found.promised_at, LI)
    again = now_promised(talk, case_id)
    assert again is not None
    assert (again.id, again.told) == (found.id, True)
    assert len(letters(talk, case_id)) == 1
    make_promise(talk.desk.runtime, case_id, found.promised_at, LI)
    assert len(letters(talk, case_id)) == 1


def test_a_change_needs_a_reason_and_a_new_message(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 3)
    with pytest.raises(InvalidValue) as refused:
        promise(talk, case_id, 5, reason="  ")
    assert "改期原因" in refused.value.message_zh
    promise(talk, case_id, 5, reason="仓库盘点")
    assert len(letters(talk, case_id)) == 2
    assert "新的答复时间是2026-01-02 14:00" in letters(talk, case_id)[1]
    assert "仓库盘点" not in letters(talk, case_id)[1]
    with talk.db.read() as connection:
        new, old = promises_of(connection, case_id)
    assert (new.reason, old.replaced_at) == ("仓库盘点", talk.clock.now())
    assert talk.kinds(case_id)[-2:] == ["promise.changed", "outbox.written"]


@pytest.mark.parametrize("hours", [0, -1, 24 * 60 + 1])
def test_times_that_are_over_or_too_far_away_are_refused(talk: Talk, case_id: str, hours: float) -> None:
    with pytest.raises(InvalidValue):
        promise(talk, case_id, hours)
    assert now_promised(talk, case_id) is None


def test_strangers_promise_nothing(talk: Talk, case_id: str) -> None:
    at = talk.clock.now() + timedelta(hours=1)
    for person in (SUN, CANG, ZHENG):
        with pytest.raises(NotFound):
            make_promise(talk.desk.runtime, case_id, at, person)
        with pytest.raises(NotFound):
            preview_promise(talk.desk.runtime, case_id, at, person)


def test_without_a_customer_nothing_is_written(talk: Talk, case_id: str) -> None:
    with talk.db.begin() as tx:
        tx.connection.execute(text("UPDATE process_instance SET customer_id = NULL"))
    with pytest.raises(InvalidValue):
        promise(talk, case_id, 3)
    assert now_promised(talk, case_id) is None
    promise(talk, case_id, 3, tell_customer=False)
    found = now_promised(talk, case_id)
    assert found is not None
    assert not found.told


def test_the_owner_is_reminded_at_eighty_percent_and_not_a_second_early(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 10)
    talk.later(hours=8, seconds=-1)
    assert talk.told(LI, "promise") == []
    talk.later(seconds=1)
    assert len(talk.told(LI, "promise")) == 1
    assert "01-02 19:00" in talk.told(LI, "promise")[0]
    assert talk.told(ZHOU, "promise") == []
    talk.later(minutes=1)
    assert len(talk.told(LI, "promise")) == 1


def test_a_broken_promise_is_told_to_owner_and_supervisor_once(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 10)
    talk.later(hours=10, seconds=-1)
    assert talk.told(ZHOU, "promise") == []
    talk.later(seconds=1)
    assert len(talk.told(ZHOU, "promise")) == 1
    assert len(talk.told(LI, "promise")) == 2
    assert talk.told(WU, "promise") == []
    assert talk.told(WANG, "promise") == []
    talk.later(hours=7)
    talk.later(hours=7)
    assert len(talk.told(ZHOU, "promise")) == 1
    assert talk.kinds(case_id).count("promise.broken") == 1
    found = now_promised(talk, case_id)
    assert found is not None
    assert (found.breached_at, found.answered_at) == (found.promised_at, None)


def write_to_customer(talk: Talk, case_id: str) -> None:
    """As a diagram's send task does."""
    with talk.db.begin() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO outbox (id, instance, case_id, element, audience, recipient, template, template_hash,"
                " text, written_at) VALUES (77, :k, :c, 'notify', 'customer', 'C-88', 'T10A', 'x', '亲,已查明', :at)"
            ),
            {"k": int(case_id), "c": case_id, "at": int(talk.clock.now().timestamp()) * 1_000_000},
        )


def test_a_message_to_the_customer_keeps_the_promise(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 10)
    talk.clock.advance(timedelta(hours=2))
    write_to_customer(talk, case_id)
    answered = talk.clock.now()
    talk.later(hours=9)
    assert talk.told(LI, "promise") == []
    found = now_promised(talk, case_id)
    assert found is not None
    assert (found.answered_at, found.breached_at) == (answered, None)
    assert talk.column("SELECT look_at FROM promise") == [None]


def test_neither_the_letter_of_the_promise_nor_one_of_progress_is_an_answer(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 10)
    talk.clock.advance(timedelta(hours=1))
    send_progress(talk.desk.runtime, case_id, "亲,正在处理,请稍候。", LI)
    talk.later(hours=10)
    assert len(talk.told(ZHOU, "promise")) == 1


def test_a_late_answer_is_late_for_ever(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 1)
    talk.clock.advance(timedelta(hours=2))
    write_to_customer(talk, case_id)
    late = talk.clock.now()
    talk.later(hours=1)
    found = now_promised(talk, case_id)
    assert found is not None
    assert (found.answered_at, found.breached_at) == (late, found.promised_at)
    assert talk.told(ZHOU, "promise") == []


def test_a_change_after_the_time_does_not_wipe_the_breach_out(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 1)
    talk.clock.advance(timedelta(hours=2))
    promise(talk, case_id, 5, reason="快递还没回复")
    with talk.db.read() as connection:
        _, old = promises_of(connection, case_id)
    assert old.breached_at == old.promised_at


def test_the_end_of_the_case_answers(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 10)
    talk.clock.advance(timedelta(hours=1))
    talk.desk.runtime.cancel(int(case_id), "重复", ZHOU)
    ended = talk.clock.now()
    talk.later(hours=10)
    found = now_promised(talk, case_id)
    assert found is not None
    assert found.answered_at == ended
    assert talk.told(LI, "promise") == []
    with pytest.raises(InvalidValue):
        promise(talk, case_id, 3, reason="再来")


def test_a_case_without_a_word_for_a_day_is_told_to_its_owner_daily(talk: Talk, case_id: str) -> None:
    talk.later(hours=24, seconds=-1)
    silent = [one for one in talk.told(LI, "promise") if "没有收到进展" in one]
    assert silent == []
    for days in (1, 2):
        talk.later(days=1) if days == 2 else talk.later(minutes=11)
        talk.later(minutes=11)
        silent = [one for one in talk.told(LI, "promise") if "没有收到进展" in one]
        assert len(silent) == days
    send_progress(talk.desk.runtime, case_id, "亲,我们仍在跟进。", LI)
    talk.later(hours=23)
    assert len([one for one in talk.told(LI, "promise") if "没有收到进展" in one]) == 2


def test_a_progress_message_is_sent_once_and_checked(talk: Talk, case_id: str) -> None:
    runtime = talk.desk.runtime
    assert send_progress(runtime, case_id, "亲,我们仍在跟进。", LI, submission_key="a") is not None
    assert send_progress(runtime, case_id, "亲,我们仍在跟进。", LI, submission_key="a") is None
    assert letters(talk, case_id) == ["亲,我们仍在跟进。"]
    for wrong in ("", "长" * 501):
        with pytest.raises(InvalidValue):
            send_progress(runtime, case_id, wrong, LI)
    with pytest.raises(NotFound):
        send_progress(runtime, case_id, "亲", SUN)


def test_another_process_finds_nothing_left_to_do(talk: Talk, case_id: str) -> None:
    promise(talk, case_id, 1)
    talk.clock.advance(timedelta(hours=2))
    Worker(talk.desk.runtime, deliver=talk.desk.sent.append).drain()
    before = talk.column("SELECT count(*) FROM notification")
    Worker(talk.desk.runtime, deliver=talk.desk.sent.append).drain()
    talk.desk.worker.drain()
    assert talk.column("SELECT count(*) FROM notification") == before
