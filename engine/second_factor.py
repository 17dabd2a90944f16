"""A second factor: codes of an app beside the password, and ten recovery codes for who has lost the phone.

The secret is enciphered with a key that lies beside the database, so that who has the tables alone makes no codes.
Of recovery codes only a hash is kept: they have 120 bits, which nobody tries out.
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine import totp
from engine.accounts import Account, end_sessions, record
from engine.clock import Clock, to_microseconds
from engine.config import secret_beside
from engine.errors import InvalidValue
from engine.logins import refusal_of
from engine.model import SYSTEM, Actor
from engine.store.database import Database, Transaction
from engine.store.people import read_accounts
from engine.store.tables import recovery_code, second_factor, user

#: The key of the secrets, beside the database like the session's. Lost, no code is right any more.
FILE: Final = "factor.key"
#: So many recovery codes are made at once.
CODES: Final = 10
_CODE_BYTES: Final = 15
_NONCE_BYTES: Final = 12
#: Whose second factor may be demanded: who leads, and who keeps the accounts.
MANAGERS: Final = frozenset({"supervisor", "dept_manager", "design_manager", "admin"})


# --- setting up ----------------------------------------------------------------------------------


def begin(db: Database, user_id: str) -> bytes:
    """Make a secret that counts for nothing until a code of it is confirmed; gives it. An unconfirmed one goes.

    Raises:
        InvalidValue: there is a second factor already.
    """
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    with db.begin() as tx:
        if _row(tx.connection, user_id, confirmed=True) is not None:
            raise InvalidValue("There is a second factor already.", message_zh="已经启用了二次验证。")
        tx.connection.execute(delete(second_factor).where(second_factor.c.user == user_id))
        sealed = _sealed(db.file, user_id, secret)
        tx.connection.execute(insert(second_factor).values(user=user_id, secret=sealed))
    return secret


def waiting_secret(db: Database, user_id: str) -> bytes | None:
    """The secret that waits for its first code; None: none does."""
    with db.read() as connection:
        row = _row(connection, user_id, confirmed=False)
    return None if row is None else _opened(db.file, user_id, row.secret)


def enrol(db: Database, actor: Actor, typed: str, *, seconds: int, at: datetime) -> tuple[str, ...]:
    """Let the second factor count from now on; every session ends. Gives the recovery codes, which are shown once.

    Args:
        db: where the accounts are.
        actor: whose it is.
        typed: a code of the app.
        seconds: the machine's clock, since 1970.
        at: for the record.

    Raises:
        InvalidValue: the code is wrong, or nothing was begun.
    """
    with db.begin() as tx:
        row = _row(tx.connection, actor.id, confirmed=False)
        secret = None if row is None else _opened(db.file, actor.id, row.secret)
        step = None if secret is None else totp.matching_step(secret, typed, seconds=seconds, after=0)
        if step is None:
            raise InvalidValue(
                "The code is wrong. Check that the time of your phone is right, and type the newest code.",
                message_zh="验证码不对。请确认手机时间准确,再输入最新的验证码。",
            )
        values = {"since": to_microseconds(at), "last_step": step}
        tx.connection.execute(update(second_factor).where(second_factor.c.user == actor.id).values(values))
        end_sessions(tx, actor.id)
        record(tx, "user.second_factor_added", {"user": actor.id}, actor=actor, at=at)
        return _new_codes(tx, actor.id)


def renew_codes(db: Database, actor: Actor, *, at: datetime) -> tuple[str, ...]:
    """Ten new recovery codes; those of before are worth nothing.

    Raises:
        InvalidValue: there is no second factor.
    """
    with db.begin() as tx:
        if _row(tx.connection, actor.id, confirmed=True) is None:
            raise InvalidValue("There is no second factor.", message_zh="还没有启用二次验证。")
        record(tx, "user.recovery_codes_made", {"user": actor.id}, actor=actor, at=at)
        return _new_codes(tx, actor.id)


def remove(tx: Transaction, user_id: str, *, actor: Actor, at: datetime) -> None:
    """Take the second factor off and record it; every session of the person ends.

    Raises:
        InvalidValue: there is none.
        NotFound: there is no such account.
    """
    end_sessions(tx, user_id)
    gone = tx.connection.execute(delete(second_factor).where(second_factor.c.user == user_id))
    if gone.rowcount != 1:
        raise InvalidValue("There is no second factor.", message_zh="还没有启用二次验证。")
    tx.connection.execute(delete(recovery_code).where(recovery_code.c.user == user_id))
    record(tx, "user.second_factor_removed", {"user": user_id}, actor=actor, at=at)


def codes_left(db: Database, user_id: str) -> int:
    """How many recovery codes somebody has left."""
    with db.read() as connection:
        counted = select(func.count()).where(recovery_code.c.user == user_id)
        return int(connection.execute(counted).scalar_one())


# --- logging in ----------------------------------------------------------------------------------


def verify(db: Database, clock: Clock, user_id: str, typed: str, *, seconds: int) -> Account | None:
    """The account whose password was right, if the code is, too, and the account neither locked nor inactive.

    A code of the app is taken once, as is a recovery code. Wrong ones count like wrong passwords, and a right
    password alone does not wipe them out; both answers are recorded.

    Args:
        db: where the accounts are.
        clock: says whether a lock is over.
        user_id: whose password was right.
        typed: a code of the app, or a recovery code.
        seconds: the machine's clock, since 1970: a virtual one is not the phone's.
    """
    at = clock.now()
    with db.begin() as tx:
        columns = (user.c.active, user.c.demo, user.c.failed_logins, user.c.locked_until)
        row = tx.connection.execute(select(*columns).where(user.c.id == user_id)).one_or_none()
        step = _step_of(tx.connection, db.file, user_id, typed, seconds)
        digest = _digest(typed)
        by_app = step is not None
        right = by_app or _is_left(tx.connection, user_id, digest)
        refusal = refusal_of(tx, user_id, row, to_microseconds(at), right=right, kind="code")
        if refusal is not None:
            value = {"user": None if row is None else user_id, "reason": refusal}
            record(tx, "user.login_refused", value, actor=SYSTEM, at=at)
            return None
        if by_app:
            taken = update(second_factor).where(second_factor.c.user == user_id).values(last_step=step)
            tx.connection.execute(taken)
        else:
            tx.connection.execute(delete(recovery_code).where(*_code(user_id, digest)))
        fresh = {"failed_logins": 0, "locked_until": None}
        tx.connection.execute(update(user).where(user.c.id == user_id).values(fresh))
        account = read_accounts(tx.connection, user_id)[0]
        value = {"user": user_id, "by": "code" if by_app else "recovery_code"}
        record(tx, "user.logged_in", value, actor=account.actor, at=at)
    return account


def _step_of(connection: Connection, file: Path, user_id: str, typed: str, seconds: int) -> int | None:
    row = _row(connection, user_id, confirmed=True)
    secret = None if row is None else _opened(file, user_id, row.secret)
    if row is None or secret is None:
        return None
    return totp.matching_step(secret, typed, seconds=seconds, after=row.last_step)


def _row(connection: Connection, user_id: str, *, confirmed: bool) -> Row[Any, Any] | None:
    counts = second_factor.c.since.is_not(None) if confirmed else second_factor.c.since.is_(None)
    query = select(second_factor.c.secret, second_factor.c.last_step)
    return connection.execute(query.where(second_factor.c.user == user_id, counts)).one_or_none()


# --- recovery codes ------------------------------------------------------------------------------


def _new_codes(tx: Transaction, user_id: str) -> tuple[str, ...]:
    made = tuple(_spelt(secrets.token_bytes(_CODE_BYTES)) for _ in range(CODES))
    tx.connection.execute(delete(recovery_code).where(recovery_code.c.user == user_id))
    tx.connection.execute(insert(recovery_code), [{"user": user_id, "digest": _digest(one)} for one in made])
    return made


def _spelt(data: bytes) -> str:
    text = b32encode(data).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _digest(typed: str) -> bytes:
    """What is kept of a code, however it is spaced."""
    return sha256("".join(one for one in typed.upper() if one.isalnum()).encode()).digest()


def _is_left(connection: Connection, user_id: str, digest: bytes) -> bool:
    return connection.execute(select(recovery_code.c.user).where(*_code(user_id, digest))).first() is not None


def _code(user_id: str, digest: bytes) -> Iterable[Any]:
    return (recovery_code.c.user == user_id, recovery_code.c.digest == digest)


# --- the secret ----------------------------------------------------------------------------------


def _sealed(file: Path, user_id: str, secret: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(secret_beside(file, FILE)).encrypt(nonce, secret, user_id.encode())


def _opened(file: Path, user_id: str, sealed: bytes) -> bytes | None:
    """The secret; None: it was enciphered with another key, or for somebody else, or the key is gone."""
    if not (file.parent / FILE).exists():  # a new one would hide that
        return None
    try:
        return AESGCM(secret_beside(file, FILE)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], user_id.encode())
    except InvalidTag:
        return None
