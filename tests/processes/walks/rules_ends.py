"""Ends say what happened: result variables, registers, links and urgency."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from tests.processes.walks.record import Instance, Record, RegisterEntry

_LITERAL = re.compile(r'^="([a-z_]+)"$')
_RESULT = re.compile(r"\bresult: (\w+)[,}]")
_MONEY = re.compile(r"(amount|fee|difference|freight|value|cost)$")
#: Results that say that money went back to the customer.
_PAID_BACK = frozenset({"refunded", "compensated", "kept_compensated", "loss_compensated", "lost_refunded"})
#: What messages of cases open: such a case knows from which it comes.
_LINKED = frozenset({"p05_order_tracking", "p09_exchange", "p12_return", "p13_rights_protection"})


def end_rules(record: Record) -> Iterator[str]:
    """Sentences on what does not hold."""
    for one in record.completed:
        yield from _results(record, one)
        yield from _registers(record, one)
        yield from _truth(record, one)
    for entry in record.entries:
        yield from _amounts(entry)
    for one in record.instances.values():
        if one.parent is None:
            yield from _root(record, one)


def _results(record: Record, one: Instance) -> Iterator[str]:
    end = record.drawing(one.process_id).nodes[one.row.end_state]
    for name, text in end.outputs.items():
        said = _LITERAL.match(text)
        if said and one.variables.get(name) != said[1]:
            yield f"{one} ended in {end.id}, but {name} is {one.variables.get(name)!r} and not {said[1]!r}"


def _registers(record: Record, one: Instance) -> Iterator[str]:
    drawing = record.drawing(one.process_id)
    end = drawing.nodes[one.row.end_state]
    named = end.properties.get("register")
    if named is None:
        return
    registers = re.findall(r'"(\w+_register)"', named) if named.startswith("=") else [named]
    entries = [entry for register in registers for entry in record.entries_of(one.case_id, register)]
    own = [entry for entry in entries if one.key in (entry.instance, entry.taken_by)]
    if not entries:
        yield f"{one} ended in {end.id} without a row in {registers}"
        return
    for register in registers if len(registers) == 1 else ():
        result = _RESULT.search(drawing.properties[f"register.{register}"])
        if result is None or drawing.properties.get(f"register_row.{register}", "own") != "own":
            continue
        said = [entry.values.get("result") for entry in own if entry.register == register]
        if said != [one.variables.get(result[1])]:
            yield f"{one}: {register} says {said} and the case {one.variables.get(result[1])!r}"


def _truth(record: Record, one: Instance) -> Iterator[str]:
    """Whoever says that money went back has a last payout that was made."""
    payouts = [child for child in record.children(one.key) if child.process_id == "s02_payout"]
    names = [
        n for n, text in record.drawing(one.process_id).nodes[one.row.end_state].outputs.items() if _LITERAL.match(text)
    ]
    said = {one.variables.get(name) for name in names} & _PAID_BACK
    if said and payouts and payouts[-1].row.end_state == "end_not_paid":
        yield f"{one} says {said} in {one.row.end_state}, but its payout was not paid"


def _amounts(entry: RegisterEntry) -> Iterator[str]:
    for name, value in entry.values.items():
        if _MONEY.search(name) and value is not None and not isinstance(value, Decimal):
            yield f"{entry}: {name} is {value!r} and no number"


def _root(record: Record, one: Instance) -> Iterator[str]:
    by_message = one.case_id not in record.walk.started
    if by_message and one.process_id in _LINKED and one.row.parent_case_id is None:
        yield f"{one} was opened by another case's message and does not know which"
    if one.process_id == "p13_rights_protection":
        slow = [str(i) for i in record.instances.values() if i.case_id == one.case_id and i.row.priority != "high"]
        if slow:
            yield f"a complaint is not urgent: {slow}"
