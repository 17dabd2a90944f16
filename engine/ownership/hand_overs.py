"""Hand-over at the end of a shift (SLA-07): own open cases and claimed tasks go to who comes next, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from engine import roster
from engine.clock import from_microseconds, to_microseconds
from engine.errors import DuplicateSubmission, InvalidValue
from engine.model import Actor, InstanceStatus, UserTaskStatus
from engine.notifications import Occasion, say
from engine.ownership.owner import hand
from engine.ownership.transfers import checked_note, group_people, offer_case
from engine.ownership.words import MOST_ITEMS, Kind, Status
from engine.runtime import Runtime
from engine.store.tables import hand_over, membership, process_instance, roster_day, transfer, user, user_task

#: So long before the end of the shift whoever leaves with open work is warned.
WARN_BEFORE: Final = timedelta(minutes=30)
_RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_NEXT: Final = timedelta(hours=18)
_OWNERS: Final = ("presales", "aftersales", "supervisor")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """An own open case, or a claimed task of somebody else's."""

    case_id: str
    #: None: the case.
    task: int | None
    element: str | None
    process_id: str
    definition: int
    customer_id: str | None
    order_id: str | None
    opened_at: datetime
    priority: str
    #: Whether it is offered to somebody already.
    offered: bool

    @property
    def key(self) -> str:
        """Names the item in a form."""
        return f"c{self.case_id}" if self.task is None else f"t{self.task}"


def open_work(connection: Connection, user_id: str) -> list[WorkItem]:
    """What somebody leaves behind, urgent and old cases first; at most one more than a hand-over takes."""
    offered_case = select(transfer.c.case_id).where(transfer.c.status == Status.PENDING, transfer.c.task.is_(None))
    offered_task = select(transfer.c.task).where(transfer.c.status == Status.PENDING, transfer.c.task.is_not(None))
    root = process_instance
    columns = [root.c.process_id, root.c.definition, root.c.customer_id, root.c.order_id, root.c.opened_at]
    cases = (
        select(root.c.case_id, root.c.priority, *columns, root.c.case_id.in_(offered_case).label("offered"))
        .where(root.c.owner == user_id, root.c.depth == 0, root.c.status.in_(_RUNNING))
        .order_by(root.c.key)
        .limit(MOST_ITEMS + 1)
    )
    found = [_item(row, None, None) for row in connection.execute(cases)]
    tasks = (
        select(
            user_task.c.id, user_task.c.case_id, user_task.c.element, user_task.c.process_id, user_task.c.definition,
            root.c.customer_id, root.c.order_id, root.c.priority, user_task.c.created_at.label("opened_at"),
            user_task.c.id.in_(offered_task).label("offered"),
        )
        .join(root, root.c.key == user_task.c.instance)
        .where(
            user_task.c.assignee == user_id,
            user_task.c.status == UserTaskStatus.OPEN.value,
            root.c.owner != user_id,
        )
        .order_by(user_task.c.id)
        .limit(MOST_ITEMS + 1)
    )  # fmt: skip
    found += [_item(row, row.id, row.element) for row in connection.execute(tasks)]
    return sorted(found, key=lambda one: (one.priority != "high", one.opened_at, one.key))[: MOST_ITEMS + 1]


def send(
    runtime: Runtime,
    actor: Actor,
    items: Mapping[str, str],
    *,
    to_user: str | None = None,
    to_group: str | None = None,
    note: str = "",
    submission_key: str | None = None,
) -> int:
    """Hand items over; each is an offer that the receiver accepts or returns.

    Args:
        runtime: the runtime.
        actor: who leaves.
        items: key of an item (see ``WorkItem``) → what the receiver should know of it.
        to_user, to_group: one of them.
        note: what concerns all of them.
        submission_key: a repeated submission with the same key gives the first one's hand-over.

    Returns:
        The hand-over's id.

    Raises:
        InvalidValue: nothing or nobody is chosen, a note is too long, or the receiver cannot take an item.
        StepError: an item is offered already.
        DuplicateSubmission: the key was used by somebody else.
    """
    said = checked_note(note)
    notes = {key: checked_note(text) for key, text in items.items()}
    with hand(runtime, actor) as it:
        known = _sent_before(it.connection, actor, submission_key)
        if known is not None:
            return known
        work = {one.key: one for one in open_work(it.connection, actor.id)}
        chosen = [work[key] for key in notes if key in work]
        if not chosen:
            raise InvalidValue(
                "Please choose the cases or tasks to hand over first.", message_zh="请先勾选要交接的工单或任务。"
            )
        if len(chosen) > MOST_ITEMS:
            raise InvalidValue(
                f"At most {MOST_ITEMS} items can be handed over at once.", message_zh=f"一次最多交接 {MOST_ITEMS} 项。"
            )
        made = insert(hand_over).values(
            from_user=actor.id,
            to_user=to_user,
            to_group=to_group,
            note=said,
            made_at=to_microseconds(it.now),
            submission_key=submission_key,
        )
        (key,) = it.connection.execute(made.returning(hand_over.c.id)).one()
        for one in chosen:
            offer_case(
                it,
                one.case_id,
                Kind.HAND_OVER,
                "交班",
                to_user=to_user,
                to_group=to_group,
                task=one.task,
                note=notes[one.key],
                hand_over=key,
                quiet=True,
            )
        people = [to_user] if to_user else group_people(it, to_group or "")
        text = say("hand_over", who=actor.name, count=len(chosen))
        it.tell(people, Occasion.HAND_OVER, text, chosen[0].case_id, page=f"/hand-over/{key}")
        return int(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """Somebody who works when another leaves."""

    id: str
    name: str
    starts_at: datetime
    #: Whether the shift has begun.
    begun: bool
    #: Whether they do the tasks of the same groups.
    fits: bool


def next_on(connection: Connection, now: datetime, actor: Actor) -> list[Successor]:
    """Who works on or next, from the roster; those of the actor's groups first, and of these whoever is there."""
    instant = to_microseconds(now)
    owners = select(membership.c.user).where(membership.c.group.in_(_OWNERS))
    same = user.c.id.in_(select(membership.c.user).where(membership.c.group.in_(sorted(actor.groups))))
    found = (
        select(user.c.id, user.c.name, roster_day.c.starts_at, same.label("fits"))
        .join(user, user.c.id == roster_day.c.user)
        .where(
            roster_day.c.ends_at > instant + to_span(WARN_BEFORE),
            roster_day.c.starts_at <= instant + to_span(_NEXT),
            user.c.active == 1,
            user.c.id != actor.id,
            user.c.id.in_(owners),
        )
        .order_by(roster_day.c.starts_at)
    )
    rows = connection.execute(found).all()
    away = roster.away_until(connection, [row.id for row in rows], now)
    people: dict[str, Successor] = {}
    for row in rows:
        if row.id not in away and row.id not in people:
            people[row.id] = Successor(
                id=row.id,
                name=row.name,
                starts_at=from_microseconds(row.starts_at),
                begun=row.starts_at <= instant,
                fits=bool(row.fits),
            )
    return sorted(people.values(), key=lambda one: (not one.fits, not one.begun, one.starts_at, one.id))


def leaving_with(connection: Connection, user_id: str, now: datetime) -> int:
    """How many open items somebody leaves behind who logs off now; 0 but near the shift's end, or after it."""
    instant = to_microseconds(now)
    late = select(roster_day.c.day).where(
        roster_day.c.user == user_id,
        roster_day.c.ends_at <= instant + to_span(WARN_BEFORE),
        roster_day.c.ends_at > instant - to_span(timedelta(hours=3)),
    )
    if connection.execute(late.limit(1)).first() is None:
        return 0
    return sum(1 for one in open_work(connection, user_id) if not one.offered)


def to_span(length: timedelta) -> int:
    """A duration in microseconds."""
    return length // timedelta(microseconds=1)


def receivers(connection: Connection, *, but: str) -> Sequence[tuple[str, str]]:
    """Everybody who can own a case: (id, name)."""
    groups = select(membership.c.user).where(
        membership.c.group.in_(("presales", "aftersales", "supervisor", "dept_manager"))
    )
    found = select(user.c.id, user.c.name).where(user.c.active == 1, user.c.id != but, user.c.id.in_(groups))
    return [(row.id, row.name) for row in connection.execute(found.order_by(user.c.name, user.c.id))]


def _sent_before(connection: Connection, actor: Actor, submission_key: str | None) -> int | None:
    if submission_key is None:
        return None
    found = select(hand_over.c.id, hand_over.c.from_user).where(hand_over.c.submission_key == submission_key)
    row = connection.execute(found).one_or_none()
    if row is not None and row.from_user != actor.id:
        raise DuplicateSubmission(message_zh="该表单已被他人提交,请重新打开交接页面。")
    return None if row is None else int(row.id)


def _item(row: object, task: int | None, element: str | None) -> WorkItem:
    found = row._mapping  # type: ignore[attr-defined]  # a row of SQLAlchemy
    return WorkItem(
        case_id=found["case_id"],
        task=task,
        element=element,
        process_id=found["process_id"],
        definition=found["definition"],
        customer_id=found["customer_id"],
        order_id=found["order_id"],
        opened_at=from_microseconds(found["opened_at"]),
        priority=found["priority"],
        offered=bool(found["offered"]),
    )
