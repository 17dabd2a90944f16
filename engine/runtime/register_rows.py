"""Whose row of a register a write goes into, and what the row says afterwards.

A process says it with its property ``register_row.<register>``: ``own`` (the default) is a row an instance; ``case`` is
the open row of the case, whoever in the call tree opened it; ``case_final`` is that row too, but from then on nobody
else's: the next writer opens another. So several processes fill one row, and a second payout never covers the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine import canonical, outbox
from engine.definitions import Deployed
from engine.labels import Labels, labels_for
from engine.masking import without_numbers
from engine.model import RegisterRow, Value
from engine.store import sql
from engine.store.database import Transaction
from engine.store.instances import InstanceRow
from engine.store.register_cells import sort_key
from engine.store.writes import Writes

CASE: Final = "case"
CASE_FINAL: Final = "case_final"
#: What a list shows of a cell.
_MAX_TEXT: Final = 300


@dataclass(slots=True)
class _Row:
    id: int
    instance: int
    taken_by: int | None
    values: dict[str, Value]
    opened_at: int


class RegisterRows:
    """The rows of registers that the steps of one transaction write."""

    def __init__(self, tx: Transaction, writes: Writes, *, at: int) -> None:
        self._tx = tx
        self._writes = writes
        self._at = at
        #: Case id → register → its rows in the order in which they were opened.
        self._known: dict[str, dict[str, list[_Row]]] = {}
        self._last = 0

    def write(self, instance: InstanceRow, deployed: Deployed, written: Iterable[RegisterRow]) -> None:
        """Merge what a step's elements wrote into the rows where it belongs; null columns have been left out."""
        for one in written:
            rows = self._rows_of(one.register, instance.case_id)
            mode = deployed.definition.properties.get(f"register_row.{one.register}", "")
            row = _target(rows, mode, instance.key)
            if row is None:
                if mode == CASE and _is_said(rows, one.values):
                    continue
                row = _Row(self._next_id(), instance.key, None, {}, self._at)
                rows.append(row)
            if mode != CASE:
                row.taken_by = instance.key
            self._merge(row, one, instance, labels_for(deployed))

    def _merge(self, row: _Row, written: RegisterRow, instance: InstanceRow, labels: Labels) -> None:
        changed = {name: value for name, value in written.values.items() if row.values.get(name) != value}
        row.values |= changed
        self._writes.add(
            sql.UPSERT_REGISTER,
            row.id,
            {
                "id": row.id,
                "register": written.register,
                "instance": row.instance,
                "case_id": instance.case_id,
                "taken_by": row.taken_by,
                "element": written.element,
                "values": canonical.encode(row.values),
                "opened_at": row.opened_at,
                "written_at": self._at,
            },
        )
        for name, value in changed.items():
            cell = {"row": row.id, "column": name, "register": written.register, **cell_of(name, value, labels)}
            self._writes.add(sql.UPSERT_REGISTER_CELL, (row.id, name), cell)

    def _rows_of(self, register: str, case_id: str) -> list[_Row]:
        known = self._known.get(case_id)
        if known is None:
            known = self._known[case_id] = self._read(case_id)
        return known.setdefault(register, [])

    def _read(self, case_id: str) -> dict[str, list[_Row]]:
        found: dict[str, list[_Row]] = {}
        for id_, register, instance, taken_by, values, opened_at in self._tx.run(
            sql.SELECT_REGISTER_ROWS, {"case_id": case_id}
        ).fetchall():
            if register is None:
                self._last = max(self._last, id_ or 0)
            else:
                found.setdefault(register, []).append(
                    _Row(id_, instance, taken_by, canonical.decode(values), opened_at)
                )
        for rows in found.values():
            rows.sort(key=lambda row: row.id)
        return found

    def _next_id(self) -> int:
        """One more than the last; nobody else writes meanwhile."""
        self._last += 1
        return self._last


def cell_of(name: str, value: Value, labels: Labels) -> dict[str, str]:
    """How a value is kept to be found: personal data as their masks, so that no filter can guess them."""
    masked = without_numbers(labels.masked(name, value))
    text = "" if masked == "" else outbox.say(labels.value(name, masked))
    return {"sort": sort_key(masked, text), "text": text[:_MAX_TEXT]}


def _target(rows: list[_Row], mode: str, instance: int) -> _Row | None:
    """The row to write; None: there is none yet."""
    open_row = next((row for row in reversed(rows) if row.taken_by is None), None)
    if mode == CASE:
        return open_row
    own = next((row for row in rows if row.taken_by == instance), None)
    return own if own is not None or mode != CASE_FINAL else open_row


def _is_said(rows: list[_Row], values: Mapping[str, Value]) -> bool:
    """Whether the case's last row says all this already: who repeats itself behind a payout opens no second row."""
    return bool(rows) and all(rows[-1].values.get(name) == value for name, value in values.items())
