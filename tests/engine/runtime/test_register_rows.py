"""Whose row of a register a write goes into: an instance's own, the case's, and the next one behind a payout."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import canonical
from tests.engine.support import LI, Engine, consistent
from tests.unit.bpmn.drawing import Drawing, mapping, properties

FLAGS = {"propagateAllParentVariables": "true", "propagateAllChildVariables": "true"}
WRITES = properties(register="money")
PAYS = "={amount: amount, approver: approver, payment_no: payment_no, status: status}"
ASKS = "={issue: issue, amount: amount, approver: approver}"
APPROVES = "={approver: approver, level: level}"


def drawn(process_id: str, columns: str, mode: str = "") -> Drawing:
    drawing = Drawing(process_id)
    given = {"register.money": columns} | ({"register_row.money": mode} if mode else {})
    drawing.extension = properties(**given)
    return drawing


def payout(mode: str = "case_final") -> Drawing:
    """As s02: the row is written when it is registered, and again when it is paid."""
    drawing = drawn("s02", PAYS, mode).start().script("register", '="待打款"', "status", WRITES).user("pay")
    drawing.script("paid", '="已打款"', "status", WRITES).end()
    return drawing.flow("start", "register", "pay", "paid", "end")


def approval(mode: str = "case") -> Drawing:
    drawing = drawn("s03", APPROVES, mode).start().user("approve", extension=WRITES).end()
    return drawing.flow("start", "approve", "end")


def rounds(mode: str = "case", columns: str = ASKS) -> Drawing:
    """As p01: an amount is set and approved, again and again, until it is paid; then another round may come."""
    drawing = drawn("p", columns, mode).start().user("assess", extension=WRITES)
    drawing.call("ask", "s03", **FLAGS).user("offer").gateway("taken", default="taken_assess").call(
        "pay_out", "s02", **FLAGS
    )
    drawing.user("closing", extension=WRITES).gateway("more", default="more_end").end()
    drawing.flow("start", "assess", "ask", "offer", "taken", "assess").flow("taken", "pay_out", when="=accepted")
    return drawing.flow("pay_out", "closing", "more", "end").flow("more", "assess", when="=again")


def rows(engine: Engine) -> list[dict[str, Any]]:
    found = engine.column('SELECT "values" FROM register_row ORDER BY id')
    return [canonical.decode(one) for one in found]  # type: ignore[arg-type]


def one_round(engine: Engine, amount: int, approver: str | None, *, accepted: bool) -> None:
    engine.complete("assess", issue="破损", amount=Decimal(amount))
    engine.complete("approve", approver=approver, level="supervisor" if approver else "none")
    engine.complete("offer", accepted=accepted)


def pay(engine: Engine, number: str) -> None:
    engine.complete("pay", payment_no=number)


def test_three_approvals_and_one_payout_fill_one_row(engine: Engine) -> None:
    engine.deploy(rounds(), approval(), payout())
    engine.start()
    one_round(engine, 20, "chen", accepted=False)
    one_round(engine, 30, "zhao", accepted=False)
    one_round(engine, 40, "wu", accepted=True)
    pay(engine, "P1")
    expected = {"issue": "破损", "amount": 40, "approver": "wu", "level": "supervisor", "payment_no": "P1"}
    assert rows(engine) == [{**expected, "status": "已打款"}]
    consistent(engine)


def test_null_never_overwrites_and_an_empty_text_clears(engine: Engine) -> None:
    engine.deploy(rounds(), approval(), payout())
    engine.start()
    one_round(engine, 20, "chen", accepted=False)
    one_round(engine, 30, None, accepted=False)
    assert rows(engine) == [{"issue": "破损", "amount": 30, "approver": "chen", "level": "none"}]
    one_round(engine, 30, "", accepted=True)
    assert rows(engine)[0]["approver"] == ""
    assert engine.column("SELECT text FROM register_cell WHERE \"column\" = 'approver'") == [""]


def test_who_repeats_itself_behind_the_payout_opens_no_second_row(engine: Engine) -> None:
    engine.deploy(rounds(), approval(), payout())
    engine.start()
    one_round(engine, 40, "wu", accepted=True)
    pay(engine, "P1")
    before = rows(engine)
    engine.complete("closing", again=False)
    assert rows(engine) == before
    consistent(engine)


def test_a_second_round_has_a_row_of_its_own_and_the_first_never_changes(engine: Engine) -> None:
    engine.deploy(rounds(), approval(), payout())
    engine.start()
    one_round(engine, 40, "wu", accepted=True)
    pay(engine, "P1")
    engine.complete("closing", again=True)
    (first,) = rows(engine)
    one_round(engine, 15, "chen", accepted=True)
    pay(engine, "P2")
    assert rows(engine)[0] == first
    assert rows(engine)[1]["amount"] == 15
    assert rows(engine)[1]["payment_no"] == "P2"
    assert len(rows(engine)) == 2
    consistent(engine)


def both() -> Drawing:
    drawing = Drawing("p").start().element("parallelGateway", "split").element("parallelGateway", "join").end()
    for name, amount in (("one", 1), ("two", 2)):
        drawing.call(name, "s02", mapping(inputs={"amount": f"={amount}"}), **FLAGS)
        drawing.flow("split", name, "join")
    return drawing.flow("start", "split").flow("join", "end")


@pytest.mark.parametrize("mode", ["case_final", "own", ""])
def test_two_payouts_at_once_keep_to_their_own_rows(engine: Engine, mode: str) -> None:
    engine.deploy(both(), payout(mode))
    engine.start()
    for number, task in zip(("P1", "P2"), engine.tasks(element="pay"), strict=True):
        engine.runtime.complete(task, {"payment_no": number}, LI)
    found = sorted((row["amount"], row["payment_no"], row["status"]) for row in rows(engine))
    assert found == [(1, "P1", "已打款"), (2, "P2", "已打款")]
    consistent(engine)


def test_an_approval_without_a_caller_that_keeps_the_register_opens_the_row_that_the_payout_takes(
    engine: Engine,
) -> None:
    caller = Drawing("p").start().call("ask", "s03", **FLAGS).call("pay_out", "s02", **FLAGS).end()
    engine.deploy(caller.flow("start", "ask", "pay_out", "end"), approval(), payout())
    engine.start(amount=Decimal(9))
    engine.complete("approve", approver="chen", level="supervisor")
    pay(engine, "P1")
    assert rows(engine) == [
        {"amount": 9, "approver": "chen", "level": "supervisor", "payment_no": "P1", "status": "已打款"}
    ]


def test_cases_do_not_share_rows(engine: Engine) -> None:
    engine.deploy(rounds(), approval(), payout())
    for _ in range(2):
        engine.start()
    for task in engine.tasks(element="assess"):
        engine.runtime.complete(task, {"issue": "破损", "amount": Decimal(1)}, LI)
    assert len(rows(engine)) == 2
    assert len(set(engine.column("SELECT case_id FROM register_row"))) == 2


def test_cells_say_what_the_row_says_masked(engine: Engine) -> None:
    columns = "={pay_account: pay_account, amount: amount, customer_id: customer_id}"
    engine.deploy(drawn("p", columns).start().user("a", extension=WRITES).end().flow("start", "a", "end"))
    engine.start()
    engine.complete("a", pay_account="6222020200112233", amount=Decimal("19.90"), customer_id="C-8812")
    cells = engine.column('SELECT "column" || \'=\' || text FROM register_cell ORDER BY "column"')
    assert cells == ["amount=19.9", "customer_id=C-***", "pay_account=****2233"]
    assert not engine.column("SELECT 1 FROM register_cell WHERE sort LIKE '%6222%' OR sort LIKE '%8812%'")
    assert rows(engine) == [{"pay_account": "6222020200112233", "amount": Decimal("19.9"), "customer_id": "C-8812"}]
