"""Personal data of a case as they are, for who may look at them on a click; and what such a click can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from engine import access, canonical, shop
from engine.errors import NotAllowed, NotFound
from engine.labels import DERIVED, Labels, labels_for
from engine.masking import is_masked
from engine.model import Actor, UserTaskStatus, Value, files_in
from engine.queries.base import RUNNING
from engine.queries.visibility import check_case
from engine.runtime.participants import case_facts
from engine.store.tables import process_instance, user_task

if TYPE_CHECKING:
    from engine.definitions import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """One personal field of a case, unmasked."""

    name: str
    label: str
    value: Value


def reveals(connection: Connection, case_id: str, actor: Actor) -> Callable[[str], bool]:
    """Says of a field of a case that the actor may see whether the actor may look at it on a click (P12)."""
    case = case_facts(connection, case_id)
    own_task = _has_own_task(connection, case_id, actor)
    return lambda name: access.may_reveal(actor, name, case, own_task=own_task)


def reveals_files(connection: Connection, case_id: str, actor: Actor) -> bool:
    """Whether the actor may look at personal files of a case that the actor may see on a click (P12)."""
    case = case_facts(connection, case_id)
    return access.may_reveal_files(actor, case, own_task=_has_own_task(connection, case_id, actor))


def read_personal(connection: Connection, definitions: Definitions, case_id: str, actor: Actor, name: str) -> Personal:
    """A personal field of a case: of its variables, else of its order.

    Nothing is written here: whoever shows it writes down first that it is shown (``runtime.revealing``).

    Raises:
        NotFound: there is no such case, the actor may not see it, or it has no such personal field.
        NotAllowed: the actor may see the case, and not this field.
    """
    check_case(connection, case_id, actor)
    rows = connection.execute(
        select(process_instance).where(process_instance.c.case_id == case_id).order_by(process_instance.c.key)
    ).all()
    labels = [labels_for(definitions.get(key)) for key in dict.fromkeys(row.definition for row in rows)]
    read = next((one for one in labels if name in one.personal), None) or next(
        (one for one in labels if name in one.names), Labels(names={}, options={}, personal=frozenset())
    )
    if not read.is_personal(name):
        raise _nothing(name)
    if not reveals(connection, case_id, actor)(name):
        raise NotAllowed(
            "You may not look at this personal data. If you need it for your work, ask a supervisor.",
            message_zh="您没有查看这项个人信息的权限;如办理需要,请联系主管。",
        )
    root = rows[0]
    value: Value = None
    for row in rows:
        if row.parent is None or row.status in RUNNING:
            known = canonical.decode(row.variables).get(name)
            value = value if known is None else known
    if value is None and name == "customer_id":
        value = root.customer_id
    if value is None and root.order_id is not None:
        value = (shop.order_facts(connection, root.order_id) or {}).get(name)
    if value is None or value in ("", []) or any(True for _ in files_in(value)):
        raise _nothing(name)
    label = read.names.get(name) or DERIVED.get(name) or shop.ORDER_LABELS.get(name, name)
    return Personal(name=name, label=label, value=value if is_masked(name) else read.value(name, value))


def _has_own_task(connection: Connection, case_id: str, actor: Actor) -> bool:
    """Whether an open task of the case is the actor's own."""
    of_actor = (user_task.c.case_id == case_id, user_task.c.assignee == actor.id)
    still_open = user_task.c.status == UserTaskStatus.OPEN.value
    return connection.execute(select(user_task.c.id).where(*of_actor, still_open).limit(1)).first() is not None


def _nothing(name: str) -> NotFound:
    return NotFound(
        f"there is no personal field {name[:40]!r}", message_zh="没有可以查看的内容,可能已经变更。请刷新页面。"
    )
