"""What must hold of a database between any two transactions, as far as the tables of what is open tell it.

No look at the histories: a database of years is asked in seconds. What needs them is what ``audit`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, text

from engine.collaboration.letters import LETTER_IDS
from engine.model import ID_BASE
from engine.runtime.sla import ALARM_IDS, NOTICE_IDS
from engine.store.fanout import THROWN_IDS
from engine.store.writes import HELD

#: Gives a sentence for each thing that does not hold.
Look: TypeAlias = Callable[[Connection], Iterator[str]]

#: Kinds of jobs for which a token waits; the others bring something to others, and no instance knows of them.
OF_TOKENS: Final = "('service', 'send', 'timer')"
#: Who threw what a message or broadcast job brings.
SENDER: Final = f"((id - {THROWN_IDS}) / {ID_BASE})"
#: Kinds that step the instance to which they belong: a suspended one has none that is due.
STEPPING: Final = "('service', 'send', 'timer', 'signal', 'alarm')"
#: Rows of what waits, by instance. A conditional event waits without a row: with nothing else it is an incident.
WAITING: Final = f"""
    SELECT instance FROM user_task WHERE status = 'open' UNION ALL SELECT instance FROM job WHERE kind IN {OF_TOKENS}
    UNION ALL SELECT instance FROM subscription
    UNION ALL SELECT parent FROM process_instance WHERE parent IS NOT NULL AND status IN ('active', 'suspended')
    UNION ALL SELECT instance FROM incident WHERE kind NOT IN ('delivery', 'job')
"""
_RUNNING: Final = "SELECT key FROM process_instance WHERE status IN ('active', 'suspended')"


def column(connection: Connection, sql: str) -> list[Any]:
    """The first column of a query."""
    return [row[0] for row in connection.execute(text(sql))]


def waits(connection: Connection) -> Iterator[str]:
    """I4: who is active waits for something, who is over for nothing."""
    idle = column(connection, f"{_RUNNING} EXCEPT SELECT instance FROM ({WAITING})")
    yield from (f"active and waiting for nothing: {key}" for key in idle)
    over = column(connection, f"SELECT instance FROM ({WAITING}) EXCEPT {_RUNNING}")
    yield from (f"over and still waiting: {key}" for key in over)
    orphans = """SELECT c.key FROM process_instance c JOIN process_instance p ON p.key = c.parent
                 WHERE c.status IN ('active', 'suspended') AND p.status <> c.status"""
    yield from (f"{key} runs, its caller does not" for key in column(connection, orphans))


def incidents(connection: Connection) -> Iterator[str]:
    """Incidents are counted right, each holds its job, and nothing else holds one."""
    sql = """SELECT i.key, i.incidents, (SELECT count(*) FROM incident n WHERE n.instance = i.key
             AND n.kind NOT IN ('delivery', 'job')) AS n FROM process_instance i"""
    for row in connection.execute(text(sql)):
        if row.incidents != row.n and row.n + row.incidents > 0:
            yield f"{row.key} counts {row.incidents} incidents and has {row.n}"
    sql = f"""SELECT n.id FROM incident n WHERE n.kind IN ('delivery', 'job', 'no_retries_left')
              AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = n.id AND j.due_at = {HELD})"""
    yield from (f"the incident {key} holds no job" for key in column(connection, sql))
    sql = f"""SELECT j.id FROM job j WHERE j.due_at = {HELD} AND j.suspended_due_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM incident n WHERE n.id = j.id)"""
    yield from (f"the job {key} is held by no incident" for key in column(connection, sql))


def deliveries(connection: Connection) -> Iterator[str]:
    """I6: each message is delivered or on its way."""
    sql = """SELECT o.id FROM outbox o WHERE (o.delivered_at IS NULL) <>
             EXISTS (SELECT 1 FROM job j WHERE j.id = -o.id AND j.kind = 'delivery')"""
    yield from (f"message {key} is delivered and on its way, or neither" for key in column(connection, sql))


def posted(connection: Connection) -> Iterator[str]:
    """Ids tell whose a job is: what is on its way never has the id of a token."""
    strays = f"""SELECT id FROM job WHERE kind = 'message' AND (instance IS NULL OR {SENDER} <> instance)
                 OR kind = 'broadcast' AND id > {THROWN_IDS} AND {SENDER} <> instance
                 OR kind = 'signal' AND (instance IS NULL OR id >= {THROWN_IDS})
                 OR kind = 'delivery' AND NOT id BETWEEN {-(LETTER_IDS + NOTICE_IDS)} AND -1
                 OR kind IN {OF_TOKENS} AND id / {ID_BASE} <> instance"""
    yield from (f"the job {job} has an id of another kind" for job in column(connection, strays))


def suspended(connection: Connection) -> Iterator[str]:
    """A case is suspended as a whole; its jobs wait, those of others do not wait for that."""
    halves = """SELECT case_id FROM process_instance WHERE status IN ('active', 'suspended')
                GROUP BY case_id HAVING count(DISTINCT status) > 1"""
    yield from (f"only a part of case {case} is suspended" for case in column(connection, halves))
    running = f"""SELECT j.id FROM job j JOIN process_instance i ON i.key = j.instance WHERE i.status = 'suspended'
                  AND j.kind IN {STEPPING} AND j.due_at <> {HELD}"""
    yield from (f"the job {job} of a suspended case is not held" for job in column(connection, running))
    waiting = f"""SELECT j.id FROM job j LEFT JOIN process_instance i ON i.key = j.instance
                  WHERE j.suspended_due_at IS NOT NULL
                  AND (j.due_at <> {HELD} OR j.kind NOT IN {STEPPING} OR i.status IS NOT 'suspended')"""
    yield from (f"the job {job} waits for nobody to resume it" for job in column(connection, waiting))
    ended = "SELECT key FROM process_instance WHERE (status IN ('active', 'suspended')) <> (ended_at IS NULL)"
    yield from (f"{key} has ended and runs, or neither" for key in column(connection, ended))


def alarms(connection: Connection) -> Iterator[str]:
    """Only open tasks have alarms; a reminder that has not come has one, and what is told was not told before."""
    wanted = f"""SELECT j.id FROM job j WHERE j.kind = 'alarm' AND NOT EXISTS
                 (SELECT 1 FROM user_task t WHERE t.id = j.id - {ALARM_IDS} AND t.status = 'open'
                  AND (j.type <> 'remind' OR t.reminded_at IS NULL))"""
    yield from (f"the alarm {job} belongs to no open task" for job in column(connection, wanted))
    silent = f"""SELECT t.id FROM user_task t WHERE t.status = 'open' AND t.remind_at IS NOT NULL
                 AND t.reminded_at IS NULL AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = t.id + {ALARM_IDS})"""
    yield from (f"nobody will be reminded of {task}" for task in column(connection, silent))
    urgent = """SELECT t.id FROM user_task t JOIN process_instance i ON i.key = t.instance
                WHERE t.status = 'open' AND (i.priority = 'high') <> (t.urgency = 0)"""
    yield from (f"{task} is not as urgent as its case" for task in column(connection, urgent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """One thing that must hold."""

    code: str
    #: What it means when it does not, in both languages.
    en: str
    zh: str
    look: Look


INVARIANTS: Final = (
    Invariant(code="waits", en="cases wait for nothing, or wait though they are over",
              zh="有流程实例停滞(没有待办、作业或异常),或已结束仍在等待", look=waits),
    Invariant(code="incident_rows", en="incidents and the jobs they hold do not fit", zh="异常与被挂起的作业不一致",
              look=incidents),
    Invariant(code="delivery_rows", en="messages are neither delivered nor on their way", zh="消息既未送达也不在途中",
              look=deliveries),
    Invariant(code="job_ids", en="jobs have ids of another kind", zh="作业编号与类型不符", look=posted),
    Invariant(code="suspended_rows", en="suspended cases have work that is not held, or the reverse",
              zh="暂停的工单与其作业不一致", look=suspended),
    Invariant(code="alarm_rows", en="reminders and open tasks do not fit", zh="提醒与待办不一致", look=alarms),
)  # fmt: skip


def broken(connection: Connection) -> Iterator[str]:
    """A sentence for everything that does not hold."""
    for one in INVARIANTS:
        yield from one.look(connection)
