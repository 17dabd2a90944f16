"""Who is spoken to: colleagues by name or account, and those who may see a case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from engine import access, accounts
from engine.access import CaseFacts, Reach
from engine.accounts import Account
from engine.errors import InvalidValue
from engine.model import Actor

#: An @ that begins a word: none of a mail address.
_AT: Final = re.compile(r"(?<![A-Za-z0-9._%+-])[@\uff20]")
_ID_GOES_ON: Final = re.compile(r"[a-z0-9._-]")


def colleagues(connection: Connection) -> tuple[Account, ...]:
    """Every active account, by name."""
    active = [account for account in accounts.list_in(connection) if account.active]
    return tuple(sorted(active, key=lambda account: (account.name, account.id)))


def follows(account: Account, facts: CaseFacts) -> bool:
    """Whether somebody may see a case and what is said about it."""
    return sees_talk(account.actor) and access.may_see_case(account.actor, facts)


def sees_talk(actor: Actor) -> bool:
    """Whether the actor sees of a case more than the own tasks: couriers do not."""
    return access.reach(actor, "P05") is not Reach.TASKS


def suggested(
    connection: Connection, facts: CaseFacts, begun: str, asker: Actor, *, limit: int = 8
) -> list[tuple[str, Account]]:
    """Whom somebody may mean who has typed @ and a part of a name.

    Returns:
        What to write behind the @ (the name where nobody else has it, else the account), and the person.
    """
    everybody = colleagues(connection)
    names = [person.name for person in everybody]
    begun = begun.strip().lower()
    fitting = [
        person
        for person in everybody
        if person.id != asker.id and begun in f"{person.name.lower()}\n{person.id}" and follows(person, facts)
    ]
    fitting.sort(key=lambda one: (not one.name.lower().startswith(begun) and not one.id.startswith(begun), one.name))
    return [(one.name if names.count(one.name) == 1 else one.id, one) for one in fitting[:limit]]


def mentioned(connection: Connection, text: str, facts: CaseFacts) -> tuple[Account, ...]:
    """Who is mentioned in a text by @name or @account; an @ before anything else is just a sign.

    Raises:
        InvalidValue: somebody mentioned may not see the case, or several have the name.
    """
    starts = [match.end() for match in _AT.finditer(text)]
    if not starts:
        return ()
    everybody = colleagues(connection)
    found: dict[str, Account] = {}
    for start in starts:
        meant = _meant(text[start:], everybody)
        if len(meant) > 1:
            meant = [one for one in meant if follows(one, facts)] or meant
        if len(meant) > 1:
            ids = "、".join(f"@{one.id}" for one in meant[:5])
            raise InvalidValue(
                f"Several colleagues are called “{meant[0].name}”. Please write the account: {ids}.",
                message_zh=f"有多位同事叫“{meant[0].name}”,请写账号:{ids}。",
            )
        for one in meant:
            if not follows(one, facts):
                raise InvalidValue(
                    f"{one.name} cannot see this case and cannot be mentioned. Please take the @ "
                    "away, or ask by an internal inquiry.",
                    message_zh=f"{one.name}看不到这个工单,不能提到。请去掉 @,或用“内部核实”向对方提问。",
                )
            found[one.id] = one
    return tuple(found.values())


def _meant(rest: str, everybody: Iterable[Account]) -> list[Account]:
    """Whose account or name stands at the beginning: the longest that fits."""
    best, meant = 0, []
    for one in everybody:
        by_id = rest.startswith(one.id) and not _ID_GOES_ON.match(rest[len(one.id) : len(one.id) + 1])
        for length in (len(one.id) if by_id else 0, len(one.name) if rest.startswith(one.name) else 0):
            if length > best:
                best, meant = length, [one]
            elif length == best and best and one not in meant:
                meant.append(one)
    return meant
