"""What stands beside a form or a case: scripts filled in with what the case knows, and the note behind its flag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, select

from engine import canonical, outbox, scripts, shop
from engine.clock import SHANGHAI
from engine.labels import Labels, labels_for
from engine.model import Actor, UserTaskStatus, Value
from engine.queries.base import Names
from engine.queries.task import read_task
from engine.queries.visibility import check_case
from engine.scripts import Entry, Filled, FlagNote
from engine.store.tables import process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: Whose answer lets 「主管说…」 be said.
_SUPERIORS: Final = frozenset({"supervisor", "dept_manager"})
_PAID_BY: Final = "finance_pay"
_CLOSING: Final = "结束语"
#: Of a blank → the variables that may fill it, the first known one does.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "amount": ("amount", "comp_amount", "refund_amount", "price_difference"),
    "promised": ("promised_at",),
    "new_product": ("new_product", "new_items"),
    "fee_amount": ("fee_amount", "repair_fee"),
}
_GAINS: Final = ("comp_amount", "refund_amount", "amount")
_TIMES: Final = re.compile(r"(?<!\s)\s*[×xX*]\s*\d+\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The task or case that something is said about."""

    case_id: str
    task_id: int | None
    process_id: str
    element: str
    #: Over: what closes a conversation comes first.
    over: bool
    variables: Mapping[str, Value]
    labels: Labels

    @property
    def order_id(self) -> str | None:
        """The order that it is about."""
        return _said_of(self.variables, "order_id")

    @property
    def customer_id(self) -> str | None:
        """The buyer."""
        return _said_of(self.variables, "customer_id")

    @property
    def channel(self) -> str | None:
        """Where the buyer bought or wrote."""
        return _said_of(self.variables, "channel")

    @property
    def shop(self) -> str | None:
        """The shop of the order."""
        return _said_of(self.variables, "shop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A script with the values of the case."""

    entry: Entry
    filled: Filled
    #: What has to happen first, a key of scripts.CONDITIONS; "": it may be said.
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Everything that stands beside a form."""

    subject: Subject
    offers: tuple[Offer, ...]
    #: What closes a conversation.
    closing: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagNotes:
    """The note that is proposed, and those that were written; (note, name of who wrote it)."""

    subject: Subject
    proposal: str
    written: tuple[tuple[FlagNote, str], ...]


def read_subject(
    connection: Connection, definitions: Definitions, actor: Actor, *, now: datetime, task_id: int | None, case_id: str
) -> Subject:
    """The task, or the case where no task is named.

    Raises:
        NotFound: there is none that the actor may see.
    """
    if task_id is not None:
        view = read_task(connection, definitions, now, task_id, actor)
        return Subject(
            case_id=view.row.case_id,
            task_id=task_id,
            process_id=view.row.process_id,
            element=view.row.element,
            over=False,
            labels=labels_for(view.deployed),
            variables=view.context,
        )
    check_case(connection, case_id, actor)
    row = connection.execute(
        select(process_instance).where(process_instance.c.case_id == case_id).order_by(process_instance.c.key).limit(1)
    ).one()
    deployed = definitions.get(row.definition)
    variables = _variables(connection, row.variables)
    return Subject(
        case_id=case_id,
        task_id=None,
        process_id=deployed.process_id,
        element="",
        over=row.status in ("completed", "cancelled"),
        labels=labels_for(deployed),
        variables=variables,
    )


def read_beside(connection: Connection, actor: Actor, subject: Subject, *, now: datetime, text: str = "") -> Beside:
    """The scripts beside a form: of its step, its process, the person's favourites; with ``text`` all that hold it."""
    found = scripts.list_beside(connection, actor, subject.process_id, subject.element, now=now, text=text)
    happened = _happened(connection, subject.case_id)
    talk = _Talk(known=_known(subject, actor), address=_address(connection, subject))
    closing = scripts.list_scripts(connection, actor, scripts.Wanted(tag=_CLOSING), now=now, limit=9).entries
    return Beside(
        subject=subject,
        offers=_offers(found, subject, talk, happened),
        closing=() if text else _offers((e for e in closing if e.script.closing), subject, talk, happened),
    )


def read_flag_notes(
    connection: Connection, definitions: Definitions, actor: Actor, subject: Subject, *, now: datetime, action: str = ""
) -> FlagNotes:
    """What the note behind the order's flag would say, and what was written before."""
    written = scripts.notes_of(connection, subject.case_id, subject.order_id)
    names = Names(connection, definitions, {note.written_by for note in written})
    return FlagNotes(
        subject=subject,
        proposal=_proposal(subject, actor, now, action),
        written=tuple((note, names.person(note.written_by)) for note in written),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """What scripts are filled with, and how they address the buyer."""

    known: Mapping[str, str]
    address: str | None

    def opened(self, text: str) -> str:
        """The text with its opening put right."""
        return text if self.address is None else outbox.addressed(text, self.address)


# --- inside ----------------------------------------------------------------------------------------


def _variables(connection: Connection, blob: bytes) -> dict[str, Value]:
    known = canonical.decode(blob)
    order_id = known.get("order_id")
    order = shop.order_facts(connection, order_id) if isinstance(order_id, str) else None
    return {**known, "order": order}


def _said_of(variables: Mapping[str, Value], name: str) -> str | None:
    """A text of the case, else of its order."""
    value = variables.get(name) or (variables.get("order") or {}).get(name)
    return value if isinstance(value, str) and value else None


def _offers(entries: Iterable[Entry], subject: Subject, talk: _Talk, happened: frozenset[str]) -> tuple[Offer, ...]:
    return tuple(
        Offer(
            entry=entry,
            filled=scripts.fill(
                entry.script, talk.known, channel=subject.channel, shop=subject.shop, opened=talk.opened
            ),
            waits_for="" if entry.script.condition in happened else entry.script.condition,
        )
        for entry in entries
        if entry.script.suits(subject.channel, subject.shop)
    )


def _address(connection: Connection, subject: Subject) -> str | None:
    """How the buyer is addressed, by scripts as by messages; None: as it is written."""
    return outbox.address_in_talk(connection, subject.customer_id or "", subject.channel, subject.shop)


def _happened(connection: Connection, case_id: str) -> frozenset[str]:
    """The conditions of scripts that the case fulfils: a script never claims what did not happen."""
    done = (
        select(user_task.c.element, user_task.c.candidate_groups)
        .where(user_task.c.case_id == case_id, user_task.c.status == UserTaskStatus.COMPLETED.value)
        .distinct()
    )
    rows = connection.execute(done).all()
    found = {"supervisor_answered" for row in rows if not _SUPERIORS.isdisjoint(row.candidate_groups.split(","))}
    return frozenset(found | {"refunded" for row in rows if row.element == _PAID_BY} | {""})


class _Known(dict[str, str]):
    """Values by the name of a blank, read when a text asks for them; personal ones are masked."""

    def __init__(self, subject: Subject, plain: Mapping[str, str]) -> None:
        super().__init__(plain)
        self._subject = subject

    def get(self, name: str, default: str | None = None) -> str:  # type: ignore[override]  # texts only
        if name in self:
            return self[name]
        values, order = self._subject.variables, self._subject.variables.get("order") or {}
        for variable in _NAMES.get(name, (name,)):
            value = values.get(variable)
            value = order.get(variable) if value is None or value == "" else value
            if value is not None and value not in ("", [], {}):
                return _said(self._subject.labels, variable, value)
        return default or ""


def _said(labels: Labels, name: str, value: Value) -> str:
    shown = labels.masked(name, value) if labels.is_personal(name) else labels.value(name, value)
    if isinstance(shown, datetime):
        local = shown.astimezone(SHANGHAI)
        return f"{local.month}月{local.day}日{local:%H:%M}"
    return outbox.say(shown)


def _known(subject: Subject, actor: Actor) -> Mapping[str, str]:
    short = scripts.short_name(actor.name or actor.id)
    goods = _goods(subject)
    plain = {
        "brand": scripts.brand_of(subject.shop or ""),
        "shop": subject.shop or "",
        "agent": f"小{short}" if len(short) == 1 else short,
        "product": "、".join(name for name, *_ in goods[:3]),
    }
    return _Known(subject, {name: said for name, said in plain.items() if said})


def _goods(subject: Subject) -> list[tuple[str, str, str]]:
    """(name or number, colour, size) of what the order holds."""
    order = subject.variables.get("order") or {}
    items = subject.variables.get("items") or order.get("items") or []
    if isinstance(items, str):
        items = re.split("[、;\uff1b\n]", items)
    return [found for item in items if (found := _one(item))[0]] if isinstance(items, Sequence) else []


def _one(item: Value) -> tuple[str, str, str]:
    if isinstance(item, Mapping):
        texts = [str(item.get(name) or "") for name in ("style_no", "sku", "name", "colour", "size")]
        return (texts[2] or texts[0] or texts[1], texts[3], texts[4])
    return (_TIMES.sub("", str(item)).strip(), "", "")


def _proposal(subject: Subject, actor: Actor, now: datetime, action: str) -> str:
    wanted = action if action in scripts.ACTIONS else scripts.ACTION_OF.get(subject.process_id, "约")
    name, colour, size = next(iter(_goods(subject)), ("", "", ""))
    return scripts.compose_flag_note(
        wanted,
        name,
        colour,
        size,
        scripts.difference(_paid(subject, wanted), action=wanted),
        scripts.short_name(actor.name or actor.id),
        scripts.today(now),
    )


def _paid(subject: Subject, action: str) -> Decimal | None:
    """What the customer pays, as the case knows it; negative: gets back."""
    known = subject.variables
    difference = known.get("price_difference")
    if isinstance(difference, Decimal) and action in ("换", "改", "补"):
        return difference
    gained = next((known[name] for name in _GAINS if isinstance(known.get(name), Decimal)), None)
    return -gained if gained is not None and action in ("退", "赔") else None
