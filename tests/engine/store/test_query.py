"""A hot statement that reads gives what SQLAlchemy gives."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select

from engine import accounts
from engine.store.database import Database
from engine.store.statement import Query
from engine.store.tables import user

PEOPLE = Query("people_after", select(user.c.id, user.c.name).where(user.c.id > bindparam("after")).order_by(user.c.id))


@pytest.fixture
def people(db: Database) -> Database:
    with db.begin() as tx:
        for user_id, name in (("ann", "安妮"), ("bob", "波波"), ("eve", "伊芙")):
            accounts.add(tx, user_id, name, "correct horse", ["aftersales"])
    return db


def test_rows_are_those_of_sqlalchemy_by_name_and_by_place(people: Database) -> None:
    with people.read() as connection:
        theirs = connection.execute(select(user.c.id, user.c.name).where(user.c.id > "ann").order_by(user.c.id)).all()
        ours = PEOPLE.all(connection, {"after": "ann"})
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert [(row.id, row.name) for row in ours] == [(row.id, row.name) for row in theirs]


def test_the_first_one_or_none(people: Database) -> None:
    with people.read() as connection:
        assert PEOPLE.first(connection, {"after": "ann"}).name == "波波"
        assert PEOPLE.first(connection, {"after": "zoe"}) is None


def test_it_sees_its_snapshot_and_in_a_transaction_what_that_has_written(people: Database) -> None:
    with people.read() as before:
        assert len(PEOPLE.all(before, {"after": ""})) == 3
        with people.begin() as tx:
            accounts.add(tx, "zoe", "佐伊", "correct horse", ["aftersales"])
            assert len(PEOPLE.all(tx.connection, {"after": ""})) == 4
        assert len(PEOPLE.all(before, {"after": ""})) == 3
    with people.read() as after:
        assert len(PEOPLE.all(after, {"after": ""})) == 4


def test_a_value_in_the_construct_is_refused() -> None:
    with pytest.raises(ValueError, match="holds values"):
        Query("hidden", select(user.c.id).where(user.c.id == "ann"))
