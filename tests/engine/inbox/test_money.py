"""By which money an open task is found when what its case is about changes while it waits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.engine.support import CANG, LI, Engine, consistent
from tests.unit.bpmn.drawing import Drawing


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Two tasks at once, and a called process whose own variables stay as they are."""
    parts = Drawing("p").start().gateway("fork", "parallel").user("ask").user("pack", "warehouse").call("sub", "c")
    engine.deploy(
        Drawing("c").start().user("inner").end().flow("start", "inner", "end"),
        parts.gateway("join", "parallel").end().flow("start", "fork", "ask", "join").flow("fork", "pack", "join")
        .flow("fork", "sub", "join").flow("join", "end"),
    )  # fmt: skip
    return engine


def amounts(engine: Engine) -> dict[object, object]:
    names = engine.column("SELECT element FROM user_task ORDER BY id")
    return dict(zip(names, engine.column("SELECT amount FROM user_task ORDER BY id"), strict=True))


def test_open_tasks_follow_the_money_and_what_is_done_keeps_its_own(engine: Engine) -> None:
    engine.start(order_amount=Decimal("199.005"))
    before = amounts(engine)
    assert {name: before[name] for name in ("ask", "pack")} == {"ask": 19901, "pack": 19901}
    engine.complete("ask", LI, payout_amount=Decimal("30.5"))
    assert amounts(engine)["pack"] == 3050
    assert amounts(engine)["inner"] == before["inner"]
    done_with = amounts(engine)["ask"]
    engine.complete("pack", CANG, payout_amount=Decimal(7))
    assert amounts(engine)["ask"] == done_with
    assert amounts(engine)["inner"] == before["inner"]
    consistent(engine)
