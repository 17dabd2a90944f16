"""One case: its call tree with diagrams' marks, tasks, messages, registers, variables, incidents and jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row, and_, select

from engine import accounts, canonical, registers
from engine.clock import from_microseconds, instant_or_none
from engine.labels import labels_for
from engine.masking import mask
from engine.model import Actor, JobKind, Value
from engine.queries.base import RUNNING, TASK_ROW, Names, task_rows
from engine.queries.case_views import CaseView, IncidentView, InstanceView, JobView, OutboxView, RegisterView
from engine.queries.cases import end_state_name
from engine.queries.diagram import Marks, call_elements, read_marks
from engine.queries.events import events_to_register
from engine.queries.letters import recipient_shown, state_of
from engine.queries.links import case_that_opened, cases_opened_by
from engine.queries.task import masked_facts
from engine.queries.task_views import Fact
from engine.queries.visibility import check_case
from engine.queries.waits import waits_of
from engine.store.tables import incident, job, outbox, process_instance, user_task
from engine.store.writes import HELD

if TYPE_CHECKING:
    from engine.definitions import Definitions

#: A case that has gone round for long shows the last so many tasks and messages; the history has them all.
MAX_LISTED: Final = 500
_INSTANCE: Final = tuple(
    column for column in process_instance.columns if column.name not in ("state", "start_key", "history_hash")
)


def read_case(connection: Connection, definitions: Definitions, case_id: str, actor: Actor) -> CaseView:
    """A case as its page shows it; personal data masked.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    check_case(connection, case_id, actor)
    rows = connection.execute(
        select(*_INSTANCE).where(process_instance.c.case_id == case_id).order_by(process_instance.c.key)
    ).all()
    root = rows[0]
    names = Names(connection, definitions, [root.opened_by, root.owner])
    definition_of = {row.key: row.definition for row in rows}
    deployed = names.deployed(root.definition)
    tasks = connection.execute(
        select(*TASK_ROW)
        .join(process_instance, process_instance.c.key == user_task.c.instance)
        .where(user_task.c.case_id == case_id)
        .order_by(user_task.c.id.desc())
        .limit(MAX_LISTED)
    ).all()[::-1]
    return CaseView(
        case_id=case_id,
        name=deployed.name,
        status=root.status,
        end_state=root.end_state,
        end_state_name=end_state_name(deployed, root.end_state),
        opened_at=from_microseconds(root.opened_at),
        opened_by=root.opened_by,
        opened_by_name=names.person(root.opened_by),
        owner=root.owner,
        owner_name=names.person(root.owner),
        ended_at=instant_or_none(root.ended_at),
        parent_case_id=root.parent_case_id,
        customer_id=mask("customer_id", root.customer_id),
        order_id=root.order_id,
        waits_for=waits_of(connection, names, [case_id]).get(case_id, ()),
        instances=_instances(connection, names, rows),
        tasks=task_rows(tasks, names),
        messages=_messages(connection, names, case_id, definition_of),
        registers=_registers(connection, names, case_id),
        variables=_facts(connection, rows, names),
        incidents=_incidents(connection, names, case_id, definition_of),
        jobs=_jobs(connection, names, definition_of),
        events=events_to_register(connection, names, definitions, case_id, actor),
        opened_from=case_that_opened(connection, names, root.parent_case_id, actor),
        linked=cases_opened_by(connection, names, case_id, actor),
    )


def _facts(connection: Connection, rows: Sequence[Row[Any]], names: Names) -> tuple[Fact, ...]:
    variables = _variables(rows, names)
    labels = (labels_for(names.deployed(key)) for key in _definitions(rows))
    return masked_facts(variables, [accounts.named(connection, one, variables) for one in labels])


def _definitions(rows: Sequence[Row[Any]]) -> list[int]:
    return list(dict.fromkeys(row.definition for row in rows))


def _variables(rows: Sequence[Row[Any]], names: Names) -> dict[str, Value]:
    """Variables of the root, and over them those of called instances that still run; without what only carries."""
    variables: dict[str, Value] = {}
    for row in rows:
        if row.parent is None or row.status in RUNNING:
            known, carriers = canonical.decode(row.variables), names.deployed(row.definition).definition.carriers
            variables |= {name: value for name, value in known.items() if value is not None and name not in carriers}
    return variables


def _instances(connection: Connection, names: Names, rows: Sequence[Row[Any]]) -> tuple[InstanceView, ...]:
    keys = [row.key for row in rows]
    marks = read_marks(connection, keys)
    called_from = call_elements(connection, keys)
    for row in rows:  # a call activity holds a token as long as its child runs
        if row.parent in marks and row.status in RUNNING and row.key in called_from:
            marks[row.parent].tokens[called_from[row.key]] += 1
    return tuple(_instance(row, names, marks[row.key], called_from.get(row.key)) for row in rows)


def _instance(row: Row[Any], names: Names, marks: Marks, called_from: str | None) -> InstanceView:
    deployed = names.deployed(row.definition)
    elements = deployed.definition.elements
    tokens = {
        element: count
        for element, count in marks.tokens.items()
        if element not in elements or not is_boundary(elements[element].kind)
    }
    return InstanceView(
        key=row.key,
        process_id=row.process_id,
        name=deployed.name,
        version=deployed.version,
        definition_key=row.definition,
        status=row.status,
        end_state=row.end_state,
        end_state_name=end_state_name(deployed, row.end_state),
        called_from=called_from,
        parent=row.parent,
        opened_at=from_microseconds(row.opened_at),
        ended_at=instant_or_none(row.ended_at),
        tokens=tokens,
        done=dict(marks.done),
        flows=dict(marks.flows),
        incidents=frozenset(marks.incidents),
    )


def is_boundary(kind: str) -> bool:
    """Whether an element of this kind waits on the border of another, which holds the token."""
    return "boundary" in kind.lower()


def _messages(
    connection: Connection, names: Names, case_id: str, definition_of: Mapping[int, int]
) -> tuple[OutboxView, ...]:
    rows = connection.execute(
        select(outbox, job.c.problem)
        .select_from(outbox.outerjoin(job, job.c.id == -outbox.c.id))
        .where(outbox.c.case_id == case_id)
        .order_by(outbox.c.written_at.desc(), outbox.c.id.desc())
        .limit(MAX_LISTED)
    ).all()[::-1]
    return tuple(
        OutboxView(
            id=row.id,
            element=row.element,
            element_name=names.element(definition_of[row.instance], row.element),
            audience=row.audience,
            recipient=recipient_shown(row.audience, row.recipient),
            channel=row.channel,
            template=row.template,
            text=row.text,
            written_at=from_microseconds(row.written_at),
            delivered_at=instant_or_none(row.delivered_at),
            state=state_of(row.delivered_at, row.problem),
            problem=row.problem,
        )
        for row in rows
    )


def _registers(connection: Connection, names: Names, case_id: str) -> tuple[RegisterView, ...]:
    """Rows of registers, columns in the order and with the labels of the register's page."""
    versions = names.definitions.all_latest()
    rows = registers.rows_of_case(connection, case_id, unmasked=True)
    held = (row.values.get(column) for row in rows for column in registers.PEOPLE)
    names.read_people(value for value in held if isinstance(value, str) and value)
    return tuple(_register(row, registers.columns_of(connection, row.register, versions), names) for row in rows)


def _register(row: registers.RegisterRow, columns: Sequence[registers.Column], names: Names) -> RegisterView:
    def said(column: registers.Column) -> Value:
        value = column.said(column.masked(row.values[column.id]))
        return names.person(value) if column.id in registers.PEOPLE and isinstance(value, str) else value

    return RegisterView(
        register=row.register,
        name=registers.name_of(row.register),
        case_id=row.case_id,
        instance=row.instance,
        element=row.element,
        values={column.id: said(column) for column in columns if row.values.get(column.id) is not None},
        written_at=row.written_at,
        labels={column.id: column.label for column in columns},
    )


def _incidents(
    connection: Connection, names: Names, case_id: str, definition_of: Mapping[int, int]
) -> tuple[IncidentView, ...]:
    rows = connection.execute(select(incident).where(incident.c.case_id == case_id).order_by(incident.c.created_at))
    return tuple(
        IncidentView(
            id=row.id,
            instance=row.instance,
            element=row.element,
            element_name=_name(names, definition_of, row.instance, row.element),
            kind=row.kind,
            message=row.message,
            created_at=from_microseconds(row.created_at),
        )
        for row in rows
    )


def _jobs(connection: Connection, names: Names, definition_of: Mapping[int, int]) -> tuple[JobView, ...]:
    shown = and_(job.c.instance.in_(definition_of), job.c.kind != JobKind.ALARM.value)
    rows = connection.execute(select(job).where(shown).order_by(job.c.due_at, job.c.id))
    return tuple(
        JobView(
            id=row.id,
            instance=row.instance,
            element=row.element,
            name=_name(names, definition_of, row.instance, row.element) or row.type,
            kind=row.kind,
            due_at=None if row.due_at >= HELD else from_microseconds(row.due_at),
            problem=row.problem,
        )
        for row in rows
    )


def _name(names: Names, definition_of: Mapping[int, int], instance: int | None, element: str | None) -> str | None:
    if instance is None or element is None or instance not in definition_of:
        return None
    return names.element(definition_of[instance], element)
