"""One repair on many incidents, tokens or cases: each in a transaction of its own, with a result of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from engine import access
from engine.errors import EngineError, StepError
from engine.model import Actor, Variables
from engine.runtime.repairs import Repairs

#: So many at once: each is written by itself, and a browser waits for all of them.
MAX_REPAIRS: Final = 1000
_log = structlog.get_logger(__name__)


class Repair(StrEnum):
    """What can be done to many at once."""

    #: Of incidents.
    RETRY = "retry"
    #: Of tokens, by their own id or that of their incident.
    SKIP = "skip"
    #: Of cases.
    CANCEL = "cancel"
    SUSPEND = "suspend"
    RESUME = "resume"

    @property
    def concerns_cases(self) -> bool:
        """Whether it is done to whole cases, by case id."""
        return self in (Repair.CANCEL, Repair.SUSPEND, Repair.RESUME)


#: (English, Chinese) of what was done.
_DONE: Final[Mapping[Repair, tuple[str, str]]] = {
    Repair.RETRY: ("it is tried again", "已安排再试一次。"),
    Repair.SKIP: ("it was skipped", "已跳过。"),
    Repair.CANCEL: ("the case was cancelled", "工单已终止。"),
    Repair.SUSPEND: ("the case is suspended", "工单已暂停。"),
    Repair.RESUME: ("the case goes on", "工单已恢复。"),
}
_BROKEN: Final = ("Something went wrong. Please try again later.", EngineError.message_zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairResult:
    """What came of one repair; the sentence says what was done, or why not."""

    id: str
    ok: bool
    sentence: str
    sentence_zh: str


def repair_many(
    runtime: Repairs,
    what: Repair,
    ids: Iterable[int | str],
    actor: Actor,
    *,
    reason: str = "",
    variables: Variables | None = None,
) -> list[RepairResult]:
    """Do one repair to each of many; one that fails stops none of the others.

    Args:
        runtime: which one.
        what: the repair.
        ids: of incidents, tokens or cases; one that is named twice is repaired once.
        actor: who does it.
        reason: kept with each; all but retrying and resuming need one.
        variables: set with each retry or skip.

    Raises:
        NotAllowed: the actor lacks P07.
        StepError: more than 1 000; nothing was done.
    """
    access.check(actor, "P07")
    each = list(dict.fromkeys(map(str, ids)))
    if len(each) > MAX_REPAIRS:
        raise StepError(
            f"At most {MAX_REPAIRS} can be repaired at once; {len(each)} were chosen.",
            message_zh=f"一次最多处理 {MAX_REPAIRS} 个。",
        )
    repair = _repair(runtime, what, actor, reason, variables)
    return [_result(what, one, repair) for one in each]


def _repair(
    runtime: Repairs, what: Repair, actor: Actor, reason: str, variables: Variables | None
) -> Callable[[str], None]:
    match what:
        case Repair.RETRY:
            return lambda one: runtime.resolve_incident(int(one), actor, variables, reason=reason)
        case Repair.SKIP:
            return lambda one: runtime.skip(int(one), actor, reason=reason, variables=variables)
        case Repair.CANCEL:
            return lambda one: runtime.cancel(int(one), reason, actor)
        case Repair.SUSPEND:
            return lambda one: runtime.suspend(one, actor, reason=reason)
        case Repair.RESUME:
            return lambda one: runtime.resume(one, actor, reason=reason)


def _result(what: Repair, one: str, repair: Callable[[str], None]) -> RepairResult:
    try:
        repair(one)
    except EngineError as problem:
        return RepairResult(id=one, ok=False, sentence=problem.sentence_en, sentence_zh=problem.message_zh)
    except Exception:  # noqa: BLE001  # a mistake of ours in one case must not keep the others stuck
        _log.exception("repair.failed", repair=what.value, id=one)
        return RepairResult(id=one, ok=False, sentence=_BROKEN[0], sentence_zh=_BROKEN[1])
    return RepairResult(id=one, ok=True, sentence=_DONE[what][0], sentence_zh=_DONE[what][1])
