"""The policy monitor over real payments: found once, with what shows it, by the rules in force, whoever looks."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from engine import canonical
from engine.__main__ import main
from engine.clock import VirtualClock, from_microseconds
from engine.connectors import CONNECTORS
from engine.definitions import Definitions
from engine.inspection import findings, policy
from engine.inspection.policy import observing
from engine.inspection.policy.pseudonyms import Pseudonyms
from engine.model import SYSTEM, Actor
from engine.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import (
    audit_finding,
    history_event,
    metadata,
    policy_month,
    policy_payment,
    policy_state,
    policy_step,
    user_task,
)
from engine.worker import Worker, periodic
from tests.engine.shop_desk import COURIER, FINANCE, ROOT, shipped_files

ACCOUNT = "6222020200112233"
#: The same, as somebody else types it.
SPACED = "6222 0202 0011 2233"
OTHER = "6217000010001234567"
#: Monday, 12:00 in Shanghai.
MONDAY_NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
SUPERVISOR = Actor(id="zhou", name="周敏", groups=frozenset({"supervisor"}))
TABLE = (ROOT / "processes" / "decisions" / "audit_payment.dmn").read_text("utf-8")
KEPT = ("policy_payment", "policy_step", "policy_month", "audit_finding")


class Crash(BaseException):
    """As kill -9 would be."""


class Till:
    """The shipped processes on a database, with one person for each part of a payment."""

    def __init__(self, path: Path, clock: VirtualClock) -> None:
        self.clock = clock
        self.db = Database.open(f"sqlite:///{path}")
        self.definitions = Definitions(self.db, clock)
        self.runtime = Runtime(self.db, clock, self.definitions, CONNECTORS)
        self.worker = Worker(self.runtime, deliver=lambda _: None, looks=())

    def complete(self, case: int, element: str, actor: Actor, **variables: object) -> None:
        query = select(user_task.c.id).where(
            user_task.c.case_id == str(case), user_task.c.element == element, user_task.c.status == "open"
        )
        with self.db.read() as connection:
            task = connection.execute(query).scalar_one()
        self.runtime.complete(task, variables, actor)
        self.worker.drain()

    def pay(self, number: int, amount: str, account: str | None = None, *, approver: Actor = SUPERVISOR) -> int:
        """A compensation from the offer to the payment; with an account after a transfer that failed."""
        start = {
            "order_id": f"SO-{number}", "customer_id": f"C-{number}", "channel": "marketplace",
            "issue_type": "damaged", "order_amount": Decimal(199), "description": "破了",
        }  # fmt: skip
        money, method = Decimal(amount), "original" if account is None else "transfer"
        case = self.runtime.start("p01_compensation", start, COURIER).instance_key
        offer = {"responsibility": "seller", "comp_amount": money, "comp_reason": "轻微破损", "pay_method": method}
        self.complete(case, "assess_compensation", COURIER, **offer)
        if money > 30:
            self.complete(case, "approve_by_supervisor", approver, supervisor_approved=True, supervisor_note="同意")
        self.complete(case, "negotiate_compensation", COURIER, customer_decision="accept")
        if account is not None:
            self.complete(case, "finance_pay", FINANCE, pay_ok=False, pay_fail_reason="账户有误")
            self.complete(case, "fix_pay_info", COURIER, pay_method="transfer", pay_account=account)
        payee = {} if account is None else {"pay_account": account}
        self.complete(case, "finance_pay", FINANCE, pay_ok=True, payment_no=f"P{number}", paid_amount=money, **payee)
        self.clock.advance(timedelta(minutes=1))
        return case

    def bring(self) -> None:
        policy.bring(self.runtime)

    def found(self) -> list[Any]:
        with self.db.read() as connection:
            return list(connection.execute(select(audit_finding).order_by(audit_finding.c.id)))

    def rules(self) -> list[str]:
        return [row.rule for row in self.found()]

    def rows(self, *but: str) -> dict[str, list[Any]]:
        with self.db.read() as connection:
            return {
                name: sorted(
                    tuple(value for key, value in row._mapping.items() if key not in but)
                    for row in connection.execute(select(metadata.tables[name]))
                )
                for name in KEPT
            }


@pytest.fixture(scope="module")
def paid(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """Three compensations to one account, made once and copied; nobody has looked yet."""
    path = tmp_path_factory.mktemp("till") / "till.db"
    shutil.copy(empty_database, path)
    till = Till(path, VirtualClock(MONDAY_NOON))
    till.definitions.deploy(shipped_files(), SYSTEM)
    cases = [till.pay(1, "40", ACCOUNT), till.pay(2, "12.50", SPACED), till.pay(3, "20", ACCOUNT)]
    till.db.close()
    return path, cases


@pytest.fixture
def till(paid: tuple[Path, list[int]], tmp_path: Path) -> Iterator[Till]:
    shutil.copy(paid[0], tmp_path / "till.db")
    made = Till(tmp_path / "till.db", VirtualClock(MONDAY_NOON + timedelta(hours=1)))
    yield made
    made.db.close()


def test_three_cases_with_one_payee_are_one_finding_with_what_shows_it(till: Till, paid: Any) -> None:
    cases = paid[1]
    till.bring()
    (found,) = till.found()
    assert (found.rule, found.severity, found.source, found.about) == ("same_payee", "high", "policy", "li")
    assert found.case_id == str(cases[2])
    assert found.title == "同一收款账户 30 天内出现在 3 张工单"
    evidence = canonical.decode(found.evidence)
    assert evidence["涉及工单"] == [str(case) for case in cases]
    assert evidence["金额(元)"] == [Decimal(40), Decimal("12.5"), Decimal(20)]
    assert evidence["规则"] == "audit_payment 第 1 条"
    assert (evidence["申请人"], evidence["付款人"]) == ("li", "qian")
    with till.db.read() as connection:
        for place in evidence["事件"]:
            stream, seq = map(int, place.split("·"))
            event = connection.execute(
                select(history_event).where(history_event.c.stream == stream, history_event.c.seq == seq)
            ).one()
            assert (event.kind, event.element, event.actor) == ("register.written", "confirm_payout", "qian")
        digest = connection.execute(
            text("SELECT hash FROM current_resource WHERE kind = 'decision' AND id = 'audit_payment'")
        ).scalar_one()
    assert evidence["规则版本"] == digest[:8]


def test_a_payment_is_kept_with_all_hands_and_the_limit_of_its_time(till: Till) -> None:
    till.bring()
    with till.db.read() as connection:
        first, second, third = connection.execute(select(policy_payment).order_by(policy_payment.c.at))
    assert (first.amount, first.own_limit, first.approved, first.approver) == (4000, 3000, 1, "zhou")
    assert (second.amount, second.approved, second.approver) == (1250, 0, None)
    assert {(row.proposer, row.payer, row.kind) for row in (first, second, third)} == {("li", "qian", "compensation")}
    assert first.payee == second.payee == third.payee
    assert len({first.buyer, second.buyer, third.buyer}) == 3


def test_no_account_stands_in_any_table_of_the_monitor(till: Till) -> None:
    till.bring()
    with till.db.read() as connection:
        names = [*KEPT, "policy_state", "audit_finding_entry", "notification"]
        kept = repr([connection.execute(select(metadata.tables[name])).all() for name in names])
        told = repr(connection.execute(text('SELECT "values" FROM history_value WHERE stream = 0')).all())
    for trace in (ACCOUNT, SPACED):
        assert trace not in kept
        assert trace not in told
    # A short one may stand in a fingerprint or an instant by chance.
    for trace in (ACCOUNT[-4:], "C-1"):
        assert trace not in re.sub("[0-9a-f]{12,}", "", kept)
        assert trace not in re.sub("[0-9a-f]{12,}", "", told)


def test_a_fourth_case_in_the_month_is_no_second_finding_and_the_next_month_is(till: Till) -> None:
    till.bring()
    till.pay(4, "20", ACCOUNT)
    till.pay(5, "20", OTHER)
    till.bring()
    assert till.rules() == ["same_payee"]
    till.clock.advance_to(datetime(2026, 2, 1, 4, 0, tzinfo=UTC))
    till.pay(6, "20", ACCOUNT)
    till.bring()
    assert till.rules().count("same_payee") == 2


def test_a_changed_rule_counts_from_then_on_and_the_past_stays(till: Till) -> None:
    till.definitions.deploy({"audit_payment.dmn": TABLE.replace("&gt;= 3", "&gt;= 9").encode()}, SYSTEM)
    till.bring()
    assert till.rules() == []
    till.definitions.deploy({"audit_payment.dmn": TABLE.replace("&gt;= 3", "&gt;= 2").encode()}, SYSTEM)
    till.bring()
    assert till.rules() == []  # they were judged by the rules of their time
    with till.db.read() as connection:
        trial = policy.try_rules(connection, MONDAY_NOON.date(), till.clock.now())
    assert [one.rule for one in trial.new] == ["same_payee"]
    assert trial.observed["audit_payment"] == 3
    assert till.rules() == []  # a trial writes nothing
    till.pay(4, "20", ACCOUNT)
    till.bring()
    (found,) = till.found()
    assert found.title.endswith("出现在 4 张工单")


def test_a_trial_knows_what_is_noted_and_noting_the_past_notes_it_once(till: Till) -> None:
    till.bring()
    with till.db.read() as connection:
        trial = policy.try_rules(connection, MONDAY_NOON.date(), till.clock.now())
        later = policy.try_rules(connection, MONDAY_NOON.date() + timedelta(days=1), till.clock.now())
    assert ([one.rule for one in trial.known], trial.new) == (["same_payee"], ())
    assert later.observed.get("audit_payment") is None
    assert policy.note_past(till.db, MONDAY_NOON.date(), till.clock.now()) == 0


def test_many_at_once_keep_and_find_everything_once(till: Till, paid: Any) -> None:
    together = threading.Barrier(3)
    problems: list[BaseException] = []

    def work() -> None:
        together.wait()
        try:
            till.bring()
        except BaseException as problem:  # noqa: BLE001  told below
            problems.append(problem)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert till.rules() == ["same_payee"]
    assert len(till.rows()["policy_payment"]) == 3


def test_who_comes_second_does_not_set_the_reading_back(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    look, ahead = observing._look, []

    def overtaken(*args: Any) -> Any:
        found = look(*args)
        if not ahead:
            ahead.append(None)
            till.bring()
            ahead.append(state())
        return found

    def state() -> Any:
        with till.db.read() as connection:
            return observing.find_state(connection)

    pseudonyms = Pseudonyms(till.db.file)
    observing.observe(till.db, pseudonyms, till.clock.now())  # begins
    monkeypatch.setattr(observing, "_look", overtaken)
    observing.observe(till.db, pseudonyms, till.clock.now())
    assert ahead[1].swept is None
    assert state() == ahead[1]


@pytest.mark.parametrize("at", ["observed", "noted"])
def test_a_crash_leaves_nothing_half_done(till: Till, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    def crash(original: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            raise Crash

        return crashing

    with monkeypatch.context() as patched:
        if at == "observed":
            patched.setattr(observing, "_ask_again", crash(observing._ask_again))
        else:
            patched.setattr(findings, "note", crash(findings.note))
        with pytest.raises(Crash):
            till.bring()
    assert till.rules() == []
    till.bring()
    assert till.rules() == ["same_payee"]
    assert len(till.rows()["policy_payment"]) == 3


def test_a_file_whose_rows_have_moved_is_read_once_more_and_nothing_is_found_twice(till: Till) -> None:
    till.bring()
    before = till.rows()
    with till.db.begin() as tx:
        tx.connection.execute(update(policy_state).values(position=policy_state.c.position + 1000))
    till.bring()
    assert till.rows() == before
    with till.db.begin() as tx:
        tx.connection.execute(policy_payment.delete())
        tx.connection.execute(update(policy_state).values(swept=0))
    till.bring()
    assert till.rows() == before


def test_an_earlier_payment_that_is_seen_late_is_counted_for_those_behind_it(till: Till) -> None:
    till.bring()
    with till.db.begin() as tx:
        first = select(policy_payment.c.stream).order_by(policy_payment.c.at).limit(1).scalar_subquery()
        tx.connection.execute(policy_payment.delete().where(policy_payment.c.stream == first))
        tx.connection.execute(text("DELETE FROM audit_finding_entry"))
        tx.connection.execute(audit_finding.delete())
        tx.connection.execute(update(policy_state).values(swept=0))
    till.bring()
    assert till.rules() == ["same_payee"]


def test_who_decides_and_pays_is_told_from_a_month_that_is_over(till: Till) -> None:
    till.bring()
    with till.db.read() as connection:
        running = connection.execute(select(policy_month)).one()
    assert (running.month, running.person, running.amount, running.over) == ("2026-01", "li", 7250, 0)
    till.clock.advance_to(datetime(2026, 1, 31, 16, 0, tzinfo=UTC) - timedelta(seconds=1))
    till.bring()
    with till.db.read() as connection:
        assert connection.execute(select(policy_month.c.over)).scalar_one() == 0
    till.clock.advance(timedelta(seconds=1))
    till.bring()
    with till.db.read() as connection:
        assert connection.execute(select(policy_month.c.over)).scalar_one() == 1


def test_money_after_hours_is_one_finding_a_day(till: Till) -> None:
    till.clock.advance_to(datetime(2026, 1, 5, 17, 30, tzinfo=UTC))  # 01:30 in Shanghai
    cases = [till.pay(4, "20"), till.pay(5, "20")]
    till.bring()
    found = [row for row in till.found() if row.rule == "money_after_hours"]
    assert [row.about for row in found] == ["qian"]
    evidence = canonical.decode(found[0].evidence)
    assert (evidence["依据"], evidence["离工作时间分钟数"]) == ("工作日历", 120)
    assert evidence["涉及工单"] == [str(cases[0])]
    assert found[0].case_id is None  # a case is not kept from retention by its hour
    with till.db.read() as connection:
        steps = connection.execute(select(policy_step)).all()
    assert {from_microseconds(row.at).hour for row in steps} == {17}


def test_observations_wait_for_a_table_that_is_not_deployed_yet(till: Till) -> None:
    with till.db.begin() as tx:
        tx.connection.execute(text("DELETE FROM current_resource WHERE id LIKE 'audit_%'"))
    till.bring()
    assert till.rules() == []
    till.definitions.deploy({"audit_payment.dmn": TABLE.replace("ADDED", "补充").encode()}, SYSTEM)
    till.bring()
    assert till.rules() == ["same_payee"]


def test_the_worker_looks_by_itself(till: Till) -> None:
    assert policy.look in periodic()
    Worker(till.runtime, deliver=lambda _: None, looks=(policy.look,)).drain()
    assert till.rules() == ["same_payee"]


def test_nothing_is_written_while_nothing_happens(till: Till) -> None:
    till.bring()
    till.bring()  # past the finding's own event
    log = Path(f"{till.db.file}-wal")
    before = log.stat().st_size
    till.bring()
    assert log.stat().st_size == before


def test_the_command_prints_what_would_be_found_and_notes_it_only_when_told(
    till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = TABLE.replace("&gt;= 3", "&gt;= 9")
    till.definitions.deploy({"audit_payment.dmn": quiet.encode()}, SYSTEM)
    till.bring()
    till.definitions.deploy({"audit_payment.dmn": TABLE.encode()}, SYSTEM)
    command = ["--database", f"sqlite:///{till.db.file}", "audit", "policy", "--since", "2026-01-05"]
    assert main([*command, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "new    2026-01-05 12:02  high    same_payee  同一收款账户 30 天内出现在 3 张工单" in out
    assert "audit_payment 3; 1 new, 0 known, 0 noted" in out
    assert ACCOUNT not in out
    assert till.rules() == []
    assert main(command) == 0
    assert "1 new, 0 known, 1 noted" in capsys.readouterr().out
    assert main(command) == 0
    assert "0 new, 1 known, 0 noted" in capsys.readouterr().out
    assert till.rules() == ["same_payee"]
    assert main([*command[:-1], "gestern"]) == 2
    assert "不是日期" in capsys.readouterr().err
