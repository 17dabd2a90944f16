"""One deed on many user tasks: each in a transaction of its own, with a result of its own; and its undoing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import delete, insert, select, update

from engine import canonical
from engine.clock import from_microseconds, to_microseconds
from engine.errors import EngineError, NotAllowed, NotFound, StepError
from engine.model import Actor
from engine.runtime.runtime import Runtime
from engine.store.tables import inbox_undo, user_task

#: So many at once: each is written by itself, and a browser waits for all of them.
MAX_TASKS: Final = 200
#: So long something can be undone.
UNDO_FOR: Final = timedelta(seconds=30)
_KEPT_FOR: Final = timedelta(days=1)
_log = structlog.get_logger(__name__)


class Deed(StrEnum):
    """What can be done to many user tasks at once."""

    CLAIM = "claim"
    RELEASE = "release"
    ASSIGN = "assign"
    FOLLOW_UP = "follow_up"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How something is written under a task's case and taken back; what people say is kept above the runtime."""

    #: (case id, task id) → id of what was written.
    write: Callable[[str, int], int]
    #: (case id, id of what was written).
    withdraw: Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done to each."""

    deed: Deed
    #: Of ASSIGN: a user id; None: back to the groups.
    assignee: str | None = None
    reason: str = ""
    #: Of FOLLOW_UP: aware UTC; None: no more.
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What came of it for one task; the sentence says what was done, or why not."""

    task: int
    ok: bool
    sentence: str
    sentence_zh: str


#: (English, Chinese) of what was done, and of what was undone.
_DONE: Final[Mapping[Deed, tuple[str, str]]] = {
    Deed.CLAIM: ("claimed", "已认领。"),
    Deed.RELEASE: ("released", "已退回。"),
    Deed.ASSIGN: ("assigned", "已转派。"),
    Deed.FOLLOW_UP: ("follow-up set", "已设置跟进时间。"),
    Deed.COMMENT: ("commented", "已评论。"),
}
_UNDONE: Final = ("undone", "已撤销。")
_BROKEN: Final = ("Something went wrong. Please try again later.", EngineError.message_zh)
#: Who may not see a task learns nothing of it, not even that there is one.
_HIDDEN: Final = ("There is no such task, or you do not have the permission.", "没有这个任务,或您没有权限。")
#: How it was, and how it is since.
_Change = tuple[object, object]


def do_many(
    runtime: Runtime, wish: Wish, ids: Iterable[int], actor: Actor, *, said: Said
) -> tuple[list[TaskResult], int | None]:
    """Do one thing to each of many tasks; one that fails stops none of the others.

    Returns:
        A result a task, in the order of the ids, and the id by which it can be undone; None: nothing was changed.

    Raises:
        StepError: more than 200; nothing was done.
    """
    each = list(dict.fromkeys(ids))
    if len(each) > MAX_TASKS:
        raise StepError(
            f"At most {MAX_TASKS} tasks can be done at once; {len(each)} were chosen.",
            message_zh=f"一次最多处理 {MAX_TASKS} 个任务。",
        )
    changes: dict[int, _Change] = {}

    def do(task: int) -> None:
        before, after = _do(runtime, wish, task, actor, said)
        if before != after:
            changes[task] = (before, after)

    results = [_result(one, do, _DONE[wish.deed], wish.deed.value) for one in each]
    return results, _keep(runtime, wish.deed, changes, actor) if changes else None


def undo_many(runtime: Runtime, undo_id: int, actor: Actor, *, said: Said) -> list[TaskResult]:
    """Take back what was done to many tasks, where nobody has changed them since.

    Raises:
        NotFound: the actor did no such thing.
        StepError: it is more than 30 seconds ago, or undone already.
    """
    now = runtime.clock.now()
    with runtime.db.begin() as tx:
        own = inbox_undo.c.id == undo_id, inbox_undo.c.user == actor.id
        row = tx.connection.execute(select(inbox_undo).where(*own)).one_or_none()
        if row is None:
            raise NotFound(f"there is no undo {undo_id}", message_zh="没有可以撤销的操作。")
        if row.undone_at is not None:
            raise StepError("This is undone already.", message_zh="这次操作已经撤销过了。")
        if now - from_microseconds(row.made_at) > UNDO_FOR:
            raise StepError(
                "More than 30 seconds are over: it is too late to undo it. Please do the tasks one by one.",
                message_zh="已超过 30 秒,不能撤销。请逐个处理。",
            )
        tx.connection.execute(update(inbox_undo).where(*own).values(undone_at=to_microseconds(now)))
    kept = canonical.decode(row.done)
    deed = Deed(kept["deed"])

    def undo(change: Mapping[str, object]) -> Callable[[int], None]:
        return lambda task: _undo(runtime, deed, task, change["before"], change["after"], actor, said)

    return [_result(int(one["task"]), undo(one), _UNDONE, f"undo.{deed.value}") for one in kept["changes"]]


def _do(runtime: Runtime, wish: Wish, task: int, actor: Actor, said: Said) -> _Change:
    match wish.deed:
        case Deed.CLAIM:
            return runtime.assign_self(task, actor.id, actor), actor.id
        case Deed.RELEASE:
            return runtime.assign(task, None, actor, reason=wish.reason), None
        case Deed.ASSIGN:
            return runtime.assign(task, wish.assignee, actor, reason=wish.reason), wish.assignee
        case Deed.FOLLOW_UP:
            return runtime.follow_up(task, wish.at, actor), wish.at
        case Deed.COMMENT:
            return None, said.write(_case_of(runtime, task), task)


def _undo(runtime: Runtime, deed: Deed, task: int, before: object, after: object, actor: Actor, said: Said) -> None:
    if deed is Deed.COMMENT:
        said.withdraw(_case_of(runtime, task), int(str(after)))
    elif deed is Deed.FOLLOW_UP:
        runtime.put_back_follow_up(task, _instant(before), _instant(after), actor)
    else:
        runtime.put_back(task, _text(before), _text(after), actor)


def _result(task: int, do: Callable[[int], None], done: tuple[str, str], what: str) -> TaskResult:
    try:
        do(task)
    except (NotFound, NotAllowed) as problem:
        hidden = isinstance(problem, NotFound) or problem.message_zh == NotAllowed.message_zh
        told = _HIDDEN if hidden else (problem.sentence_en, problem.message_zh)
        return TaskResult(task=task, ok=False, sentence=told[0], sentence_zh=told[1])
    except EngineError as problem:
        return TaskResult(task=task, ok=False, sentence=problem.sentence_en, sentence_zh=problem.message_zh)
    except Exception:  # noqa: BLE001  # a mistake of ours with one task must not keep the others from being done
        _log.exception("task_deed.failed", deed=what, task=task)
        return TaskResult(task=task, ok=False, sentence=_BROKEN[0], sentence_zh=_BROKEN[1])
    return TaskResult(task=task, ok=True, sentence=done[0], sentence_zh=done[1])


def _keep(runtime: Runtime, deed: Deed, changes: Mapping[int, _Change], actor: Actor) -> int:
    now = runtime.clock.now()
    listed = [{"task": task, "before": before, "after": after} for task, (before, after) in changes.items()]
    row = {
        "user": actor.id,
        "done": canonical.encode({"deed": deed.value, "changes": listed}),
        "made_at": to_microseconds(now),
    }
    with runtime.db.begin() as tx:
        tx.connection.execute(delete(inbox_undo).where(inbox_undo.c.made_at < to_microseconds(now - _KEPT_FOR)))
        return int(tx.connection.execute(insert(inbox_undo).values(row).returning(inbox_undo.c.id)).scalar_one())


def _case_of(runtime: Runtime, task: int) -> str:
    with runtime.db.read() as connection:
        found = connection.execute(select(user_task.c.case_id).where(user_task.c.id == task)).scalar()
    if found is None:
        raise NotFound(f"no user task {task}")
    return str(found)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
