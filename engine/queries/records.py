"""The read side of what cases leave behind: rows of registers, messages that go out, and the texts they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from engine import registers
from engine.errors import NotFound
from engine.model import Actor
from engine.queries.base import Names
from engine.queries.letters import LetterPage, incident_of, read_letters
from engine.queries.scripts import Preview, Script, preview_script, read_scripts
from engine.queries.visibility import visible_case
from engine.registers import Asked, Column, RegisterRow
from engine.store.tables import process_instance

if TYPE_CHECKING:
    from engine.definitions import Definitions
    from engine.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSummary:
    """One register in the list of all."""

    register: str
    name: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTable:
    """A page of a register, with all that its table and its filters need."""

    register: str
    name: str
    columns: tuple[Column, ...]
    rows: tuple[RegisterRow, ...]
    #: Account → name, of the people in these rows.
    people: Mapping[str, str]
    #: Cases of these rows that the person may open.
    open_cases: frozenset[str]
    asked: Asked
    #: Argument of the address → what is wrong with it.
    problems: Mapping[str, str]
    #: How many rows the filters leave, at most ``registers.MOST_COUNTED`` + 1.
    found: int
    next_after: str | None


def register_columns(
    connection: Connection, definitions: Definitions, register: str, actor: Actor
) -> tuple[Column, ...]:
    """The columns of a register.

    Raises:
        NotFound: there is none, or the actor may not read it.
    """
    registers.check_readable(actor, register)
    columns = registers.columns_of(connection, register, definitions.all_latest())
    if not columns and register not in registers.REGISTERS:
        raise NotFound(f"there is no register {register[:60]!r}", message_zh="没有这个登记表,或您没有权限。")
    return columns


class Records:
    """What people look up. Nothing is written; what the actor may not see is NotFound."""

    def __init__(self, db: Database, definitions: Definitions) -> None:
        self._db = db
        self._definitions = definitions

    def registers(self, actor: Actor) -> tuple[RegisterSummary, ...]:
        """The registers that the actor may read, in the order of the catalogue, then those of owners' own."""
        with self._db.read() as connection:
            counts = registers.count_rows(connection, registers.team_of(actor))
        known = {*counts, *registers.declared_registers(self._definitions.all_latest())}
        ordered = [*registers.REGISTERS, *sorted(known - registers.REGISTERS.keys())]
        return tuple(
            RegisterSummary(register=register, name=registers.name_of(register), rows=counts.get(register, 0))
            for register in ordered
            if registers.may_read(actor, register)
        )

    def register(
        self, register: str, actor: Actor, arguments: Mapping[str, str], *, after: str | None = None, limit: int = 50
    ) -> RegisterTable:
        """A page of a register; ``arguments`` are those of the page's address.

        Raises:
            NotFound: there is none, the actor may not read it, or ``after`` is none that a page gave.
        """
        place = registers.read_place(after)
        with self._db.read() as connection:
            columns = register_columns(connection, self._definitions, register, actor)
            asked, problems = registers.read_asked(arguments, columns)
            asked = registers.within_team(asked, registers.team_of(actor))
            page = registers.list_rows(connection, register, asked, after=place, limit=limit, unmasked=True)
            return RegisterTable(
                register=register,
                name=registers.name_of(register),
                columns=columns,
                rows=tuple(_masked(row, columns) for row in page.rows),
                people=_people(Names(connection, self._definitions), page.rows),
                open_cases=_visible(connection, actor, {row.case_id for row in page.rows}),
                asked=asked,
                problems=problems,
                found=registers.count_found(connection, register, asked),
                next_after=page.next_after,
            )

    def letters(self, actor: Actor, arguments: Mapping[str, str], *, after: str | None = None) -> LetterPage:
        """A page of the messages of cases that the actor may see, newest first.

        Raises:
            NotFound: ``after`` is none that a page gave.
        """
        with self._db.read() as connection:
            return read_letters(connection, self._definitions, actor, arguments, after=after)

    def letter_given_up(self, message_id: int, actor: Actor) -> int | None:
        """The incident that holds a message of a case that the actor may see; None: nothing holds it.

        Raises:
            NotFound: there is no such message, or the actor may not see its case.
        """
        with self._db.read() as connection:
            return incident_of(connection, message_id, actor)

    def scripts(self, actor: Actor) -> tuple[Script, ...]:
        """The message texts in force, by code, and where they are used.

        Raises:
            NotFound: the actor may not read them.
        """
        with self._db.read() as connection:
            return read_scripts(connection, self._definitions, actor)

    def preview(self, code: str, actor: Actor, of: str | None = None) -> Preview:
        """A text as it would go out, with the values of a case or order, or with samples; personal data masked.

        Raises:
            NotFound: there is no such text or case, or the actor may not see it.
        """
        with self._db.read() as connection:
            return preview_script(connection, self._definitions, actor, code, of)


def _masked(row: RegisterRow, columns: Iterable[Column]) -> RegisterRow:
    values = {column.id: column.masked(row.values[column.id]) for column in columns if column.id in row.values}
    return replace(row, values=values)


def _people(names: Names, rows: Iterable[RegisterRow]) -> dict[str, str]:
    found = {row.values.get(column) for row in rows for column in registers.PEOPLE}
    ids = {value for value in found if isinstance(value, str) and value}
    names.read_people(ids)
    return {person: names.person(person) for person in ids}


def _visible(connection: Connection, actor: Actor, case_ids: Iterable[str]) -> frozenset[str]:
    roots = select(process_instance.c.case_id).where(
        process_instance.c.case_id.in_(sorted(case_ids)), process_instance.c.depth == 0, visible_case(actor)
    )
    return frozenset(connection.execute(roots).scalars())
