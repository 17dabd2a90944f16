"""What a person decides by: the rule that hit before a task was created, and what was paid for its order already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Row, func, select

from engine import canonical, dmn
from engine.clock import from_microseconds, to_microseconds
from engine.definitions import bytes_of
from engine.errors import DecisionError
from engine.labels import Labels, labels_for
from engine.masking import mask
from engine.model import Value
from engine.queries.base import Names
from engine.store.tables import history_event, process_instance, register_row, resource
from engine.store.values import read_values

if TYPE_CHECKING:
    from engine.definitions import Definitions, Deployed
    from engine.queries.task_views import InboxRow

#: How far up a case's call tree the rule is looked for.
MAX_CALLS: Final = 8
#: Newest payments of other cases that are shown.
MAX_PAYMENTS: Final = 20
_PAYOUTS: Final = ("compensation_register", "refund_register")
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue:
    """A value with its Chinese label; ``name`` is the variable, "" where it is computed."""

    label: str
    name: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A row of the table that hit."""

    #: Counted from 1.
    number: int
    #: The owner's words on the row, or "".
    note: str
    #: What it asks for, column by column, the values being the cells; columns that ask for nothing are left out.
    conditions: tuple[NamedValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGrounds:
    """A decision as it was taken, with its table as it was in force then."""

    decision_id: str
    name: str
    process_name: str
    #: The rule task's name.
    element_name: str
    at: datetime
    rows: tuple[RuleRow, ...]
    inputs: tuple[NamedValue, ...]
    outputs: tuple[NamedValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that another case registered for the same order."""

    case_id: str
    process_name: str
    #: compensation_register or refund_register.
    register: str
    amount: Decimal
    #: True: it has been paid out; False: it is registered and on its way.
    paid: bool
    #: What the register says of it, or "".
    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What stands beside a task's form."""

    rule: RuleGrounds | None
    #: Newest first.
    payments: tuple[Payment, ...]

    @property
    def paid(self) -> Decimal:
        """元 that have been paid out."""
        return sum((payment.amount for payment in self.payments if payment.paid), Decimal(0))


def read_grounds(connection: Connection, definitions: Definitions, row: InboxRow) -> Grounds:
    """What is known for a task that the actor may see."""
    names = Names(connection, definitions)
    return Grounds(rule=_rule(connection, names, row), payments=_payments(connection, names, row))


def _rule(connection: Connection, names: Names, row: InboxRow) -> RuleGrounds | None:
    """The newest decision of the task's instance before the task, else of those that called it before they did."""
    instance, before = row.instance, _before(connection, row)
    for _ in range(MAX_CALLS):
        event = connection.execute(
            select(history_event)
            .where(history_event.c.stream == instance, history_event.c.kind == "decision.evaluated", before)
            .order_by(history_event.c.seq.desc())
            .limit(1)
        ).one_or_none()
        caller = connection.execute(
            select(process_instance.c.definition, process_instance.c.parent, process_instance.c.opened_at).where(
                process_instance.c.key == instance
            )
        ).one()
        if event is not None:
            return _read_rule(connection, names.deployed(caller.definition), event)
        if caller.parent is None:
            return None
        instance, before = caller.parent, history_event.c.at <= caller.opened_at
    return None


def _before(connection: Connection, row: InboxRow) -> ColumnElement[bool]:
    """What holds of the events before the task: those of one step have the same time."""
    created_at = to_microseconds(row.created_at)
    seq = connection.execute(
        select(func.max(history_event.c.seq)).where(
            history_event.c.stream == row.instance,
            history_event.c.kind == "user_task.created",
            history_event.c.element == row.element,
            history_event.c.at <= created_at,
        )
    ).scalar()
    return history_event.c.at <= created_at if seq is None else history_event.c.seq < seq


def _read_rule(connection: Connection, deployed: Deployed, event: Row[Any]) -> RuleGrounds | None:
    step = read_values(connection, event.stream, event.revision, event.revision).get(event.revision, [])
    told = mask("", step[event.n]) if event.n < len(step) else None
    if not isinstance(told, Mapping):
        return None
    decision_id = str(told.get("decision", ""))
    decision = _decision(connection, deployed, decision_id)
    labels = labels_for(deployed)
    return RuleGrounds(
        decision_id=decision_id,
        name=(decision.name if decision else "") or decision_id,
        process_name=deployed.name,
        element_name=deployed.element_name(event.element),
        at=from_microseconds(event.at),
        rows=tuple(_rows(decision, told, labels)),
        inputs=tuple(_inputs(decision, told, labels)),
        outputs=tuple(_outputs(decision, told, labels)),
    )


def _rows(decision: dmn.Decision | None, told: Mapping[str, Value], labels: Labels) -> Iterator[RuleRow]:
    hits = told.get("rules")
    for hit in hits if isinstance(hits, list | tuple) else ():
        number = int(hit)
        if decision is None or not 1 <= number <= len(decision.rules):
            yield RuleRow(number=number, note="", conditions=())
            continue
        rule = decision.rules[number - 1]
        asked = zip(decision.inputs, rule.cells, strict=False)
        yield RuleRow(
            number=number,
            note=rule.annotation,
            conditions=tuple(
                NamedValue(
                    label=clause.label or labels.name(clause.expression),
                    name=clause.expression,
                    value=_cell(labels, clause.expression, cell),
                )
                for clause, cell in asked
                if cell.strip() not in ("", "-")
            ),
        )


def _cell(labels: Labels, name: str, cell: str) -> str:
    """A cell with the values of its variable as people call them."""
    return _TEXT.sub(lambda found: f"“{labels.value(name, found[1])}”", cell)


def _inputs(decision: dmn.Decision | None, told: Mapping[str, Value], labels: Labels) -> Iterator[NamedValue]:
    found = told.get("inputs")
    seen: dict[str, Value] = dict(found) if isinstance(found, Mapping) else {}
    clauses = decision.inputs if decision else ()
    names = {clause.label or clause.expression: clause.expression for clause in clauses}
    for label in sorted(seen, key=lambda label: list(names).index(label) if label in names else len(names)):
        name = names.get(label, "")
        name = name if name.isidentifier() else ""
        yield NamedValue(label=labels.name(label), name=name, value=labels.value(name, seen[label]))


def _outputs(decision: dmn.Decision | None, told: Mapping[str, Value], labels: Labels) -> Iterator[NamedValue]:
    output = told.get("output")
    clauses = decision.outputs if decision else ()
    if isinstance(output, Mapping):
        titles = {clause.name: clause.label for clause in clauses}
        for name, value in output.items():
            label = titles.get(name) or labels.name(name)
            yield NamedValue(label=label, name=name, value=labels.value(name, value))
    elif output is not None:
        name = clauses[0].name if len(clauses) == 1 else ""
        label = (clauses[0].label or labels.name(name)) if name else (decision.name if decision else "")
        yield NamedValue(label=label, name=name, value=labels.value(name, output))


def _decision(connection: Connection, deployed: Deployed, decision_id: str) -> dmn.Decision | None:
    """The decision as the version of the process has it; None where its file does not say."""
    digest = deployed.manifest["decisions"].get(decision_id)
    if digest is None:
        return None
    content = connection.execute(select(resource.c.content).where(resource.c.hash == digest)).scalar_one_or_none()
    return None if content is None else _loaded(bytes_of(content), decision_id)


@lru_cache(maxsize=1024)
def _loaded(content: bytes, decision_id: str) -> dmn.Decision | None:
    try:
        return dmn.load(content).decisions.get(decision_id)
    except DecisionError:
        return None


def _payments(connection: Connection, names: Names, row: InboxRow) -> tuple[Payment, ...]:
    if not row.order_id:
        return ()
    cases = select(process_instance.c.case_id).where(process_instance.c.order_id == row.order_id)
    found = connection.execute(
        select(register_row, process_instance.c.definition)
        .join(process_instance, process_instance.c.key == register_row.c.instance)
        .where(
            register_row.c.case_id.in_(cases),
            register_row.c.case_id != row.case_id,
            register_row.c.register.in_(_PAYOUTS),
        )
        .order_by(register_row.c.id.desc())
        .limit(MAX_PAYMENTS)
    ).all()
    return tuple(payment for each in found if (payment := _payment(each, names)) is not None)


def _payment(row: Row[Any], names: Names) -> Payment | None:
    values = canonical.decode(row.values)
    paid = values.get("paid_amount")
    amounts = (paid, values.get("payout_amount"), values.get("comp_amount"))
    amount = next((amount for amount in amounts if isinstance(amount, Decimal)), None)
    if amount is None:
        return None
    status = values.get("status")
    return Payment(
        case_id=row.case_id,
        process_name=names.deployed(row.definition).name,
        register=row.register,
        amount=amount,
        paid=isinstance(paid, Decimal) and values.get("paid_at") is not None,
        status=status if isinstance(status, str) else "",
        at=from_microseconds(row.written_at),
    )
