"""A connector that gives numbers without gaps, e.g. to invoices in their queue."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.dialects.sqlite import insert as upsert

from engine.bpmn.lint.patterns import DAYS, TOKEN, is_number_pattern
from engine.clock import SHANGHAI
from engine.connectors.context import JobContext
from engine.errors import JobFailed
from engine.model import Variables
from engine.store.tables import number_sequence


def next_number(job: JobContext) -> Variables:
    """The next number of the header ``sequence``, from 1 on, as ``queue_no``.

    With the header ``pattern``, e.g. ``SH{yyyymmdd}-{seq4}``, it is counted anew every day (month, year) of the shop's
    clock that the pattern names, and comes as the text ``number``, too. The number is taken with the step that uses
    it: a step that is undone gives it back.

    Raises:
        JobFailed: the header is missing, or the pattern is none.
    """
    name, pattern = job.headers.get("sequence", "").strip(), job.headers.get("pattern", "").strip()
    if not name:
        raise JobFailed(f"{job.element} needs the header sequence", message_zh="取号步骤缺少序列名称(sequence)。")
    if not pattern:
        return {"queue_no": Decimal(_take(job, name))}
    if not is_number_pattern(pattern):
        said = f"编号格式“{pattern}”不对,应当像 SH{{yyyymmdd}}-{{seq4}}。"
        raise JobFailed(f"{job.element}: {pattern!r} is no pattern", message_zh=said)
    day = _filled(pattern, job.now)
    taken = _take(job, name if day == pattern else f"{name} {day}")
    return {"queue_no": Decimal(taken), "number": TOKEN.sub(lambda token: f"{taken:0{token[1][-1]}d}", day)}


def _filled(pattern: str, now: datetime) -> str:
    """The pattern with its day; the place of the number is left."""
    local = now.astimezone(SHANGHAI)
    return TOKEN.sub(lambda token: local.strftime(DAYS[token[1]]) if token[1] in DAYS else token[0], pattern)


def _take(job: JobContext, name: str) -> int:
    first = upsert(number_sequence).values(name=name, last=1)
    taken = first.on_conflict_do_update(index_elements=["name"], set_={"last": number_sequence.c.last + 1})
    return int(job.tx.connection.execute(taken.returning(number_sequence.c.last)).scalar_one())
