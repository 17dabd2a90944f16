"""When a case is due, and what keeps it: to the second, whatever hangs together with it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import canonical, retention
from engine.clock import SHANGHAI, to_microseconds
from engine.errors import FourEyes, InvalidValue, NotAllowed, NotFound, StepError
from engine.model import SYSTEM
from engine.store.tables import audit_finding, audit_finding_entry, history_redaction, job, process_instance
from tests.engine.retention.conftest import DUE, SECOND, ZHAO, ZHENG
from tests.engine.shop_desk import COURIER, ShopDesk


def redacted(desk: ShopDesk, case_id: str) -> bool:
    """Run what is due now; whether the case was among it, or before."""
    retention.run(desk.db, desk.definitions, now=desk.clock.now())
    with desk.db.read() as connection:
        return retention.redacted_at(connection, case_id) is not None


def kept(desk: ShopDesk) -> dict[str, retention.Kept | None]:
    return {one.case_id: one.kept for one in retention.list_due(desk.db, now=desk.clock.now())}


def test_a_case_is_redacted_on_the_midnight_after_180_whole_days_and_not_a_second_early(
    desk: ShopDesk, ended: str
) -> None:
    desk.clock.advance_to(DUE - SECOND)
    assert not redacted(desk, ended)
    assert kept(desk) == {}
    desk.clock.advance_to(DUE)
    assert kept(desk) == {ended: None}
    assert redacted(desk, ended)
    assert kept(desk) == {}


@pytest.mark.parametrize(("second", "day"), [(-1, 2), (0, 3)])
def test_the_day_on_which_a_case_ended_is_that_of_shanghai(desk: ShopDesk, ended: str, second: int, day: int) -> None:
    midnight = datetime(2026, 1, 3, tzinfo=SHANGHAI) + timedelta(seconds=second)
    with desk.db.begin() as tx:
        tx.connection.execute(update(process_instance).values(ended_at=to_microseconds(midnight)))
    desk.clock.advance_to(datetime(2026, 7, day, tzinfo=SHANGHAI) - SECOND)
    assert kept(desk) == {}
    desk.clock.advance(SECOND)
    assert kept(desk) == {ended: None}


def test_a_called_instance_that_ended_later_counts(desk: ShopDesk, ended: str) -> None:
    late = update(process_instance).where(process_instance.c.parent == int(ended))
    with desk.db.begin() as tx:
        assert tx.connection.execute(late.values(ended_at=to_microseconds(DUE))).rowcount == 1
    desk.clock.advance_to(DUE)
    assert kept(desk) == {ended: retention.Kept.RUNNING}
    assert not redacted(desk, ended)


def test_a_case_that_runs_is_never_due(desk: ShopDesk) -> None:
    running = str(desk.inquire())
    desk.clock.advance(timedelta(days=4000))
    assert not redacted(desk, running)


def test_a_process_has_a_rule_of_its_own(desk: ShopDesk, ended: str) -> None:
    def rule(days: int | None, register_days: int | None) -> None:
        with desk.db.begin() as tx:
            retention.set_rule(
                tx, "p10_courier_query", days=days, register_days=register_days, reason="法务", actor=ZHAO,
                now=desk.clock.now(),
            )  # fmt: skip

    rule(None, None)
    desk.clock.advance_to(DUE + timedelta(days=3000))
    assert not redacted(desk, ended)
    rule(3182, 4000)
    assert not redacted(desk, ended)
    rule(3180, 4000)
    assert redacted(desk, ended)


def test_rules_are_changed_by_managers_and_administrators_only(desk: ShopDesk) -> None:
    with desk.db.begin() as tx, pytest.raises(NotAllowed):
        retention.set_rule(tx, "", days=60, register_days=90, reason="法务", actor=ZHENG, now=desk.clock.now())


@pytest.mark.parametrize(("kind", "subject"), [("case", None), ("order", "SO-1001"), ("customer", "C-88")])
def test_what_is_held_stays_until_somebody_else_lifts_it(
    desk: ShopDesk, ended: str, people: None, kind: str, subject: str | None
) -> None:
    with desk.db.begin() as tx:
        number = retention.hold(tx, kind, subject or ended, reason="客户起诉", actor=ZHENG, now=desk.clock.now())
    desk.clock.advance_to(DUE)
    assert kept(desk) == {ended: retention.Kept.HELD}
    assert not redacted(desk, ended)
    with desk.db.begin() as tx, pytest.raises(FourEyes):
        retention.lift(tx, number, reason="已撤诉", actor=ZHENG, now=desk.clock.now())
    with desk.db.begin() as tx:
        retention.lift(tx, number, reason="已撤诉", actor=ZHAO, now=desk.clock.now())
    assert redacted(desk, ended)
    told = desk.column("SELECT kind FROM history_event WHERE stream = 0 AND kind LIKE 'retention.%' ORDER BY seq")
    assert told == ["retention.held", "retention.lifted", "retention.redacted"]


def test_holds_are_set_by_auditors_and_managers_on_what_there_is_and_once(desk: ShopDesk, ended: str) -> None:
    now = desk.clock.now()
    with desk.db.begin() as tx:
        with pytest.raises(NotAllowed):
            retention.hold(tx, "case", ended, reason="客户起诉", actor=COURIER, now=now)
        with pytest.raises(NotFound):
            retention.hold(tx, "case", "999", reason="客户起诉", actor=ZHENG, now=now)
        with pytest.raises(InvalidValue):
            retention.hold(tx, "case", ended, reason=" ", actor=ZHENG, now=now)
        with pytest.raises(InvalidValue):
            retention.hold(tx, "person", ended, reason="客户起诉", actor=ZHENG, now=now)
        retention.hold(tx, "case", ended, reason="客户起诉", actor=ZHENG, now=now)
        with pytest.raises(StepError):
            retention.hold(tx, "case", ended, reason="客户起诉", actor=ZHAO, now=now)


@pytest.mark.parametrize("direction", ["opened by it", "opened it", "far"])
def test_a_linked_case_that_is_open_keeps_it(desk: ShopDesk, ended: str, direction: str) -> None:
    other = desk.inquire()
    links = {"opened by it": [(other, ended)], "opened it": [(int(ended), str(other))]}.get(direction)
    if links is None:
        between = desk.inquire()
        desk.runtime.cancel(between, "重复", SYSTEM)
        links = [(between, ended), (other, str(between))]
    with desk.db.begin() as tx:
        for key, opener in links:
            this = update(process_instance).where(process_instance.c.key == key)
            tx.connection.execute(this.values(parent_case_id=opener))
    desk.clock.advance_to(DUE)
    assert kept(desk)[ended] is retention.Kept.LINKED
    assert not redacted(desk, ended)
    desk.runtime.cancel(other, "重复", SYSTEM)
    assert redacted(desk, ended)


@pytest.mark.parametrize("state", ["open", "replied"])
def test_an_open_finding_keeps_it_and_a_closed_one_loses_the_names(desk: ShopDesk, ended: str, state: str) -> None:
    finding = {"source": "person", "rule": "", "case_id": ended, "severity": "low", "title": "没有核对张三的地址"}
    finding |= {"evidence": canonical.encode({"receiver_name": "张三"}), "state": state, "revision": 1}
    with desk.db.begin() as tx:
        tx.connection.execute(insert(audit_finding).values(id=99, made_by="zheng", made_at=0, **finding))
        entry = {
            "finding": 99,
            "number": 1,
            "at": 0,
            "actor": "zheng",
            "kind": "noted",
            "text": "见张三的电话13800000000",
        }
        tx.connection.execute(insert(audit_finding_entry).values(entry))
    desk.clock.advance_to(DUE)
    assert kept(desk) == {ended: retention.Kept.FINDING}
    assert not redacted(desk, ended)
    with desk.db.begin() as tx:
        tx.connection.execute(update(audit_finding).where(audit_finding.c.id == 99).values(state="closed"))
    assert redacted(desk, ended)
    assert desk.column("SELECT title FROM audit_finding WHERE id = 99") == ["没有核对***的地址"]
    assert desk.column("SELECT text FROM audit_finding_entry WHERE finding = 99") == ["见***的电话***"]


def test_a_message_that_has_not_left_keeps_it(desk: ShopDesk, ended: str) -> None:
    waiting = {"kind": "delivery", "type": "delivery", "due_at": 2**61, "retries_left": 0, "payload": b"{}"}
    with desk.db.begin() as tx:
        tx.connection.execute(insert(job).values(id=-5, instance=int(ended), case_id=ended, **waiting))
    desk.clock.advance_to(DUE)
    assert kept(desk) == {ended: retention.Kept.PENDING}
    assert not redacted(desk, ended)


def test_the_look_does_it_once_an_hour_and_so_does_every_other_process(desk: ShopDesk, ended: str) -> None:
    looks = [retention.Look(), retention.Look()]
    for look in looks:
        look(desk.runtime)
    desk.clock.advance_to(DUE)
    for look in looks:
        look(desk.runtime)
    with desk.db.read() as connection:
        assert retention.redacted_at(connection, ended) == desk.clock.now()
        rows = connection.execute(select(history_redaction.c.stream)).scalars().all()
    assert len(rows) == len(set(rows)) == 2
    assert desk.column("SELECT count(*) FROM retention_done WHERE kind = 'case'") == [1]


def test_the_look_waits_an_hour_before_it_looks_again(desk: ShopDesk, ended: str) -> None:
    look = retention.Look()
    desk.clock.advance_to(DUE - timedelta(minutes=30))
    look(desk.runtime)
    desk.clock.advance_to(DUE)
    look(desk.runtime)
    assert desk.column("SELECT count(*) FROM history_redaction") == [0]
    desk.clock.advance(timedelta(minutes=30))
    look(desk.runtime)
    assert desk.column("SELECT count(*) FROM history_redaction") == [2]
