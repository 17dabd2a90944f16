"""What all queries share: names of processes, elements and people, and one way from a row to a view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, literal_column

from engine.access import GROUPS
from engine.clock import from_microseconds, instant_or_none
from engine.errors import NotFound
from engine.masking import mask, mask_within
from engine.model import SYSTEM, InstanceStatus, UserTaskStatus
from engine.queries.due import due_view
from engine.queries.task_views import InboxRow
from engine.store.people import read_names
from engine.store.tables import process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed

MAX_PAGE: Final = 200
#: Statuses of instances that have not ended.
RUNNING: Final = (InstanceStatus.ACTIVE.value, InstanceStatus.SUSPENDED.value)
_ASKED_LENGTH: Final = 80

#: Columns from which ``task_row`` makes a view.
TASK_ROW: Final[tuple[ColumnElement[Any], ...]] = (
    user_task.c.id,
    user_task.c.case_id,
    user_task.c.instance,
    user_task.c.definition,
    user_task.c.process_id,
    user_task.c.element,
    user_task.c.candidate_groups,
    user_task.c.assignee,
    user_task.c.priority,
    user_task.c.due_at,
    user_task.c.remind_at,
    user_task.c.reminded_at,
    user_task.c.escalated_at,
    user_task.c.sla_group,
    user_task.c.sla_duration,
    user_task.c.calendar,
    user_task.c.urgency,
    user_task.c.queue_no,
    user_task.c.owner,
    user_task.c.follow_up_at,
    user_task.c.courier,
    user_task.c.created_at,
    user_task.c.status,
    user_task.c.completed_by,
    user_task.c.ended_at,
    process_instance.c.customer_id,
    process_instance.c.order_id,
    process_instance.c.variables,
    process_instance.c.status.label("instance_status"),
)


class _Glance(msgspec.Struct):
    """The two variables that a list shows; the rest of the bytes is skipped, not decoded."""

    description: str | None = None
    payout_amount: Decimal | None = None
    order_amount: Decimal | None = None


_GLANCE: Final = msgspec.json.Decoder(_Glance)


class Names:
    """Names of people, processes and elements; people are read once a query."""

    def __init__(self, connection: Connection, definitions: Definitions, people: Iterable[str | None] = ()) -> None:
        self._connection = connection
        self.definitions = definitions
        self._people: dict[str, str] = {SYSTEM.id: SYSTEM.name}
        self.read_people(people)

    def read_people(self, ids: Iterable[str | None]) -> None:
        """Read the names of these accounts, those known already left out."""
        unknown = {person for person in ids if person is not None} - self._people.keys()
        if unknown:
            self._people |= {person: person for person in unknown} | read_names(self._connection, unknown)

    def person(self, person: str) -> str:
        """A person's name; the id where the account is gone."""
        return self._people.get(person, person)

    def deployed(self, definition_key: int) -> Deployed:
        """The version of a key."""
        return self.definitions.get(definition_key)

    def element(self, definition_key: int, element: str | None) -> str:
        """An element's name in a version."""
        return self.deployed(definition_key).element_name(element)


def task_row(row: Any, names: Names, comments: int = 0) -> InboxRow:
    """The view of a row of TASK_ROW; names of people must have been read."""
    glance = glance_at(row.variables)
    asked = None if glance.description is None else mask_within(glance.description)
    return InboxRow(
        id=row.id,
        case_id=row.case_id,
        instance=row.instance,
        process_id=row.process_id,
        process_name=names.deployed(row.definition).name,
        element=row.element,
        name=names.element(row.definition, row.element),
        candidate_groups=groups_in(row.candidate_groups),
        assignee=row.assignee,
        assignee_name=None if row.assignee is None else names.person(row.assignee),
        priority=row.priority,
        due_at=instant_or_none(row.due_at),
        due=due_view(row, names.definitions),
        created_at=from_microseconds(row.created_at),
        customer_id=mask("customer_id", row.customer_id),
        order_id=row.order_id,
        amount=glance.payout_amount if glance.payout_amount is not None else glance.order_amount,
        asked=asked if asked is None or len(asked) <= _ASKED_LENGTH else asked[: _ASKED_LENGTH - 1] + "…",
        status=row.status,
        queue_no=row.queue_no,
        completed_by=row.completed_by,
        ended_at=instant_or_none(row.ended_at),
        suspended=row.instance_status == InstanceStatus.SUSPENDED,
        owner=row.owner,
        follow_up_at=instant_or_none(row.follow_up_at),
        comments=comments,
    )


def task_rows(rows: Iterable[Any], names: Names, comments: Mapping[str, int] | None = None) -> tuple[InboxRow, ...]:
    """Views of rows of TASK_ROW, with the names of their people read at once; ``comments``: how many, by case."""
    found, said = list(rows), comments or {}
    names.read_people(person for row in found for person in (row.assignee, row.completed_by))
    return tuple(task_row(row, names, said.get(row.case_id, 0)) for row in found)


def glance_at(variables: bytes) -> _Glance:
    """The variables that a list shows, where they have the types expected of them."""
    try:
        return _GLANCE.decode(variables)
    except msgspec.ValidationError:
        return _Glance()


def is_open(*, by_status: bool) -> ColumnElement[bool]:
    """The condition that a user task is open.

    Args:
        by_status: False where another column narrows the search further: SQLite, which keeps no statistics, would
            take an index of open tasks and walk them all. The word stands in the statement itself, as in the
            partial indexes, which a bound parameter would not reach.
    """
    column = user_task.c.status if by_status else user_task.c.status.concat("")
    return column == literal_column(f"'{UserTaskStatus.OPEN.value}'")


def groups_in(candidate_groups: str) -> tuple[str, ...]:
    """The group ids of a task's column."""
    return tuple(candidate_groups.split(",")) if candidate_groups else ()


def group_names(candidate_groups: str) -> str:
    """The Chinese names of a task's groups, joined by 、."""
    return "、".join(GROUPS.get(group, group) for group in groups_in(candidate_groups))


def keyset(after: str | None) -> int | None:
    """The key behind which a page begins.

    Raises:
        NotFound: the text is none that a page gave.
    """
    if after is None:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise NotFound("there is no such page")
    return int(after)


def page_size(limit: int) -> int:
    """A page has 1 to 200 rows."""
    return min(max(limit, 1), MAX_PAGE)
