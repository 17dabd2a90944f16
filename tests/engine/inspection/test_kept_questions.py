"""Questions that auditors keep: named, owned, shared, and told of in the history."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.inspection import kept
from engine.inspection.question import Question
from engine.model import Actor
from engine.store.database import Database
from engine.store.tables import history_event

XU = Actor(id="xu", name="许文", groups=frozenset({"auditor"}))
XIE = Actor(id="xie", name="谢宁", groups=frozenset({"auditor"}))
LI = Actor(id="li", name="李娜", groups=frozenset({"aftersales"}))
NOW = datetime(2026, 12, 20, 4, 0, tzinfo=UTC)
PAID = Question(paid_from=Decimal(500))


def keep(db: Database, name: str = "大额", actor: Actor = XU, *, shared: bool = False, asked: Question = PAID) -> int:
    with db.begin() as tx:
        return kept.keep(tx, name, asked, actor, shared=shared, now=NOW)


def names(db: Database, actor: Actor) -> list[tuple[str, bool]]:
    with db.read() as connection:
        return [(one.name, one.own) for one in kept.list_kept(connection, actor)]


def kinds(db: Database) -> list[str]:
    with db.read() as connection:
        query = select(history_event.c.kind).where(history_event.c.kind.like("question.%"))
        return list(connection.execute(query.order_by(history_event.c.seq)).scalars())


def test_a_question_is_the_owners_until_it_is_shared(db: Database) -> None:
    made = keep(db)
    assert names(db, XU) == [("大额", True)]
    assert names(db, XIE) == []
    with db.read() as connection, pytest.raises(NotFound):
        kept.get_kept(connection, made, XIE)
    with db.begin() as tx:
        kept.change(tx, made, "大额补偿", PAID, XU, shared=True, now=NOW)
    assert names(db, XIE) == [("大额补偿", False)]
    with db.read() as connection:
        assert kept.get_kept(connection, made, XIE).query == "paid_from=500"
    for deed in (
        lambda tx: kept.change(tx, made, "我的", PAID, XIE, shared=True, now=NOW),
        lambda tx: kept.delete(tx, made, XIE, now=NOW),
    ):
        with db.begin() as tx, pytest.raises(NotFound):
            deed(tx)
    with db.begin() as tx:
        kept.delete(tx, made, XU, now=NOW)
    assert names(db, XIE) == []
    assert kinds(db) == ["question.kept", "question.changed", "question.deleted"]


def test_a_change_that_changes_nothing_is_not_told(db: Database) -> None:
    made = keep(db)
    with db.begin() as tx:
        kept.change(tx, made, "大额", PAID, XU, shared=False, now=NOW)
    assert kinds(db) == ["question.kept"]


@pytest.mark.parametrize("name", ["", " ", "长" * 41])
def test_a_name_is_needed(db: Database, name: str) -> None:
    with pytest.raises(InvalidValue):
        keep(db, name)


def test_a_name_is_taken_once_by_each(db: Database) -> None:
    made = keep(db)
    with pytest.raises(InvalidValue, match="this name"):
        keep(db)
    keep(db, actor=XIE)
    with db.begin() as tx:
        kept.change(tx, made, "大额", Question(incident=True), XU, shared=False, now=NOW)


def test_a_question_without_conditions_is_not_kept(db: Database) -> None:
    with pytest.raises(InvalidValue, match="no condition"):
        keep(db, asked=Question())


def test_there_is_a_bound(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    keep(db, "一"), keep(db, "二")
    with pytest.raises(InvalidValue, match="At most 2"):
        keep(db, "三")


def test_who_does_not_audit_keeps_nothing(db: Database) -> None:
    with pytest.raises(NotAllowed):
        keep(db, actor=LI)


def test_a_failed_change_leaves_everything_as_it_was(db: Database) -> None:
    made = keep(db)
    keep(db, "别的")

    def change(name: Any) -> None:
        with db.begin() as tx:
            kept.change(tx, made, name, PAID, XU, shared=True, now=NOW)

    with pytest.raises(InvalidValue):
        change("别的")
    assert names(db, XIE) == []
