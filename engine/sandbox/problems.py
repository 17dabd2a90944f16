"""Why a sandbox does not do what was asked."""

from __future__ import annotations

from engine.errors import EngineError, NotFound, StepError


class NoSandbox(NotFound):
    """There is no such sandbox, or it is another person's, or its day is over."""

    code = "no_sandbox"
    message_zh = "沙箱不存在或已过期(保留一天)。请从变更里重新打开一个。"
    message_en = "There is no such sandbox, or its day is over. Please open another one from the change."


class TooManySandboxes(StepError):
    """The person has as many sandboxes as one may have."""

    code = "too_many_sandboxes"
    message_zh = "您同时开的沙箱太多了,请先结束一个。"
    message_en = "You have too many sandboxes. Please end one first."


class NotPossible(StepError):
    """What was asked cannot be done now. Nothing was changed."""

    code = "not_possible"
    message_zh = "现在不能这样做,没有任何改变。"
    message_en = "This cannot be done now. Nothing was changed."


class NotRecordable(EngineError):
    """The run cannot be kept as a scenario."""

    code = "not_recordable"
    message_zh = "这次运行不能保存为场景。"
    message_en = "This run cannot be kept as a scenario."
