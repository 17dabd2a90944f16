"""What is offered to whom: lists of transfers, hand-overs, and what somebody would leave behind, with names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, and_, false, or_, select

from engine import access, ownership
from engine.access import GROUPS
from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.masking import mask
from engine.model import Actor
from engine.ownership import Kind, Offer, Status, WorkItem
from engine.queries.base import Names, keyset, page_size
from engine.queries.waits import waits_of
from engine.store.tables import hand_over, process_instance, transfer, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions

BOXES: Final = ("to_me", "from_me", "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """An offer with names; times are aware UTC."""

    offer: Offer
    case_name: str
    case_status: str
    customer_id: str | None
    order_id: str | None
    urgent: bool
    waits_for: tuple[str, ...]
    #: Of an offered task: its name.
    task_name: str | None
    owner_name: str
    from_name: str
    #: A person's name, or a group's.
    to_name: str
    answered_by_name: str | None
    #: Whether the reader may accept and return it, take it back, or say what is to be done.
    may_answer: bool
    may_withdraw: bool
    may_instruct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPage:
    """Some offers; ``next_after`` is the place of the next page, None on the last."""

    rows: tuple[TransferRow, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A hand-over with its items."""

    id: int
    from_name: str
    to_name: str
    note: str
    made_at: datetime
    rows: tuple[TransferRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """Something that somebody would leave behind."""

    item: WorkItem
    name: str
    customer_id: str | None
    waits_for: tuple[str, ...]

    @property
    def stands(self) -> str:
        """Where it stands, as a note begins with it."""
        return f"在等:{'、'.join(self.waits_for)}" if self.waits_for else ""


def read_transfers(
    connection: Connection,
    definitions: Definitions,
    actor: Actor,
    *,
    box: str,
    waiting: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> TransferPage:
    """A page of offers, the newest first.

    Args:
        connection: a snapshot.
        definitions: for names.
        actor: who reads.
        box: ``to_me`` (what waits for the actor's answer), ``from_me``, or ``team`` (P06: the team's, or everybody's).
        waiting: only what waits for an answer.
        after: place of the page.
        limit: how many at most.

    Raises:
        NotFound: no such box for the actor, or no such page.
    """
    behind, size = keyset(after), page_size(limit)
    wanted = select(transfer).where(_in_box(actor, box))
    if waiting or box == "to_me":
        wanted = wanted.where(transfer.c.status == "pending")
    if behind is not None:
        wanted = wanted.where(transfer.c.id < behind)
    rows = connection.execute(wanted.order_by(transfer.c.id.desc()).limit(size + 1)).all()
    page = [ownership.offer_of(row) for row in rows[:size]]
    return TransferPage(
        rows=_named(connection, definitions, actor, page),
        next_after=str(page[-1].id) if len(rows) > size else None,
    )


def transfers_of_case(
    connection: Connection, definitions: Definitions, actor: Actor, case_id: str
) -> tuple[TransferRow, ...]:
    """The offers of a case, the newest first; who may see the case may see them (asked by the caller)."""
    wanted = select(transfer).where(transfer.c.case_id == case_id).order_by(transfer.c.id.desc()).limit(20)
    return _named(connection, definitions, actor, [ownership.offer_of(row) for row in connection.execute(wanted)])


def read_hand_overs(
    connection: Connection, definitions: Definitions, actor: Actor, *, limit: int = 20
) -> list[tuple[int, str, str, datetime]]:
    """Hand-overs that the actor made, is to receive or leads the people of: (id, from, to, when), the newest first."""
    mine = [
        hand_over.c.from_user == actor.id,
        hand_over.c.to_user == actor.id,
    ]
    if access.may_own(actor):
        mine.append(hand_over.c.to_group.in_(sorted(actor.groups)))
    if access.may(actor, "P06"):
        mine.append(_of_people(hand_over.c.from_user, hand_over.c.to_user, access.people_within(actor, "P06")))
    wanted = select(hand_over).where(or_(*mine)).order_by(hand_over.c.id.desc()).limit(limit)
    rows = connection.execute(wanted).all()
    names = Names(connection, definitions, [person for row in rows for person in (row.from_user, row.to_user)])
    return [
        (row.id, names.person(row.from_user), _target(names, row.to_user, row.to_group), from_microseconds(row.made_at))
        for row in rows
    ]


def read_hand_over(connection: Connection, definitions: Definitions, actor: Actor, key: int) -> HandOver:
    """One hand-over with its items.

    Raises:
        NotFound: there is none, or it is none of the actor's business.
    """
    row = connection.execute(select(hand_over).where(hand_over.c.id == key)).one_or_none()
    if row is None or not _concerned(actor, row):
        raise NotFound(f"there is no hand-over {key}", message_zh="没有这次交接,或您没有权限。")
    found = connection.execute(select(transfer).where(transfer.c.hand_over == key).order_by(transfer.c.id))
    offers = [ownership.offer_of(one) for one in found]
    names = Names(connection, definitions, [row.from_user, row.to_user])
    return HandOver(
        id=row.id,
        from_name=names.person(row.from_user),
        to_name=_target(names, row.to_user, row.to_group),
        note=row.note,
        made_at=from_microseconds(row.made_at),
        rows=_named(connection, definitions, actor, offers),
    )


def read_work(connection: Connection, definitions: Definitions, user_id: str) -> tuple[WorkRow, ...]:
    """What somebody would leave behind, with names."""
    items = ownership.open_work(connection, user_id)
    names = Names(connection, definitions)
    waits = waits_of(connection, names, sorted({item.case_id for item in items})) if items else {}
    return tuple(
        WorkRow(
            item=item,
            name=names.element(item.definition, item.element) if item.task else names.deployed(item.definition).name,
            customer_id=mask("customer_id", item.customer_id),
            waits_for=() if item.task else waits.get(item.case_id, ()),
        )
        for item in items
    )


def _in_box(actor: Actor, box: str) -> Any:
    if box == "from_me":
        return transfer.c.from_user == actor.id
    if box == "team" and access.may(actor, "P06"):
        return _of_people(transfer.c.from_user, transfer.c.to_user, access.people_within(actor, "P06"))
    if box != "to_me":
        raise NotFound(f"there is no box {box[:20]!r}")
    named = transfer.c.to_user == actor.id
    own_groups = and_(transfer.c.to_group.in_(sorted(actor.groups)), transfer.c.from_user != actor.id)
    return or_(named, own_groups) if access.may_own(actor) else false()


def _of_people(giver: Any, taker: Any, within: Collection[str] | None) -> Any:
    return giver.is_not(None) if within is None else or_(giver.in_(sorted(within)), taker.in_(sorted(within)))


def _concerned(actor: Actor, row: Any) -> bool:
    if actor.id in (row.from_user, row.to_user):
        return True
    if row.to_group in actor.groups and access.may_own(actor):
        return True
    within = access.people_within(actor, "P06")
    return within is None or (access.may(actor, "P06") and bool({row.from_user, row.to_user} & within))


def _target(names: Names, to_user: str | None, to_group: str | None) -> str:
    return names.person(to_user) if to_user is not None else GROUPS.get(to_group or "", to_group or "")


def _cases(case_ids: Iterable[str]) -> Select[Any]:
    columns = ("case_id", "definition", "status", "customer_id", "order_id", "priority", "owner")
    return select(*(process_instance.c[name] for name in columns)).where(
        process_instance.c.case_id.in_(sorted(set(case_ids))), process_instance.c.depth == 0
    )


def _named(
    connection: Connection, definitions: Definitions, actor: Actor, offers: Sequence[Offer]
) -> tuple[TransferRow, ...]:
    if not offers:
        return ()
    cases = {row.case_id: row for row in connection.execute(_cases(offer.case_id for offer in offers))}
    people = [person for one in offers for person in (one.from_user, one.to_user, one.answered_by)]
    names = Names(connection, definitions, [*people, *(row.owner for row in cases.values())])
    waits = waits_of(connection, names, sorted(cases))
    wanted = select(user_task.c.id, user_task.c.definition, user_task.c.element).where(
        user_task.c.id.in_([offer.task for offer in offers if offer.task is not None])
    )
    tasks = {row.id: names.element(row.definition, row.element) for row in connection.execute(wanted)}
    instructs = access.may(actor, "P06")

    def row_of(offer: Offer) -> TransferRow:
        case = cases[offer.case_id]
        pending = offer.status is Status.PENDING
        question = offer.kind is Kind.INSTRUCTION
        return TransferRow(
            offer=offer,
            case_name=names.deployed(case.definition).name,
            case_status=case.status,
            customer_id=mask("customer_id", case.customer_id),
            order_id=case.order_id,
            urgent=case.priority == "high",
            waits_for=waits.get(offer.case_id, ()),
            task_name=None if offer.task is None else tasks.get(offer.task),
            owner_name=names.person(case.owner),
            from_name=names.person(offer.from_user),
            to_name=_target(names, offer.to_user, offer.to_group),
            answered_by_name=None if offer.answered_by is None else names.person(offer.answered_by),
            may_answer=pending and not question and offer.concerns(actor),
            may_withdraw=pending and not question and offer.from_user == actor.id and offer.kind is not Kind.STAND_IN,
            may_instruct=pending and question and instructs and offer.from_user != actor.id,
        )

    return tuple(row_of(offer) for offer in offers if offer.case_id in cases)
