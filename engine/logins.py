"""Who is let in: passwords are compared, guessing is locked out, and both answers stand in the system's history.

No event holds a password, nor what was typed where no account has that id: it might be one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import select, update

from engine import passwords
from engine.accounts import Account, end_sessions, record
from engine.clock import Clock, to_microseconds
from engine.model import SYSTEM, Actor
from engine.store.database import Database, Transaction
from engine.store.people import read_accounts
from engine.store.tables import user

T = TypeVar("T")

#: So many wrong passwords in a row lock an account …
MAX_FAILURES: Final = 10
#: … for so long.
LOCK: Final = timedelta(minutes=15)


def verify(
    db: Database, clock: Clock, user_id: str, password: str, *, demo: bool = True, second_factor: bool = False
) -> Account | None:
    """The account, if the password is right and the account neither locked nor inactive; else None.

    The same work is done whoever asks, so that the time tells nothing. Ten wrong passwords in a row lock the
    account for a quarter of an hour; even the right one is refused then. Both answers are recorded.

    Args:
        db: where the accounts are.
        clock: says whether a lock is over.
        user_id: what somebody typed.
        password: what somebody typed.
        demo: False refuses demonstration accounts.
        second_factor: who has one is not in yet: what was wrong stays counted, and the log-in is recorded when the
            code is right, too (``engine.second_factor``).
    """

    def answer(tx: Transaction, row: Any, right: bool) -> Account | None:
        return _answer(tx, user_id, row, password, at=clock.now(), right=right, demo=demo, half=second_factor)

    return _compared(db, user_id, password, answer)


def confirm(db: Database, clock: Clock, user_id: str, password: str) -> bool:
    """Whether it is the password of somebody who has logged in and is asked for it again.

    Wrong ones count as those of a log-in do, and are recorded: who finds an open desk must not guess at it.
    """

    def answer(tx: Transaction, row: Any, right: bool) -> bool:
        at = clock.now()
        refusal = refusal_of(tx, user_id, row, to_microseconds(at), right=right)
        if refusal is not None:
            value = {"user": None if row is None else user_id, "reason": refusal}
            record(tx, "user.confirmation_refused", value, actor=SYSTEM, at=at)
            return False
        tx.connection.execute(update(user).where(user.c.id == user_id).values(failed_logins=0, locked_until=None))
        return True

    return _compared(db, user_id, password, answer)


def _compared(db: Database, user_id: str, password: str, answer: Callable[[Transaction, Any, bool], T]) -> T:
    """Compare a password with the account's, and let ``answer`` act upon the account's row and whether it is right."""
    with db.read() as connection:
        stored = connection.execute(select(user.c.password_hash).where(user.c.id == user_id)).scalar()
    right = passwords.matches(stored or _nobody(), password) and stored is not None
    with db.begin() as tx:
        query = select(user.c.active, user.c.demo, user.c.failed_logins, user.c.locked_until, user.c.password_hash)
        row = tx.connection.execute(query.where(user.c.id == user_id)).one_or_none()
        if not right or row is None or row.password_hash == stored:
            return answer(tx, row, right and row is not None)
    # It was changed meanwhile: by another log-in that hashed it anew, or to another password.
    return _compared(db, user_id, password, answer)


def _answer(
    tx: Transaction, user_id: str, row: Any, password: str, *, at: datetime, right: bool, demo: bool, half: bool
) -> Account | None:
    """Let somebody in or not, and record it."""
    refusal = refusal_of(tx, user_id, row, to_microseconds(at), right=right, demo=demo)
    if refusal is not None:
        value = {"user": None if row is None else user_id, "reason": refusal}
        record(tx, "user.login_refused", value, actor=SYSTEM, at=at)
        return None
    account = read_accounts(tx.connection, user_id)[0]
    half = half and account.second_factor
    changes: dict[str, Any] = {} if half else {"failed_logins": 0, "locked_until": None}
    if passwords.is_outdated(row.password_hash):
        changes["password_hash"] = passwords.hashed(password)
    if changes:
        tx.connection.execute(update(user).where(user.c.id == user_id).values(changes))
    if not half:
        record(tx, "user.logged_in", {"user": user_id}, actor=account.actor, at=at)
    return account


def refusal_of(
    tx: Transaction, user_id: str, row: Any, now: int, *, right: bool, demo: bool = True, kind: str = "password"
) -> str | None:
    """Why nobody is let in; None lets in. What is wrong is counted.

    Args:
        tx: the transaction in which it is counted.
        user_id: whose account.
        row: what stands of it, with active, demo, failed_logins and locked_until; None: there is none.
        now: microseconds.
        right: whether what was typed is right.
        demo: False refuses demonstration accounts.
        kind: what was typed, as the record says.

    Returns:
        unknown, locked, inactive, demo, or the kind.
    """
    if row is None:
        return "unknown"
    if row.locked_until is not None and row.locked_until > now:
        return "locked"
    if not right:
        _count_failure(tx, user_id, row, now)
        return kind
    if not row.active:
        return "inactive"
    return "demo" if row.demo and not demo else None


def log_out(db: Database, clock: Clock, actor: Actor) -> None:
    """End every session of somebody who leaves: a copy of the cookie opens nothing any more.

    Raises:
        NotFound: the account is gone.
    """
    with db.begin() as tx:
        end_sessions(tx, actor.id)
        record(tx, "user.logged_out", {"user": actor.id}, actor=actor, at=clock.now())


@cache
def _nobody() -> str:
    """Verified when nobody has the id, so that the answer takes as long as for somebody."""
    return passwords.hashed("nobody's password")


def _count_failure(tx: Transaction, user_id: str, row: Any, now: int) -> None:
    failures = (0 if row.locked_until is not None else row.failed_logins) + 1
    locked_until = now + LOCK // timedelta(microseconds=1) if failures >= MAX_FAILURES else None
    tx.connection.execute(
        update(user).where(user.c.id == user_id).values(failed_logins=failures, locked_until=locked_until)
    )
