"""Messages find those who wait for them; one that comes too early is kept for its time to live.

A message is correlated once per process: the oldest subscription of each process gets it, and each process with a
start event of that name starts once. A subscription takes one message; if it is over before its message comes (the
same cascade ended it), the message goes to the next one of that process, or is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine import canonical
from engine.bpmn import MessageStart
from engine.clock import to_microseconds
from engine.definitions import Definitions, Deployed
from engine.model import CorrelateMessage, Opened, SubscriptionKind, SubscriptionOpened, Value, Variables
from engine.runtime.inputs import brought
from engine.store import sql
from engine.store.database import Transaction
from engine.store.writes import Writes


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

    def start_variables(self) -> Variables:
        """Variables of an instance that it starts: the payload under the message's name, and its entries."""
        return brought(self.payload, self.name.removeprefix("msg_"))


@dataclass(slots=True, eq=False)
class Letter:
    """A message within a cascade: just published, or kept from before."""

    name: str
    correlation_key: str
    payload: Value
    #: Processes that had it.
    taken: set[str]
    #: Key of its row; None: this cascade publishes it.
    key: int | None = None
    #: Its place among the messages of this cascade; None: it is not kept.
    number: int | None = None
    row: Mapping[str, object] | None = None
    #: Keys of the instances that took it or that it started.
    reached: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wake:
    """A message on its way to one subscription."""

    instance: int
    process_id: str
    command: CorrelateMessage
    letter: Letter


@dataclass(slots=True)
class Correlation:
    """Whom a message reaches."""

    letter: Letter
    wakes: list[Wake] = field(default_factory=list)
    starts: list[tuple[Deployed, MessageStart]] = field(default_factory=list)


class Publisher:
    """Correlates within one cascade, its unwritten subscriptions included."""

    def __init__(
        self,
        tx: Transaction,
        writes: Writes,
        definitions: Definitions,
        *,
        at: int,
    ) -> None:
        self._tx = tx
        self._writes = writes
        self._definitions = definitions
        self._at = at
        #: Kept messages that this cascade has read, by key, and those it publishes, which no statement sees yet.
        self._kept: dict[int, Letter] = {}
        self._published: list[Letter] = []
        #: Subscriptions to which a message is on its way.
        self._promised: set[int] = set()

    def is_known(self, name: str, message_id: str) -> bool:
        """Whether a message of this name and id was published before."""
        found = self._tx.run(sql.SELECT_MESSAGE_BY_ID, {"message_name": name, "message_id": message_id})
        return found.fetchone() is not None

    def publish(self, message: Publication) -> Correlation:
        """Find whom the message reaches, and keep it where it may still reach somebody."""
        letter = Letter(message.name, message.correlation_key, message.payload, set())
        found = Correlation(letter)
        for sub_id, instance, process_id in self._subscriptions(message.name, message.correlation_key):
            if process_id not in letter.taken:
                found.wakes.append(self._promise(letter, sub_id, instance, process_id))
        for deployed, start in self._definitions.message_starts(message.name):
            if deployed.process_id not in letter.taken:
                letter.taken.add(deployed.process_id)
                found.starts.append((deployed, start))
        expires = to_microseconds(message.expires_at)
        if expires > self._at or message.message_id is not None:
            letter.number = len(self._published)
            letter.row = {
                "name": message.name,
                "correlation_key": message.correlation_key,
                "message_id": message.message_id,
                "payload": canonical.encode(message.payload),
                "published_at": self._at,
                "expires_at": expires,
            }
            self._published.append(letter)
            self._save(letter)
        return found

    def waiting(self, instance: int) -> list[SubscriptionOpened]:
        """The messages for which an instance waits, as they are written."""
        found = self._tx.run(sql.SELECT_SUBSCRIPTIONS_OF, {"instance": instance}).fetchall()
        return [
            SubscriptionOpened(id=sub_id, element=element, message_name=name, correlation_key=correlation_key)
            for sub_id, element, name, correlation_key in found
        ]

    def buffered_for(self, instance: int, process_id: str, opened: Iterable[Opened]) -> Iterator[Wake]:
        """Messages that came before somebody waited for them."""
        for subscription in opened:
            if isinstance(subscription, SubscriptionOpened) and subscription.kind is SubscriptionKind.MESSAGE:
                letter = self._kept_for(process_id, subscription)
                if letter is not None:
                    yield self._promise(letter, subscription.id, instance, process_id)
                    self._save(letter)

    def give_back(self, wake: Wake) -> Wake | None:
        """A message whose subscription is over when it comes: the next one of the process gets it, or it is kept."""
        letter = wake.letter
        letter.taken.discard(wake.process_id)
        again = None
        for sub_id, instance, process_id in self._subscriptions(letter.name, letter.correlation_key):
            if process_id == wake.process_id:
                again = self._promise(letter, sub_id, instance, process_id)
                break
        self._save(letter)
        return again

    def _promise(self, letter: Letter, sub_id: int, instance: int, process_id: str) -> Wake:
        letter.taken.add(process_id)
        self._promised.add(sub_id)
        command = CorrelateMessage(id=sub_id, name=letter.name, payload=letter.payload)
        return Wake(instance, process_id, command, letter)

    def _save(self, letter: Letter) -> None:
        """Write down which processes had the message."""
        correlated = ",".join(sorted(letter.taken))
        if letter.key is not None:
            self._writes.add(sql.MARK_CORRELATED, letter.key, {"of_key": letter.key, "correlated": correlated})
        elif letter.row is not None:
            self._writes.add(sql.INSERT_MESSAGE, letter.number, {**letter.row, "correlated": correlated})

    def _kept_for(self, process_id: str, subscription: SubscriptionOpened) -> Letter | None:
        """The oldest kept message that this process has not had."""
        name, correlation_key = subscription.message_name, subscription.correlation_key
        params = {"message_name": name, "correlation_key": correlation_key, "now": self._at}
        for key, payload, correlated in self._tx.run(sql.SELECT_BUFFERED, params).fetchall():
            letter = self._kept.get(key)
            if letter is None:
                had = set(filter(None, correlated.split(",")))
                letter = Letter(name, correlation_key, canonical.decode(payload), had, key=key)
                self._kept[key] = letter
            if process_id not in letter.taken:
                return letter
        for letter in self._published:
            fits = (letter.name, letter.correlation_key) == (name, correlation_key)
            if fits and process_id not in letter.taken and self._outlives_now(letter):
                return letter
        return None

    def _outlives_now(self, letter: Letter) -> bool:
        return letter.row is not None and int(str(letter.row["expires_at"])) > self._at

    def _subscriptions(self, name: str, correlation_key: str) -> list[tuple[int, int, str]]:
        """(id, instance, process) of those who wait and to whom no message is on its way, the oldest first."""
        params: Mapping[str, str] = {"message_name": name, "correlation_key": correlation_key}
        stored = self._tx.run(sql.SELECT_SUBSCRIPTIONS, params).fetchall()
        gone = self._writes.keys(sql.DELETE_SUBSCRIPTION) | self._promised
        fresh = [
            (row["id"], row["instance"], row["process_id"])
            for row in self._writes.rows(sql.INSERT_SUBSCRIPTION)
            if (row["kind"], row["message_name"], row["correlation_key"]) == ("message", name, correlation_key)
        ]
        return sorted(row for row in (*stored, *fresh) if row[0] not in gone)
