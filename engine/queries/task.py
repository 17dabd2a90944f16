"""One user task with everything its page needs: the form, the variables it may read, the facts above it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, select

from engine import access, accounts, bpmn, canonical, formcheck, shop
from engine.clock import from_microseconds
from engine.errors import NotFound
from engine.labels import DERIVED, Labels, labels_for, with_outcomes
from engine.masking import without_numbers
from engine.model import CASE_FACTS, Actor, Facts, UserTaskStatus, Value
from engine.queries.base import TASK_ROW, Names, task_rows
from engine.queries.task_views import Fact, InboxRow, TaskView
from engine.queries.turns import earlier_turn
from engine.queries.visibility import check_case, visible_case
from engine.store.instances import InstanceRow, instance_of
from engine.store.sql import INSTANCE_COLUMNS
from engine.store.statement import Query
from engine.store.tables import process_instance, registered_event, task_progress, user_task

if TYPE_CHECKING:
    from datetime import datetime

    from engine.definitions import Definitions, Deployed

#: Statements of every look at a task: made once, since making them takes longer than what they ask.
_TASK: Final = Query(
    "task_with_its_instance",
    select(*TASK_ROW, user_task.c.form_id, user_task.c.submission_key)
    .join(process_instance, process_instance.c.key == user_task.c.instance)
    .where(user_task.c.id == bindparam("id")),
)
_INSTANCE: Final = Query(
    "instance_of_key",
    select(*(process_instance.c[name] for name in INSTANCE_COLUMNS)).where(process_instance.c.key == bindparam("of")),
)
_LAST_PROGRESS: Final = (
    select(task_progress)
    .where(task_progress.c.task == bindparam("task"))
    .order_by(task_progress.c.number.desc())
    .limit(1)
)
#: What the shop's codes read like above a form.
_SHOP_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": shop.CHANNELS,
    "order_stage": shop.ORDER_STAGES,
    "stage": shop.PARCEL_STAGES,
}


def read_task(connection: Connection, definitions: Definitions, now: datetime, task_id: int, actor: Actor) -> TaskView:
    """A user task, open or ended.

    Raises:
        NotFound: there is none, or the actor may not see its case.
    """
    found = _TASK.first(connection, {"id": task_id})
    if found is None:
        raise NotFound(f"there is no user task {task_id}", message_zh="没有这个任务,或您没有权限。")
    check_case(connection, found.case_id, actor)
    if access.hides_task(actor, found):
        raise NotFound(f"there is no user task {task_id}", message_zh="没有这个任务,或您没有权限。")
    names = Names(connection, definitions)
    (row,) = task_rows([found], names)
    deployed = names.deployed(found.definition)
    instance = read_instance(connection, found.instance)
    schema = deployed.forms.get(found.form_id) if found.form_id else None
    context = _context(connection, deployed, instance, row, now, schema)
    element = deployed.definition.elements.get(row.element)
    people = _four_eyes(connection, deployed, row)
    permission = None if element is None else element.properties.get("permission")
    ahead = earlier_turn(connection, row)
    may_work = ahead is None and found.customer_id not in actor.customer_ids
    is_open = row.status == UserTaskStatus.OPEN and not row.suspended
    progress = () if element is None or schema is None else element.progress
    saved = connection.execute(_LAST_PROGRESS, {"task": task_id}).one_or_none() if progress else None
    words = accounts.named(connection, words_of(definitions, deployed), context)
    return TaskView(
        row=row,
        status=row.status,
        form_id=found.form_id,
        schema=schema,
        context=context,
        facts=task_facts(actor, words, schema, context, own_task=row.assignee == actor.id),
        documentation=element.documentation if element else None,
        may_claim=is_open and may_work and access.may_claim(actor, found, people, permission),
        may_complete=is_open and may_work and access.may_complete(actor, found, people, permission),
        ahead=ahead if is_open else None,
        four_eyes=is_open and actor.id in people and access.concerns(actor, found.candidate_groups),
        may_unclaim=is_open and row.assignee == actor.id,
        completed_by=row.completed_by,
        completed_by_name=None if row.completed_by is None else names.person(row.completed_by),
        ended_at=row.ended_at,
        submission_key=found.submission_key,
        deployed=deployed,
        progress=progress,
        saved=saved.number if saved else 0,
        saved_by_name=names.person(saved.saved_by) if saved else None,
        saved_at=from_microseconds(saved.saved_at) if saved else None,
    )


def read_tasks(
    connection: Connection, definitions: Definitions, ids: Collection[int], actor: Actor
) -> dict[int, InboxRow]:
    """Those of the user tasks, open or ended, whose case the actor may see, by id."""
    rows = connection.execute(
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.id.in_(ids))
    ).all()
    of_these = process_instance.c.case_id.in_({row.case_id for row in rows})
    roots = select(process_instance.c.case_id).where(of_these, process_instance.c.depth == 0, visible_case(actor))
    seen = set(connection.execute(roots).scalars())
    found = task_rows([row for row in rows if row.case_id in seen], Names(connection, definitions))
    return {row.id: row for row in found}


def words_of(definitions: Definitions, deployed: Deployed) -> Labels:
    """The words of a version, and those of the results that the processes that it calls bring back."""
    definitions.refresh()
    latest = [definitions.find_latest(process_id) for process_id in sorted(deployed.definition.called)]
    called = [each.definition.outcomes for each in latest if each is not None]
    return with_outcomes(labels_for(deployed), called) if called else labels_for(deployed)


def read_instance(connection: Connection, key: int) -> InstanceRow:
    """The row of an instance that exists."""
    return instance_of(_INSTANCE.all(connection, {"of": key})[0])


def task_facts(
    actor: Actor,
    labels: Labels,
    schema: Mapping[str, object] | None,
    context: Mapping[str, Value],
    *,
    own_task: bool,
) -> tuple[Fact, ...]:
    """What is known above the form: variables with a label, then what the shop knows of order and parcel.

    What the form asks for is left out, and what is empty. Personal data are masked but for the own task of who
    needs them (P12).
    """
    asked = {field.key for field in formcheck.fields(schema)} if schema else set()
    shown: dict[str, Fact] = {}

    def show(name: str, label: str, value: Value, read: Labels) -> None:
        if name in asked or name in shown or value is None or value in ("", []):
            return
        hidden = read.is_personal(name) and not access.may_unmask(actor, name, own_task=own_task)
        seen = read.masked(name, value) if hidden else without_numbers(read.value(name, value))
        shown[name] = Fact(label=label, value=seen, masked=hidden, name=name)

    for name, label in labels.names.items():
        show(name, label, context.get(name), labels)
    for name in sorted(DERIVED.keys() & context.keys() - set(CASE_FACTS)):
        show(name, DERIVED[name], context[name], labels)
    shop_labels = Labels(names={}, options=_SHOP_OPTIONS, personal=frozenset())
    for part, its_labels in (("order", shop.ORDER_LABELS), ("parcel", shop.PARCEL_LABELS)):
        known = context.get(part) or {}
        for name, label in its_labels.items():
            show(name, label, known.get(name), shop_labels)
    return tuple(shown.values())


def shop_context(
    connection: Connection, variables: Mapping[str, Value], schema: formcheck.Schema | None = None
) -> dict[str, Value]:
    """``order`` and ``parcel`` as the shop knows them by the variables' order and waybill numbers, or None.

    Where the form ``schema`` asks for people, ``people`` too: group → its active accounts.
    """
    order_id, waybill_no = variables.get("order_id"), variables.get("waybill_no")
    order = shop.order_facts(connection, order_id) if isinstance(order_id, str) else None
    if not isinstance(waybill_no, str) and order is not None:
        waybill_no = order["waybill_no"]
    parcel = shop.parcel_facts(connection, waybill_no) if isinstance(waybill_no, str) else None
    groups = formcheck.people_groups(schema)
    people = {"people": accounts.people_of(connection, groups)} if groups else {}
    return {"order": order, "parcel": parcel, **people}


def _context(
    connection: Connection,
    deployed: Deployed,
    instance: InstanceRow,
    row: InboxRow,
    now: datetime,
    schema: formcheck.Schema | None,
) -> dict[str, Value]:
    facts = instance.case_facts()
    if row.status == UserTaskStatus.OPEN:
        visible = dict(bpmn.variables_of(deployed.definition, instance.state_value, Facts(now=now, case=facts), row.id))
    else:
        visible = canonical.decode(instance.variables)
    visible = {**facts, **visible}
    return {**visible, "case": dict(facts), **shop_context(connection, visible, schema)}


def _four_eyes(connection: Connection, deployed: Deployed, row: InboxRow) -> frozenset[str]:
    """Who may not do the task because they acted in the case, where the diagram asks for four eyes."""
    element = deployed.definition.elements.get(row.element)
    rule = None if element is None else element.properties.get("four_eyes")
    if rule is None:
        return frozenset()
    acted = (
        select(user_task.c.completed_by, user_task.c.process_id, user_task.c.element)
        .distinct()
        .where(user_task.c.case_id == row.case_id, user_task.c.completed_by.is_not(None))
    )
    saved = (
        select(task_progress.c.saved_by, user_task.c.process_id, user_task.c.element)
        .join(user_task, user_task.c.id == task_progress.c.task)
        .where(user_task.c.case_id == row.case_id)
    )
    event = registered_event.c
    registered = select(event.actor, event.process_id, event.element).where(event.case_id == row.case_id).distinct()
    opened = select(process_instance.c.opened_by, process_instance.c.first_owner).where(
        process_instance.c.key == row.instance
    )
    return access.four_eyes_people(
        connection.execute(opened).one(),
        [(who, process, place) for who, process, place in connection.execute(acted.union(saved, registered))],
        row.process_id,
        row.element,
        rule,
    )


def masked_facts(variables: Mapping[str, Value], labels: Iterable[Labels]) -> tuple[Fact, ...]:
    """All variables of a case as its page shows them: labelled ones in the order of the forms, then the others."""
    shown: dict[str, Fact] = {}
    known = list(labels)
    for read in known:
        for name, label in read.names.items():
            if name not in shown and variables.get(name) is not None:
                shown[name] = _masked_fact(name, label, variables[name], read)
    nothing = Labels(names={}, options={}, personal=frozenset())
    for name, value in sorted(variables.items()):
        if name not in shown and value is not None:
            read = next((one for one in known if name in one.options), nothing)
            shown[name] = _masked_fact(name, read.name(name), value, read)
    return tuple(shown.values())


def _masked_fact(name: str, label: str, value: Value, read: Labels) -> Fact:
    personal = read.is_personal(name)
    return Fact(
        label=label,
        value=read.masked(name, value) if personal else without_numbers(read.value(name, value)),
        masked=personal,
        name=name,
    )
