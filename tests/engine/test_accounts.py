"""Logging in, being locked out, and what ends a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import accounts, logins, passwords
from engine.clock import VirtualClock
from engine.errors import InvalidValue, NotFound
from engine.store.database import Database
from engine.store.tables import user

RIGHT = "correct horse"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def ann(db: Database) -> str:
    with db.begin() as tx:
        accounts.add(tx, "ann", "安妮", RIGHT, ["aftersales", "presales"])
    return "ann"


def test_the_right_password_gives_the_account_with_its_groups(db: Database, clock: VirtualClock, ann: str) -> None:
    found = logins.verify(db, clock, ann, RIGHT)
    assert found == accounts.get(db, ann)
    assert found is not None
    assert (found.name, found.groups, found.demo) == ("安妮", {"aftersales", "presales"}, False)
    assert found.actor.groups == {"aftersales", "presales"}


def test_a_wrong_password_and_an_unknown_person_give_nothing(db: Database, clock: VirtualClock, ann: str) -> None:
    assert logins.verify(db, clock, ann, "wrong horse") is None
    assert logins.verify(db, clock, "nobody", RIGHT) is None
    assert logins.verify(db, clock, ann, "") is None


def test_an_unknown_person_costs_a_verification_too(
    db: Database, clock: VirtualClock, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    original = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda stored, given: tried.append(stored) or original(stored, given))
    logins.verify(db, clock, "nobody", RIGHT)
    logins.verify(db, clock, ann, RIGHT)
    assert len(tried) == 2
    assert all(stored.startswith("$argon2id$") for stored in tried)


@pytest.mark.parametrize(("meanwhile", "let_in"), [(RIGHT, True), ("another horse", False)])
def test_a_hash_that_changes_while_it_is_compared_is_compared_again(
    db: Database, clock: VirtualClock, ann: str, monkeypatch: pytest.MonkeyPatch, meanwhile: str, let_in: bool
) -> None:
    original = passwords.matches

    def changed(stored: str, given: str) -> bool:
        monkeypatch.setattr(passwords, "matches", original)
        with db.begin() as tx:
            tx.connection.execute(user.update().values(password_hash=passwords.hashed(meanwhile)))
        return original(stored, given)

    monkeypatch.setattr(passwords, "matches", changed)
    assert (logins.verify(db, clock, ann, RIGHT) is not None) is let_in


def test_the_password_is_kept_as_argon2id_only(db: Database, ann: str) -> None:
    with db.read() as connection:
        stored = connection.execute(select(user.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$")
    assert RIGHT not in stored


def test_ten_wrong_passwords_lock_for_a_quarter_of_an_hour(db: Database, clock: VirtualClock, ann: str) -> None:
    for _ in range(9):
        logins.verify(db, clock, ann, "wrong horse")
    assert logins.verify(db, clock, ann, RIGHT) is not None, "nine are not ten"
    for _ in range(10):
        logins.verify(db, clock, ann, "wrong horse")
    assert logins.verify(db, clock, ann, RIGHT) is None
    clock.advance(logins.LOCK - A_SECOND)
    assert logins.verify(db, clock, ann, RIGHT) is None
    clock.advance(A_SECOND)
    assert logins.verify(db, clock, ann, RIGHT) is not None


def test_after_a_lock_the_count_begins_anew(db: Database, clock: VirtualClock, ann: str) -> None:
    for _ in range(10):
        logins.verify(db, clock, ann, "wrong horse")
    clock.advance(logins.LOCK)
    logins.verify(db, clock, ann, "wrong horse")
    assert logins.verify(db, clock, ann, RIGHT) is not None


def test_changes_end_older_sessions(db: Database, clock: VirtualClock, ann: str) -> None:
    epochs = [accounts.get(db, ann).session_epoch]
    with db.begin() as tx:
        accounts.set_groups(tx, ann, ["finance"])
    epochs.append(accounts.get(db, ann).session_epoch)
    with db.begin() as tx:
        accounts.set_password(tx, ann, "another horse")
    epochs.append(accounts.get(db, ann).session_epoch)
    with db.begin() as tx:
        accounts.set_active(tx, ann, False)
    epochs.append(accounts.get(db, ann).session_epoch)
    assert epochs == sorted(set(epochs))
    assert accounts.get(db, ann).groups == {"finance"}
    assert logins.verify(db, clock, ann, "another horse") is None, "inactive"


def test_a_new_password_lifts_a_lock_and_ends_the_demo(db: Database, clock: VirtualClock) -> None:
    with db.begin() as tx:
        accounts.add(tx, "demo", "演示", RIGHT, ["presales"], demo=True)
    assert accounts.list_demo_accounts(db) == ("demo",)
    for _ in range(10):
        logins.verify(db, clock, "demo", "wrong horse")
    with db.begin() as tx:
        accounts.set_password(tx, "demo", "another horse")
    assert logins.verify(db, clock, "demo", "another horse") is not None
    assert accounts.list_demo_accounts(db) == ()


@pytest.mark.parametrize(
    ("user_id", "name", "password", "groups"),
    [
        ("system", "系统", RIGHT, []),
        ("Ann", "安", RIGHT, []),
        ("a", "安", RIGHT, []),
        ("ann or 1=1", "安", RIGHT, []),
        ("bob", "", RIGHT, []),
        ("bob", "安\u202e", RIGHT, []),
        ("bob", "安", "short", []),
        ("bob", "安", "x" * 201, []),
        ("bob", "安", RIGHT, ["pirates"]),
        ("ann", "安", RIGHT, []),
    ],
)
def test_an_account_that_is_not_acceptable_is_refused(
    db: Database, ann: str, user_id: str, name: str, password: str, groups: list[str]
) -> None:
    with pytest.raises(InvalidValue), db.begin() as tx:
        accounts.add(tx, user_id, name, password, groups)
    assert [account.id for account in accounts.list_accounts(db)] == ["ann"]


def test_nobody_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        accounts.get(db, "nobody")
    assert accounts.find(db, "nobody") is None
    with pytest.raises(NotFound), db.begin() as tx:
        accounts.set_active(tx, "nobody", True)
