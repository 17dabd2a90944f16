"""A second factor: set up with a code, asked for behind the password, lost, found, taken off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engine import accounts, logins, second_factor, totp
from engine.accounts import Account
from engine.clock import VirtualClock
from engine.errors import InvalidValue, NotFound
from engine.store.database import Database
from engine.store.tables import recovery_code
from engine.store.tables import second_factor as table

RIGHT = "correct horse"
NOW = int(datetime(2026, 1, 2, 1, 0, tzinfo=UTC).timestamp())


class Phone:
    """An app that makes codes, and the recovery codes on paper."""

    def __init__(self, db: Database, clock: VirtualClock) -> None:
        self.db, self.clock, self.seconds = db, clock, NOW
        with db.begin() as tx:
            accounts.add(tx, "ann", "安妮", RIGHT, ["aftersales"])
        self.secret = second_factor.begin(db, "ann")
        actor = accounts.get(db, "ann").actor
        self.paper = second_factor.enrol(db, actor, self.code(), seconds=NOW, at=clock.now())
        self.seconds += totp.STEP

    def code(self) -> str:
        return totp.code(self.secret, totp.step_at(self.seconds))

    def wrong(self) -> str:
        near = {totp.code(self.secret, totp.step_at(self.seconds) + off) for off in (-1, 0, 1)}
        return next(text for text in ("000000", "111111", "222222", "333333") if text not in near)

    def verify(self, typed: str) -> Account | None:
        return second_factor.verify(self.db, self.clock, "ann", typed, seconds=self.seconds)


@pytest.fixture
def phone(db: Database, clock: VirtualClock) -> Phone:
    return Phone(db, clock)


def test_it_counts_once_a_code_is_confirmed(db: Database, clock: VirtualClock) -> None:
    with db.begin() as tx:
        accounts.add(tx, "bob", "波波", RIGHT, [])
    before = accounts.get(db, "bob")
    secret = second_factor.begin(db, "bob")
    assert not accounts.get(db, "bob").second_factor
    assert second_factor.waiting_secret(db, "bob") == secret
    code = totp.code(secret, totp.step_at(NOW))
    for typed, seconds in (("", NOW), ("000", NOW), (code, NOW + 300)):
        with pytest.raises(InvalidValue):
            second_factor.enrol(db, before.actor, typed, seconds=seconds, at=clock.now())
    codes = second_factor.enrol(db, before.actor, code, seconds=NOW, at=clock.now())
    after = accounts.get(db, "bob")
    assert after.second_factor
    assert after.session_epoch > before.session_epoch, "sessions without it end"
    assert second_factor.waiting_secret(db, "bob") is None
    assert len(set(codes)) == second_factor.codes_left(db, "bob") == 10
    with pytest.raises(InvalidValue):
        second_factor.begin(db, "bob")


def test_the_tables_alone_make_no_codes(db: Database, phone: Phone) -> None:
    with db.read() as connection:
        sealed = connection.execute(select(table.c.secret)).scalar_one()
        digests = connection.execute(select(recovery_code.c.digest)).scalars().all()
    assert phone.secret not in sealed
    key = db.file.parent / second_factor.FILE
    assert key.stat().st_mode & 0o777 == 0o600
    assert not {one.encode() for one in phone.paper} & set(digests)
    key.write_bytes(bytes(32))
    assert phone.verify(phone.code()) is None
    key.unlink()
    assert phone.verify(phone.code()) is None
    assert not key.exists(), "a new one would hide that it is gone"


def test_a_secret_is_worth_nothing_in_another_account(db: Database, phone: Phone) -> None:
    with db.begin() as tx:
        accounts.add(tx, "eve", "伊芙", RIGHT, [])
        row = tx.connection.execute(select(table.c.secret, table.c.since)).one()
        tx.connection.execute(table.insert().values(user="eve", secret=row.secret, since=row.since))
    assert second_factor.verify(db, phone.clock, "eve", phone.code(), seconds=phone.seconds) is None


def test_a_code_of_the_app_is_taken_once(phone: Phone) -> None:
    assert phone.verify(phone.code()) == accounts.get(phone.db, "ann")
    assert phone.verify(phone.code()) is None
    phone.seconds += totp.STEP
    assert phone.verify(phone.code()) is not None


def test_the_code_that_confirmed_it_logs_nobody_in(phone: Phone) -> None:
    phone.seconds = NOW
    assert phone.verify(phone.code()) is None


def test_a_recovery_code_is_taken_once_however_it_is_typed(phone: Phone) -> None:
    assert phone.verify(phone.paper[0].lower().replace("-", " ")) is not None
    assert phone.verify(phone.paper[0]) is None
    assert phone.verify(phone.paper[1]) is not None
    assert second_factor.codes_left(phone.db, "ann") == 8
    for typed in ("", "-", "AAAA-BBBB", phone.paper[2][:-1]):
        assert phone.verify(typed) is None


def test_new_recovery_codes_take_the_place_of_the_old_ones(phone: Phone) -> None:
    actor = accounts.get(phone.db, "ann").actor
    fresh = second_factor.renew_codes(phone.db, actor, at=phone.clock.now())
    assert phone.verify(phone.paper[0]) is None
    assert phone.verify(fresh[0]) is not None


def test_ten_wrong_codes_lock_the_account_and_a_right_password_between_them_does_not_help(phone: Phone) -> None:
    for _ in range(10):
        assert logins.verify(phone.db, phone.clock, "ann", RIGHT, second_factor=True) is not None
        assert phone.verify(phone.wrong()) is None
    assert logins.verify(phone.db, phone.clock, "ann", RIGHT, second_factor=True) is None
    assert phone.verify(phone.code()) is None
    assert phone.verify(phone.paper[0]) is None
    phone.clock.advance(logins.LOCK)
    assert phone.verify(phone.paper[0]) is not None, "it was not used up meanwhile"


def test_who_is_deactivated_meanwhile_is_not_let_in(phone: Phone) -> None:
    with phone.db.begin() as tx:
        accounts.set_active(tx, "ann", False)
    assert phone.verify(phone.code()) is None


def test_taken_off_it_is_not_asked_for(phone: Phone) -> None:
    with phone.db.begin() as tx:
        second_factor.remove(tx, "ann", actor=accounts.get(phone.db, "ann").actor, at=phone.clock.now())
    assert not accounts.get(phone.db, "ann").second_factor
    assert phone.verify(phone.code()) is None
    assert phone.verify(phone.paper[0]) is None
    with pytest.raises(InvalidValue), phone.db.begin() as tx:
        second_factor.remove(tx, "ann", actor=accounts.get(phone.db, "ann").actor, at=phone.clock.now())
    with pytest.raises(NotFound), phone.db.begin() as tx:
        second_factor.remove(tx, "nobody", actor=accounts.get(phone.db, "ann").actor, at=phone.clock.now())
    with pytest.raises(InvalidValue):
        second_factor.renew_codes(phone.db, accounts.get(phone.db, "ann").actor, at=phone.clock.now())


def test_who_has_none_is_in_with_the_password(db: Database, clock: VirtualClock) -> None:
    with db.begin() as tx:
        accounts.add(tx, "bob", "波波", RIGHT, [])
    for _ in range(9):
        logins.verify(db, clock, "bob", "wrong horse", second_factor=True)
    assert logins.verify(db, clock, "bob", RIGHT, second_factor=True) is not None
    logins.verify(db, clock, "bob", "wrong horse", second_factor=True)
    assert logins.verify(db, clock, "bob", RIGHT) is not None, "nine and one are not ten in a row"
