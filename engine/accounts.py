"""People who log in: their names, passwords and groups; who lets them in is ``engine.logins``.

Who changes an account calls ``record`` in the same transaction. No event holds a password.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, delete, insert, select, update

from engine import passwords
from engine.access import GROUPS
from engine.errors import InvalidValue, NotFound
from engine.labels import Labels
from engine.model import SYSTEM, Actor, Event, Value
from engine.store.database import Database, Transaction
from engine.store.people import Account, read_accounts, read_names
from engine.store.streams import append_system
from engine.store.tables import courier_account, membership, own_customer, shop_settings, user

__all__ = [
    "MAX_CUSTOMER_IDS",
    "Account",
    "add",
    "end_sessions",
    "find",
    "find_in",
    "get",
    "list_accounts",
    "list_demo_accounts",
    "list_in",
    "named",
    "people_of",
    "place",
    "read_names",
    "record",
    "set_active",
    "set_couriers",
    "set_customer_ids",
    "set_groups",
    "set_password",
]

MAX_CUSTOMER_IDS: Final = 20

_USER_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{1,31}$")
#: No hash: nothing that somebody types is it.
_UNUSABLE: Final = "-"
_NAMES: Final = select(user.c.id, user.c.name)


# --- reading -------------------------------------------------------------------------------------


def get(db: Database, user_id: str) -> Account:
    """The account of an id.

    Raises:
        NotFound: nobody has it.
    """
    found = find(db, user_id)
    if found is None:
        raise NotFound("there is no such account", message_zh="没有这个账号。")
    return found


def find(db: Database, user_id: str) -> Account | None:
    """The account of an id, or None."""
    with db.read() as connection:
        accounts = read_accounts(connection, user_id)
    return accounts[0] if accounts else None


def find_in(connection: Connection, user_id: str) -> Account | None:
    """The account of an id, or None, within the caller's snapshot or transaction."""
    accounts = read_accounts(connection, user_id)
    return accounts[0] if accounts else None


def list_in(connection: Connection) -> tuple[Account, ...]:
    """Every account, by id, within the caller's snapshot or transaction."""
    return read_accounts(connection, None)


def people_of(connection: Connection, groups: Iterable[str]) -> dict[str, list[dict[str, Value]]]:
    """Group → its active accounts by name, as forms offer them: {value: id, label: name}; what is no group: none."""
    found: dict[str, list[dict[str, Value]]] = {group: [] for group in groups}
    if found:
        rows = connection.execute(
            select(membership.c.group, user.c.id, user.c.name)
            .join(user, user.c.id == membership.c.user)
            .where(membership.c.group.in_(found), user.c.active == 1)
            .order_by(user.c.name, user.c.id)
        )
        for row in rows:
            found[row.group].append({"value": row.id, "label": row.name})
    return found


def named(connection: Connection, labels: Labels, variables: Iterable[str]) -> Labels:
    """The labels with the names of the people whose ids are in some of these variables.

    Args:
        connection: where they are read.
        labels: the words of a process.
        variables: names of variables; where they come with their values, only the people in these are read.
    """
    held = [name for name in dict.fromkeys(variables) if labels.is_person(name)]
    if not held:
        return labels
    if isinstance(variables, Mapping):
        names = read_names(connection, _texts([variables[name] for name in held]))
    else:
        names = {row.id: row.name for row in connection.execute(_NAMES)}
    return replace(
        labels, options={**labels.options, **{name: {**names, **labels.options.get(name, {})} for name in held}}
    )


def _texts(value: Value) -> set[str]:
    """The texts in a value, however deep in lists."""
    if isinstance(value, list | tuple):
        return set().union(*map(_texts, value))
    return {value} if isinstance(value, str) else set()


def list_accounts(db: Database) -> tuple[Account, ...]:
    """Every account, by id."""
    with db.read() as connection:
        return read_accounts(connection, None)


def list_demo_accounts(db: Database) -> tuple[str, ...]:
    """Ids of active demo accounts: their password is public, so a real server refuses to run with them."""
    return tuple(account.id for account in list_accounts(db) if account.demo and account.active)


def keep_language(db: Database, user_id: str, language: str) -> None:
    """Keep the language that somebody chose last, as pages name it: mails are written in it."""
    other = (user.c.id == user_id, user.c.language.is_distinct_from(language))
    with db.read() as connection:
        if connection.execute(select(user.c.id).where(*other)).first() is None:
            return
    with db.begin() as tx:
        tx.connection.execute(update(user).where(*other).values(language=language))


def record(tx: Transaction, kind: str, value: Value, *, actor: Actor, at: datetime) -> None:
    """Say in the system's history what happened to an account, in the transaction in which it happens.

    Args:
        tx: the transaction of the change.
        kind: user.added, user.groups_changed, …
        value: whose account, and the values before and after where there are any.
        actor: who did it.
        at: aware UTC.
    """
    append_system(tx, [Event(kind=kind, value=value)], at=at, actor=actor.id)


# --- changing ------------------------------------------------------------------------------------


def add(
    tx: Transaction,
    user_id: str,
    name: str,
    password: str,
    groups: Iterable[str],
    *,
    demo: bool = False,
    given: bool = False,
) -> None:
    """Make an account.

    Args:
        tx: the transaction.
        user_id: what the person logs in with.
        name: the person's.
        password: the first one.
        groups: ids.
        demo: it is a demonstration's, whose password is public.
        given: somebody else knows the password, and the person has to replace it first of all.

    Raises:
        InvalidValue: the id, name, password or a group is not acceptable, or the id is taken. The password of a
            demonstration is public, and may be anything.
    """
    if not _USER_ID.match(user_id) or user_id == SYSTEM.id:
        raise InvalidValue(
            f"{user_id!r} is no account id: write 2 to 32 of a–z, 0–9, dot, hyphen and underscore, and not system.",
            message_zh="账号须为 2 到 32 个小写字母、数字、点、横线或下划线,且不能为 system。",
        )
    if tx.connection.execute(select(user.c.id).where(user.c.id == user_id)).first():
        raise InvalidValue(
            f"The account {user_id} exists already. Please choose another id.", message_zh=f"账号 {user_id} 已存在。"
        )
    known_as = _checked_name(name)
    if not demo:
        _check_password(tx, password, user_id, known_as)
    made = {"id": user_id, "name": known_as, "password_hash": passwords.hashed(password), "demo": int(demo)}
    tx.connection.execute(insert(user).values(active=1, password_given=int(given), **made))
    _write_groups(tx, user_id, _checked_groups(groups))


def set_groups(tx: Transaction, user_id: str, groups: Iterable[str]) -> frozenset[str]:
    """Replace the groups and give those before; open sessions end.

    Raises:
        InvalidValue: a group is unknown.
        NotFound: there is no such account.
    """
    checked = _checked_groups(groups)
    _change(tx, user_id)
    (before,) = read_accounts(tx.connection, user_id)
    tx.connection.execute(delete(membership).where(membership.c.user == user_id))
    _write_groups(tx, user_id, checked)
    return before.groups


def set_customer_ids(tx: Transaction, user_id: str, customer_ids: Iterable[str]) -> frozenset[str]:
    """Replace the customer ids by which somebody buys in the shop, and give those before; open sessions end.

    Raises:
        InvalidValue: an id is longer than 64 characters or holds what nobody sees, or there are more than 20.
        NotFound: there is no such account.
    """
    wanted = _names(customer_ids, 64)
    if wanted is None:
        raise InvalidValue(
            f"Write at most {MAX_CUSTOMER_IDS} customer ids, each of 1 to 64 printable characters.",
            message_zh=f"最多 {MAX_CUSTOMER_IDS} 个客户ID,每个 1 到 64 个可见字符。",
        )
    return _replace(tx, user_id, own_customer.c.customer_id, wanted).customer_ids


def set_couriers(tx: Transaction, user_id: str, couriers: Iterable[str]) -> frozenset[str]:
    """Replace the couriers whose tasks somebody does ("*": all of them), and give those before; open sessions end.

    Raises:
        InvalidValue: a name is longer than 40 characters or holds what nobody sees, or there are more than 20.
        NotFound: there is no such account.
    """
    wanted = _names(couriers, 40)
    if wanted is None:
        raise InvalidValue(
            f"Write at most {MAX_CUSTOMER_IDS} couriers, each name of 1 to 40 printable characters.",
            message_zh=f"最多 {MAX_CUSTOMER_IDS} 家快递,每个名称 1 到 40 个可见字符。",
        )
    return _replace(tx, user_id, courier_account.c.courier, wanted).couriers


def _names(texts: Iterable[str], longest: int) -> frozenset[str] | None:
    """The texts as they are kept; None: too many, too long, or with characters that nobody sees."""
    wanted = frozenset(unicodedata.normalize("NFC", one).strip() for one in texts) - {""}
    unseen = any(unicodedata.category(char).startswith("C") for one in wanted for char in one)
    fits = len(wanted) <= MAX_CUSTOMER_IDS and all(len(one) <= longest for one in wanted)
    return wanted if fits and not unseen else None


def _replace(tx: Transaction, user_id: str, column: Column[str], wanted: frozenset[str]) -> Account:
    """Let a person have these in a table of (user, column) and no others; gives the account as it was."""
    _change(tx, user_id)
    (before,) = read_accounts(tx.connection, user_id)
    tx.connection.execute(delete(column.table).where(column.table.c.user == user_id))
    if wanted:
        rows = [{"user": user_id, column.key: one} for one in sorted(wanted)]
        tx.connection.execute(insert(column.table), rows)
    return before


def set_password(tx: Transaction, user_id: str, password: str, *, given: bool = False) -> None:
    """Replace the password and lift a lock; open sessions end. The account is no demo account any more.

    ``given``: somebody else has set it, and the person has to replace it first of all.

    Raises:
        InvalidValue: the password is too short or too long, or easy to guess.
        NotFound: there is no such account.
    """
    named_so = tx.connection.execute(select(user.c.name).where(user.c.id == user_id)).scalar()
    _check_password(tx, password, user_id, named_so or "")
    kept = {"password_hash": passwords.hashed(password), "password_given": int(given)}
    _change(tx, user_id, **kept, failed_logins=0, locked_until=None, demo=0)


def _check_password(tx: Transaction, password: str, user_id: str, name: str) -> None:
    """What people who know its owner try first are the account, the name and the shops' names."""
    shops = tx.connection.execute(select(shop_settings.c.shop).distinct()).scalars()
    passwords.check(password, [user_id, name, *shops])


def place(tx: Transaction, people: Iterable[tuple[str, str, str]]) -> None:
    """Accounts (id, name, group) with which nobody can log in, for databases on which processes are tried out."""
    for user_id, name, group in people:
        tx.connection.execute(insert(user).values(id=user_id, name=name, password_hash=_UNUSABLE, active=1))
        tx.connection.execute(insert(membership).values(user=user_id, group=group))


def set_active(tx: Transaction, user_id: str, active: bool) -> bool:
    """Let somebody log in again, or no longer, and give what was before; open sessions end.

    Raises:
        NotFound: there is no such account.
    """
    before = tx.connection.execute(select(user.c.active).where(user.c.id == user_id)).scalar()
    _change(tx, user_id, active=int(active))
    return bool(before)


def end_sessions(tx: Transaction, user_id: str) -> None:
    """Whoever has logged in with this account logs in anew.

    Raises:
        NotFound: there is no such account.
    """
    _change(tx, user_id)


def _change(tx: Transaction, user_id: str, **values: Any) -> None:
    changed = tx.connection.execute(
        update(user).where(user.c.id == user_id).values(session_epoch=user.c.session_epoch + 1, **values)
    )
    if changed.rowcount != 1:
        raise NotFound("there is no such account", message_zh="没有这个账号。")


def _write_groups(tx: Transaction, user_id: str, groups: frozenset[str]) -> None:
    if groups:
        rows = [{"user": user_id, "group": group} for group in sorted(groups)]
        tx.connection.execute(insert(membership), rows)


def _checked_groups(groups: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(groups)
    unknown = sorted(wanted - GROUPS.keys())
    if unknown:
        raise InvalidValue(
            f"There are no such groups: {', '.join(unknown)}. Known are: {', '.join(GROUPS)}.",
            message_zh=f"没有这些用户组:{'、'.join(unknown)}。",
        )
    return wanted


def _checked_name(name: str) -> str:
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= 40 or any(unicodedata.category(char).startswith("C") for char in clean):
        raise InvalidValue(
            "The name must have 1 to 40 printable characters.", message_zh="姓名须为 1 到 40 个可见字符。"
        )
    return clean
