"""What must hold of a database at any moment between two transactions, whatever happened before."""

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
from engine.runtime.sla import ALARM_IDS, NOTICE_IDS
from engine.store.database import Database
from engine.store.fanout import THROWN_IDS
from engine.store.writes import HELD

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
#: Kinds of jobs for which a token waits; the others bring something to others, and no instance knows of them.
OF_TOKENS = "('service', 'send', 'timer')"
#: Who threw what a message or broadcast job brings.
SENDER = f"((id - {THROWN_IDS}) / {ID_BASE})"
#: Kinds that step the instance to which they belong: a suspended one has none that is due.
STEPPING = "('service', 'send', 'timer', 'signal', 'alarm')"
#: Rows of what waits, by instance. A conditional event waits without a row: with nothing else it is an incident.
WAITING = f"""
    SELECT instance FROM user_task WHERE status = 'open' UNION ALL SELECT instance FROM job WHERE kind IN {OF_TOKENS}
    UNION ALL SELECT instance FROM subscription
    UNION ALL SELECT parent FROM process_instance WHERE parent IS NOT NULL AND status IN ('active', 'suspended')
    UNION ALL SELECT instance FROM incident WHERE kind NOT IN ('delivery', 'job')
"""


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
        *_waits(connection),
        *_incidents(connection),
        *_registers(connection),
        *_outbox(connection),
        *_posted(connection),
        *_suspended(connection),
        *_alarms(connection),
        *_kept(connection),
        *_four_eyes(connection),
    ]


def unlike_their_commands(db: Database, cases: Iterable[str]) -> list[str]:
    """Cases that do not re-execute to the same: hash chain, values, events and state (I2, I3)."""
    return [f"case {case}: {report}" for case in cases if not (report := re_execute(db, case)).same]


def _column(connection: Connection, sql: str) -> list[Any]:
    return [row[0] for row in connection.execute(text(sql))]


def _completions(connection: Connection, answered: Iterable[int]) -> Iterator[str]:
    """I1: every answered completion is in the history once."""
    found = connection.execute(text("SELECT stream, token FROM history_event WHERE kind = 'user_task.completed'"))
    recorded = Counter(row.stream * ID_BASE + row.token for row in found)
    for task in answered:
        if recorded[task] != 1:
            yield f"the completion of {task} stands {recorded[task]} times in the history"
    done = set(_column(connection, "SELECT id FROM user_task WHERE status = 'completed'"))
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
    yield from (f"the row of {key} is not chained to its history" for key in _column(connection, heads))
    values = _column(connection, "SELECT count(*) FROM history_value WHERE stream > 0")
    if values != _column(connection, "SELECT sum(revision) FROM process_instance") and values != [0]:
        yield "revisions and recorded commands differ in number"


def _lives(connection: Connection, now: int | None) -> Iterator[str]:
    """I5 and its like: each timer, job, task, subscription and call is pending, done or cancelled, and only one."""
    events: dict[str, list[int]] = defaultdict(list)
    for row in connection.execute(text("SELECT stream, token, kind FROM history_event WHERE token IS NOT NULL")):
        events[row.kind].append(row.stream * ID_BASE + row.token)
    for begun, ended, pending in LIVES:
        born = Counter(events[begun])
        over = Counter(_column(connection, pending))
        for kind in ended:
            over.update(events[kind])
        if born != over or any(count != 1 for count in born.values()):
            yield f"{begun}: {born - over} have no end and are not pending, {over - born} ended twice or never began"
    early = """SELECT e.stream FROM history_event e WHERE e.kind = 'timer.fired' AND e.at <
               (SELECT a.at FROM history_event a WHERE a.stream = e.stream AND a.token = e.token
                AND a.kind = 'timer.armed')"""
    yield from (f"a timer of {key} fired before it was armed" for key in _column(connection, early))
    if now is not None:
        late = f"SELECT id FROM job WHERE due_at <> {HELD} AND due_at <= {now} AND kind <> 'delivery'"
        yield from (f"job {job} is due and was not done" for job in _column(connection, late))


def _waits(connection: Connection) -> Iterator[str]:
    """I4: who is active waits for something, who is over for nothing."""
    waiting = set(_column(connection, WAITING))
    active = set(_column(connection, "SELECT key FROM process_instance WHERE status IN ('active', 'suspended')"))
    if waiting != active:
        yield f"active and waiting for nothing: {active - waiting}; over and still waiting: {waiting - active}"
    orphans = """SELECT c.key FROM process_instance c JOIN process_instance p ON p.key = c.parent
                 WHERE c.status IN ('active', 'suspended') AND p.status <> c.status"""
    yield from (f"{key} runs, its caller does not" for key in _column(connection, orphans))


def _incidents(connection: Connection) -> Iterator[str]:
    sql = """SELECT i.key, i.incidents, (SELECT count(*) FROM incident n WHERE n.instance = i.key
             AND n.kind NOT IN ('delivery', 'job')) AS n FROM process_instance i"""
    for row in connection.execute(text(sql)):
        if row.incidents != row.n and row.n + row.incidents > 0:
            yield f"{row.key} counts {row.incidents} incidents and has {row.n}"
    sql = f"""SELECT n.id FROM incident n WHERE n.kind IN ('delivery', 'job', 'no_retries_left')
              AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = n.id AND j.due_at = {HELD})"""
    yield from (f"the incident {key} holds no job" for key in _column(connection, sql))
    sql = f"""SELECT j.id FROM job j WHERE j.due_at = {HELD} AND j.suspended_due_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM incident n WHERE n.id = j.id)"""
    yield from (f"the job {key} is held by no incident" for key in _column(connection, sql))


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
    """I6: each message was written once, and is delivered, on its way, or held by an incident."""
    told = Counter(
        row.stream * ID_BASE + row.token
        for row in connection.execute(
            text("""SELECT c.stream, c.token FROM history_event o JOIN history_event c
                    ON c.stream = o.stream AND c.revision = o.revision AND c.kind = 'job.completed'
                    WHERE o.kind = 'outbox.written'""")
        )
    )
    if told != Counter(_column(connection, f"SELECT id FROM outbox WHERE id < {NOTICE_IDS}")):
        yield "outbox and history differ"
    sounded = """SELECT count(*) FROM history_event WHERE kind IN ('user_task.reminded', 'user_task.escalated')"""
    notices = f"SELECT count(*) FROM outbox WHERE id >= {NOTICE_IDS} AND id < {LETTER_IDS}"
    if _column(connection, sounded) != _column(connection, notices):
        yield "alarms that sounded and what they wrote differ in number"
    letters = f"SELECT id - {LETTER_IDS} FROM outbox WHERE id >= {LETTER_IDS} ORDER BY id"
    if _column(connection, letters) != _column(connection, "SELECT id FROM letter ORDER BY id"):
        yield "letters and outbox differ"
    sql = """SELECT o.id FROM outbox o WHERE (o.delivered_at IS NULL) <>
             EXISTS (SELECT 1 FROM job j WHERE j.id = -o.id AND j.kind = 'delivery')"""
    yield from (f"message {key} is delivered and on its way, or neither" for key in _column(connection, sql))


def _posted(connection: Connection) -> Iterator[str]:
    """Ids tell whose a job is: what is on its way never has the id of a token."""
    strays = f"""SELECT id FROM job WHERE kind = 'message' AND (instance IS NULL OR {SENDER} <> instance)
                 OR kind = 'broadcast' AND id > {THROWN_IDS} AND {SENDER} <> instance
                 OR kind = 'signal' AND (instance IS NULL OR id >= {THROWN_IDS})
                 OR kind = 'delivery' AND NOT id BETWEEN {-(LETTER_IDS + NOTICE_IDS)} AND -1
                 OR kind IN {OF_TOKENS} AND id / {ID_BASE} <> instance"""
    yield from (f"the job {job} has an id of another kind" for job in _column(connection, strays))


def _suspended(connection: Connection) -> Iterator[str]:
    """A case is suspended as a whole; its jobs wait, those of others do not wait for that."""
    halves = """SELECT case_id FROM process_instance WHERE status IN ('active', 'suspended')
                GROUP BY case_id HAVING count(DISTINCT status) > 1"""
    yield from (f"only a part of case {case} is suspended" for case in _column(connection, halves))
    running = f"""SELECT j.id FROM job j JOIN process_instance i ON i.key = j.instance WHERE i.status = 'suspended'
                  AND j.kind IN {STEPPING} AND j.due_at <> {HELD}"""
    yield from (f"the job {job} of a suspended case is not held" for job in _column(connection, running))
    waits = f"""SELECT j.id FROM job j LEFT JOIN process_instance i ON i.key = j.instance
                WHERE j.suspended_due_at IS NOT NULL
                AND (j.due_at <> {HELD} OR j.kind NOT IN {STEPPING} OR i.status IS NOT 'suspended')"""
    yield from (f"the job {job} waits for nobody to resume it" for job in _column(connection, waits))
    ended = "SELECT key FROM process_instance WHERE (status IN ('active', 'suspended')) <> (ended_at IS NULL)"
    yield from (f"{key} has ended and runs, or neither" for key in _column(connection, ended))


def _alarms(connection: Connection) -> Iterator[str]:
    """Only open tasks have alarms; a reminder that has not come has one, and what is told was not told before."""
    wanted = f"""SELECT j.id FROM job j WHERE j.kind = 'alarm' AND NOT EXISTS
                 (SELECT 1 FROM user_task t WHERE t.id = j.id - {ALARM_IDS} AND t.status = 'open'
                  AND (j.type <> 'remind' OR t.reminded_at IS NULL))"""
    yield from (f"the alarm {job} belongs to no open task" for job in _column(connection, wanted))
    silent = f"""SELECT t.id FROM user_task t WHERE t.status = 'open' AND t.remind_at IS NOT NULL
                 AND t.reminded_at IS NULL AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = t.id + {ALARM_IDS})"""
    yield from (f"nobody will be reminded of {task}" for task in _column(connection, silent))
    urgent = """SELECT t.id FROM user_task t JOIN process_instance i ON i.key = t.instance
                WHERE t.status = 'open' AND (i.priority = 'high') <> (t.urgency = 0)"""
    yield from (f"{task} is not as urgent as its case" for task in _column(connection, urgent))


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
    yield from (f"{task} was done by two eyes" for task in _column(connection, sql))
