"""Messages find those who wait for them; one that comes too early is kept for its time to live.

A message is correlated once per process: the oldest subscription of each process gets it, and each process with a
start event of that name starts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from engine import canonical
from engine.bpmn import MessageStart
from engine.clock import to_microseconds
from engine.definitions import Definitions, Deployed
from engine.model import CASE_FACTS, CorrelateMessage, MessageThrown, Opened, SubscriptionOpened, Value, Variables
from engine.store import sql
from engine.store.database import Transaction
from engine.store.writes import Writes

DEFAULT_TTL: Final = timedelta(hours=24)
#: Names that a sender cannot set in another case: they are the platform's.
_READ_ONLY: Final = frozenset({*CASE_FACTS, "case"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A message on its way."""

    name: str
    correlation_key: str
    payload: Value
    #: Until when it is kept for those who come later; its own instant: not at all.
    expires_at: datetime
    #: A second message of the same name and id is the first one again.
    message_id: str | None = None
    #: The case that sent it, to which a started instance is linked.
    case_id: str | None = None

    @classmethod
    def thrown(cls, message: MessageThrown, *, now: datetime, case_id: str | None = None) -> Publication:
        """What a message end event publishes."""
        return cls(
            name=message.name,
            correlation_key=message.correlation_key,
            payload=message.payload,
            expires_at=now + DEFAULT_TTL,
            case_id=case_id,
        )

    def start_variables(self) -> Variables:
        """Variables of an instance that it starts: the payload under the message's name, and its entries."""
        entries = self.payload if isinstance(self.payload, dict) else {}
        own = {name: value for name, value in entries.items() if name not in _READ_ONLY}
        return {**own, self.name.removeprefix("msg_"): self.payload}


@dataclass(slots=True)
class Correlation:
    """Whom a message reaches."""

    #: Instance key and the command for it.
    wakes: list[tuple[int, CorrelateMessage]] = field(default_factory=list)
    starts: list[tuple[Deployed, MessageStart]] = field(default_factory=list)


class Publisher:
    """Correlates within one cascade, its unwritten subscriptions included."""

    def __init__(self, tx: Transaction, writes: Writes, definitions: Definitions, *, at: int) -> None:
        self._tx = tx
        self._writes = writes
        self._definitions = definitions
        self._at = at
        #: Buffered messages that this cascade has given away: key → processes.
        self._given: dict[int, set[str]] = {}
        #: Messages of this cascade, which no statement sees yet.
        self._published: list[dict[str, Any]] = []

    def is_known(self, name: str, message_id: str) -> bool:
        """Whether a message of this name and id was published before."""
        found = self._tx.run(sql.SELECT_MESSAGE_BY_ID, {"message_name": name, "message_id": message_id})
        return found.fetchone() is not None

    def publish(self, message: Publication) -> Correlation:
        """Find whom the message reaches, and keep it where it may still reach somebody."""
        found, taken = Correlation(), set[str]()
        for sub_id, instance, process_id in self._subscriptions(message.name, message.correlation_key):
            if process_id not in taken:
                taken.add(process_id)
                wake = CorrelateMessage(id=sub_id, name=message.name, payload=message.payload)
                found.wakes.append((instance, wake))
        for deployed, start in self._definitions.message_starts(message.name):
            if deployed.process_id not in taken:
                taken.add(deployed.process_id)
                found.starts.append((deployed, start))
        expires = to_microseconds(message.expires_at)
        if expires > self._at or message.message_id is not None:
            row = {
                "name": message.name,
                "correlation_key": message.correlation_key,
                "message_id": message.message_id,
                "payload": canonical.encode(message.payload),
                "published_at": self._at,
                "expires_at": expires,
                "correlated": ",".join(sorted(taken)),
            }
            self._published.append(row)
            self._writes.add(sql.INSERT_MESSAGE, len(self._published), row)
        return found

    def buffered_for(self, process_id: str, opened: Iterable[Opened]) -> list[CorrelateMessage]:
        """Messages that came before somebody waited for them."""
        wakes = []
        for subscription in opened:
            if isinstance(subscription, SubscriptionOpened):
                wake = self._buffered(process_id, subscription)
                if wake is not None:
                    wakes.append(wake)
        return wakes

    def _buffered(self, process_id: str, subscription: SubscriptionOpened) -> CorrelateMessage | None:
        """The oldest kept message that this process has not had; from now on it has."""
        name, correlation_key = subscription.message_name, subscription.correlation_key
        params = {"message_name": name, "correlation_key": correlation_key, "now": self._at}
        for key, payload, correlated in self._tx.run(sql.SELECT_BUFFERED, params).fetchall():
            given = self._given.setdefault(key, set(filter(None, correlated.split(","))))
            if process_id not in given:
                given.add(process_id)
                self._writes.add(sql.MARK_CORRELATED, key, {"of_key": key, "correlated": ",".join(sorted(given))})
                return CorrelateMessage(id=subscription.id, name=name, payload=canonical.decode(payload))
        for row in self._published:
            given = set(filter(None, row["correlated"].split(",")))
            fits = (row["name"], row["correlation_key"]) == (name, correlation_key) and row["expires_at"] > self._at
            if fits and process_id not in given:
                row["correlated"] = ",".join(sorted({*given, process_id}))
                return CorrelateMessage(id=subscription.id, name=name, payload=canonical.decode(row["payload"]))
        return None

    def _subscriptions(self, name: str, correlation_key: str) -> list[tuple[int, int, str]]:
        """(id, instance, process) of those who wait, the oldest first."""
        params: Mapping[str, str] = {"message_name": name, "correlation_key": correlation_key}
        stored = self._tx.run(sql.SELECT_SUBSCRIPTIONS, params).fetchall()
        gone = self._writes.keys(sql.DELETE_SUBSCRIPTION)
        fresh = [
            (row["id"], row["instance"], row["process_id"])
            for row in self._writes.rows(sql.INSERT_SUBSCRIPTION)
            if row["message_name"] == name and row["correlation_key"] == correlation_key
        ]
        return sorted([row for row in stored if row[0] not in gone] + fresh)
