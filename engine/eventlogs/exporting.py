"""Taking histories home as event logs: who may, what the system's history says of it before a byte leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Final, TypeAlias

from sqlalchemy import Connection, select

from engine import access
from engine.clock import SHANGHAI, Clock
from engine.definitions import Definitions
from engine.errors import InvalidValue, NotAllowed
from engine.eventlogs import ocel, tables
from engine.eventlogs.lines import write_lines
from engine.eventlogs.marks import TITLE, Mark
from engine.eventlogs.masks import Mask, Masked, Plain
from engine.eventlogs.reading import Counted, LoggedCase, count, read_cases
from engine.eventlogs.selection import Selection, told
from engine.eventlogs.xes import write_xes
from engine.model import Actor, Event
from engine.store.database import Database
from engine.store.streams import append_system
from engine.store.tables import definition

#: Cases of one request of the page; the command line takes any number.
MOST_CASES: Final = 20_000
_MAX_REASON: Final = 500
_CHUNK: Final = 1 << 16
_Write: TypeAlias = Callable[[Iterable[LoggedCase], Mark, IO[bytes]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of event logs."""

    name: str
    suffix: str
    mimetype: str
    write: _Write


#: By the word with which a format is asked for.
FORMATS: Final[Mapping[str, Format]] = {
    "csv": Format(name="CSV", suffix="csv", mimetype="text/csv; charset=utf-8", write=tables.write_csv),
    "xlsx": Format(
        name="Excel",
        suffix="xlsx",
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        write=tables.write_xlsx,
    ),
    "jsonl": Format(name="JSON Lines", suffix="jsonl", mimetype="application/x-ndjson", write=write_lines),
    "xes": Format(name="XES", suffix="xes", mimetype="application/xml", write=write_xes),
    "ocel": Format(name="OCEL 2.0 JSON", suffix="ocel.json", mimetype="application/json", write=ocel.write_ocel_json),
    "ocel-xml": Format(name="OCEL 2.0 XML", suffix="ocel.xml", mimetype="application/xml", write=ocel.write_ocel_xml),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file that may leave: its history has been written. ``content`` stands at its beginning; close it."""

    name: str
    mimetype: str
    content: IO[bytes]
    cases: int
    #: Of the histories; the formats of process mining leave out what is no activity.
    events: int
    #: SHA-256 of the content, hexadecimal.
    digest: str


def may_take(actor: Actor) -> bool:
    """Whether the actor takes masked histories home at once.

    A history is the audit log (P23), and a file of it leaves the house (P14 in full): auditors and department
    managers. Supervisors read the histories of their team on the pages and would have to ask for a register's file;
    here they ask a department manager. Finance has P14 on its own registers, administrators P23 on their own acts:
    neither reaches the histories of cases.
    """
    return access.may_audit(actor) and access.reach(actor, "P14") is access.Reach.YES


def may_take_unmasked(actor: Actor) -> bool:
    """Whether personal data may stay as they are, with a reason: P15 besides, which auditors lack."""
    return may_take(actor) and access.may(actor, "P15")


def count_selected(db: Database, actor: Actor, selection: Selection) -> Counted:
    """How many cases and events the selection holds.

    Raises:
        NotAllowed: the actor takes no histories home.
    """
    _check_allowed(actor, unmasked=False)
    with db.read() as connection:
        return count(connection, selection, actor)


def export(
    db: Database,
    definitions: Definitions,
    clock: Clock,
    actor: Actor,
    selection: Selection,
    *,
    form: str,
    unmasked: bool = False,
    reason: str = "",
    most_cases: int | None = None,
) -> LogFile:
    """The log in a temporary file, all of it from one snapshot; ``history.exported`` stands in the system's history.

    Args:
        db: the database.
        definitions: for the names of processes and elements.
        clock: for the mark and the history.
        actor: who takes it.
        selection: which cases.
        form: one of ``FORMATS``.
        unmasked: personal data as they are, with a reason.
        reason: why.
        most_cases: more than so many are refused; None: any number.

    Raises:
        NotAllowed: the actor may not take it home, or not unmasked.
        InvalidValue: no such format or process, no reason for personal data, too many cases, or too many events for
            Excel. Nothing was written.
    """
    _check_allowed(actor, unmasked=unmasked)
    chosen = _format_of(form)
    if unmasked and not reason.strip():
        raise InvalidValue(
            "Exporting personal data in full needs a reason. Please write one.",
            message_zh="导出未打码的个人信息须写明原因。",
        )
    now = clock.now()
    content = TemporaryFile()  # noqa: SIM115  # whoever gets it closes it
    try:
        with db.read() as connection:
            counted = _counted(connection, selection, actor, form, most_cases)
            who = f"{actor.name or actor.id}({actor.id})"
            mark = Mark(taken_by=who, taken_at=now, cases=counted.cases, events=counted.events, masked=not unmasked)
            shown: Mask = Plain() if unmasked else Masked(definitions)
            chosen.write(read_cases(connection, definitions, selection, actor, shown), mark, content)
        digest = _digest(content)
        said = {"format": form, "masked": not unmasked, "reason": reason.strip()[:_MAX_REASON], "sha256": digest}
        said |= {"selection": told(selection), "cases": counted.cases, "events": counted.events}
        with db.begin() as tx:
            append_system(tx, [Event(kind="history.exported", value=said)], at=now, actor=actor.id)
    except BaseException:
        content.close()
        raise
    return LogFile(
        name=_name(selection, chosen, now),
        mimetype=chosen.mimetype,
        content=content,
        cases=counted.cases,
        events=counted.events,
        digest=digest,
    )


def _check_allowed(actor: Actor, *, unmasked: bool) -> None:
    if not (may_take_unmasked(actor) if unmasked else may_take(actor)):
        raise NotAllowed(f"{actor.id} may not export histories{' unmasked' if unmasked else ''}")


def _format_of(form: str) -> Format:
    found = FORMATS.get(form)
    if found is None:
        raise InvalidValue(
            f"{form[:20]!r} is no format of an event log. Please choose one of {', '.join(FORMATS)}.",
            message_zh="没有这种导出格式,请重新选择。",
        )
    return found


def _counted(connection: Connection, selection: Selection, actor: Actor, form: str, most_cases: int | None) -> Counted:
    process = selection.process_id
    known = select(definition.c.key).where(definition.c.process_id == process).limit(1)
    if process is not None and connection.execute(known).first() is None:
        raise InvalidValue(
            f"There is no process {process[:60]!r}.", message_zh=f"没有流程「{process[:60]}」,请重新选择。"
        )
    found = count(connection, selection, actor)
    if most_cases is not None and found.cases > most_cases:
        raise InvalidValue(
            f"There are {found.cases} cases; a page gives at most {most_cases}. Please choose fewer days or one "
            "process, or use `kefuflow audit export` on the command line.",
            message_zh=f"共 {found.cases} 个工单,页面一次最多导出 {most_cases} 个。"
            "请缩小日期范围或只选一个流程,或在命令行使用 kefuflow audit export。",
        )
    if form == "xlsx" and found.events > tables.MOST_ROWS:
        raise InvalidValue(
            f"There are {found.events} events; an Excel sheet holds {tables.MOST_ROWS}. Please choose another format "
            "or fewer days.",
            message_zh=f"共 {found.events} 个事件,Excel 一张表最多 {tables.MOST_ROWS} 行,请换一种格式或缩小日期范围。",
        )
    return found


def _digest(content: IO[bytes]) -> str:
    """SHA-256 of the whole file, which is left at its beginning."""
    content.seek(0)
    found = sha256()
    for chunk in _chunks(content):
        found.update(chunk)
    content.seek(0)
    return found.hexdigest()


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(_CHUNK):
        yield chunk


def _name(selection: Selection, chosen: Format, now: datetime) -> str:
    process = "" if selection.process_id is None else f"-{selection.process_id}"
    return f"{TITLE}{process}-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.{chosen.suffix}"
