"""Tells a case as it is stored: its events in pages, the words of its process versions, the groups of its people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from engine import accounts
from engine.definitions import Definitions
from engine.labels import ACCOUNTS, Labels, labels_of
from engine.model import Actor
from engine.narrative.telling import tell
from engine.narrative.told import Facts, Narrative
from engine.queries import CaseView, EventView, Queries
from engine.store.database import Database

#: Of a longer history the beginning is told; two thousand events take less than a second.
MOST_EVENTS: Final = 10_000
_PAGE: Final = 1_000


def events_of(queries: Queries, case_id: str, actor: Actor) -> list[EventView]:
    """A case's events in order, the first 10 000; one more shows that there are further ones.

    Raises:
        NotFound: there is no such case, or the actor may not see it.
    """
    return list(islice(_events(queries, case_id, actor), MOST_EVENTS + 1))


def _events(queries: Queries, case_id: str, actor: Actor) -> Iterator[EventView]:
    after = None
    while page := queries.events(case_id, actor, after=after, limit=_PAGE):
        yield from page
        after = page[-1].cursor


def tell_case(
    db: Database,
    definitions: Definitions,
    case: CaseView,
    events: list[EventView],
    *,
    now: datetime,
    english: bool,
) -> Narrative:
    """The case in sentences; see ``tell``."""
    groups = {account.id: frozenset(account.groups) for account in accounts.list_accounts(db)}
    facts = Facts(case_id=case.case_id, name=case.name, now=now, groups=groups)
    labels = labels_of_case(definitions, case)
    with db.read() as connection:
        labels = accounts.named(connection, labels, [*labels.people, *ACCOUNTS])
    return tell(facts, events[:MOST_EVENTS], labels, english=english)


def labels_of_case(definitions: Definitions, case: CaseView) -> Labels:
    """What the forms of the case's process versions call their variables; the root's words win."""
    versions = [definitions.get(instance.definition_key) for instance in case.instances]
    forms: dict[str, Any] = {}
    for deployed in versions:
        forms |= deployed.forms
    return labels_of(forms, versions[0].definition.start_form, [one.definition.outcomes for one in versions])
