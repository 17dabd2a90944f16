"""What must hold of a database at any moment between two transactions, whatever happened before.

What the tables of the moment tell is asked as the doctor asks it; here are the histories besides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, text

from engine import canonical
from engine.audit import re_execute
from engine.collaboration.letters import LETTER_IDS
from engine.history import values_of
from engine.model import ID_BASE
from engine.runtime.sla import NOTICE_IDS
from engine.store.database import Database
from engine.store.writes import HELD
from engine.upkeep.invariants import broken, column

#: What begins with the first event ends with exactly one of the others, or still has its row in the table.
LIVES = (
    ("timer.armed", ("timer.fired", "timer.cancelled"), "SELECT id FROM job WHERE kind = 'timer'"),
    ("job.created", ("job.completed", "job.cancelled"), "SELECT id FROM job WHERE kind IN ('service', 'send')"),
    (
        "user_task.created",
        ("user_task.completed", "user_task.cancelled"),
        "SELECT id FROM user_task WHERE status = 'open'",
    ),
    ("subscription.opened", ("subscription.correlated", "subscription.cancelled"), "SELECT id FROM subscription"),
    (
        "call.started",
        ("call.completed", "call.cancelled"),
        "SELECT parent_call FROM process_instance WHERE parent IS NOT NULL AND status IN ('active', 'suspended')",
    ),
)


def violations(db: Database, *, answered: Iterable[int] = (), now: int | None = None) -> list[str]:
    """Sentences on what does not hold; ``answered``: ids of user tasks whose completion somebody was told of."""
    with db.read() as connection:
        return violations_within(connection, answered, now)


def violations_within(connection: Connection, answered: Iterable[int], now: int | None = None) -> list[str]:
    """As ``violations``, as a connection sees the database; ``now``: when all that was due is done."""
    return [
        *_completions(connection, answered),
        *_streams(connection),
        *_lives(connection, now),
        *broken(connection),
        *_registers(connection),
        *_outbox(connection),
        *_kept(connection),
        *_four_eyes(connection),
    ]


def unlike_their_commands(db: Database, cases: Iterable[str]) -> list[str]:
    """Cases that do not re-execute to the same: hash chain, values, events and state (I2, I3)."""
    return [f"case {case}: {report}" for case in cases if not (report := re_execute(db, case)).same]


def _completions(connection: Connection, answered: Iterable[int]) -> Iterator[str]:
    """I1: every answered completion is in the history once."""
    found = connection.execute(text("SELECT stream, token FROM history_event WHERE kind = 'user_task.completed'"))
    recorded = Counter(row.stream * ID_BASE + row.token for row in found)
    for task in answered:
        if recorded[task] != 1:
            yield f"the completion of {task} stands {recorded[task]} times in the history"
    done = set(column(connection, "SELECT id FROM user_task WHERE status = 'completed'"))
    if done != set(recorded):
        yield f"completed in one of history and table only: {done ^ set(recorded)}"


def _streams(connection: Connection) -> Iterator[str]:
    sql = """SELECT i.key, i.history_seq, i.revision, i.history_hash, count(e.seq) AS n, max(e.seq) AS last,
             count(DISTINCT e.revision) AS revisions, max(e.revision) AS latest
             FROM process_instance i LEFT JOIN history_event e ON e.stream = i.key GROUP BY i.key"""
    for row in connection.execute(text(sql)):
        if not row.history_seq == row.n == row.last or not row.revision == row.revisions == row.latest:
            yield f"the stream of {row.key} has gaps: {tuple(row)}"
    heads = """SELECT i.key FROM process_instance i
               JOIN history_event e ON e.stream = i.key AND e.seq = i.history_seq AND e.hash <> i.history_hash"""
    yield from (f"the row of {key} is not chained to its history" for key in column(connection, heads))
    values = column(connection, "SELECT count(*) FROM history_value WHERE stream > 0")
    if values != column(connection, "SELECT sum(revision) FROM process_instance") and values != [0]:
        yield "revisions and recorded commands differ in number"


def _lives(connection: Connection, now: int | None) -> Iterator[str]:
    """I5 and its like: each timer, job, task, subscription and call is pending, done or cancelled, and only one."""
    events: dict[str, list[int]] = defaultdict(list)
    for row in connection.execute(text("SELECT stream, token, kind FROM history_event WHERE token IS NOT NULL")):
        events[row.kind].append(row.stream * ID_BASE + row.token)
    for begun, ended, pending in LIVES:
        born = Counter(events[begun])
        over = Counter(column(connection, pending))
        for kind in ended:
            over.update(events[kind])
        if born != over or any(count != 1 for count in born.values()):
            yield f"{begun}: {born - over} have no end and are not pending, {over - born} ended twice or never began"
    early = """SELECT e.stream FROM history_event e WHERE e.kind = 'timer.fired' AND e.at <
               (SELECT a.at FROM history_event a WHERE a.stream = e.stream AND a.token = e.token
                AND a.kind = 'timer.armed')"""
    yield from (f"a timer of {key} fired before it was armed" for key in column(connection, early))
    if now is not None:
        late = f"SELECT id FROM job WHERE due_at <> {HELD} AND due_at <= {now} AND kind <> 'delivery'"
        yield from (f"job {job} is due and was not done" for job in column(connection, late))


def _registers(connection: Connection) -> Iterator[str]:
    """What an instance wrote into a register stands in its row, or in one of its case; cells tell the same columns."""
    written = _written_registers(connection)
    rows: Iterable[Row[Any]] = connection.execute(
        text("""SELECT r.case_id, r.register, r.taken_by, r."values", r.id,
                       (SELECT count(*) FROM register_cell c WHERE c."row" = r.id) AS cells FROM register_row r""")
    )
    columns: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        values = canonical.decode(row[3])
        columns.setdefault((row[0], row[1]), set()).update(values)
        own = written.get((row[0], row[1], row[2]), {} if row[2] is None else {"": "nothing"})
        if any(values.get(name) != value for name, value in own.items()):
            yield f"registers and history differ at {row[1]} of {row[2]}: {own} is not within {values}"
        if row.cells != len(values):
            yield f"registers: the cells of row {row.id} are not its columns"
    for (case_id, register, instance), values in written.items():
        if not values.keys() <= columns.get((case_id, register), set()):
            yield f"registers lack what {instance} wrote into {register}"


def _written_registers(connection: Connection) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Case, register and instance → what the history says that it wrote, the later over the earlier."""
    events = connection.execute(
        text("""SELECT i.case_id, e.stream, e.n, v."values" FROM history_event e
                JOIN history_value v ON v.stream = e.stream AND v.revision = e.revision
                JOIN process_instance i ON i.key = e.stream
                WHERE e.kind = 'register.written' ORDER BY e.stream, e.seq""")
    )
    written: dict[tuple[str, str, int], dict[str, Any]] = {}
    for row in events:
        value = values_of(row[3])[row.n]
        assert isinstance(value, dict)
        written.setdefault((row.case_id, str(value["register"]), row.stream), {}).update(value["values"])
    return written


def _outbox(connection: Connection) -> Iterator[str]:
    """I6: each message was written once."""
    told = Counter(
        row.stream * ID_BASE + row.token
        for row in connection.execute(
            text("""SELECT c.stream, c.token FROM history_event o JOIN history_event c
                    ON c.stream = o.stream AND c.revision = o.revision AND c.kind = 'job.completed'
                    WHERE o.kind = 'outbox.written'""")
        )
    )
    if told != Counter(column(connection, f"SELECT id FROM outbox WHERE id < {NOTICE_IDS}")):
        yield "outbox and history differ"
    sounded = """SELECT count(*) FROM history_event WHERE kind IN ('user_task.reminded', 'user_task.escalated')"""
    notices = f"SELECT count(*) FROM outbox WHERE id >= {NOTICE_IDS} AND id < {LETTER_IDS}"
    if column(connection, sounded) != column(connection, notices):
        yield "alarms that sounded and what they wrote differ in number"
    letters = f"SELECT id - {LETTER_IDS} FROM outbox WHERE id >= {LETTER_IDS} ORDER BY id"
    if column(connection, letters) != column(connection, "SELECT id FROM letter ORDER BY id"):
        yield "letters and outbox differ"


def _kept(connection: Connection) -> Iterator[str]:
    """No message is kept while a process that has not had it waits for it. (The last event is not later than now.)"""
    sql = """SELECT m.key, s.id FROM message m JOIN subscription s ON s.kind = 'message'
             AND s.message_name = m.name AND s.correlation_key = m.correlation_key
             JOIN process_instance i ON i.key = s.instance AND i.status = 'active'
             WHERE m.expires_at > (SELECT max(at) FROM history_event)
             AND ',' || m.correlated || ',' NOT LIKE '%,' || s.process_id || ',%'"""
    yield from (f"message {row[0]} is kept, {row[1]} waits for it" for row in connection.execute(text(sql)))


def _four_eyes(connection: Connection) -> Iterator[str]:
    """Who paid has neither opened the case nor done anything else in its call tree before.

    On a clock that stands, what tells the customer (manual_mail) comes after the money.
    """
    sql = """SELECT p.id FROM user_task p JOIN process_instance i ON i.key = p.instance
             WHERE p.element = 'finance_pay' AND p.status = 'completed' AND (i.opened_by = p.completed_by OR EXISTS (
               SELECT 1 FROM user_task o WHERE o.case_id = p.case_id AND o.element <> 'finance_pay'
               AND o.completed_by = p.completed_by AND o.ended_at <= p.ended_at
               AND (o.ended_at < p.ended_at OR o.element <> 'manual_mail')))"""
    yield from (f"{task} was done by two eyes" for task in column(connection, sql))
