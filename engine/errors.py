"""One tree of errors, so that every caller can tell what went wrong by a stable code.

A docstring's first sentence is the default message. ``message_zh`` is what a person reads, and
``sentence_en`` the same in English.
"""

from __future__ import annotations

from typing import Any, ClassVar


class EngineError(Exception):
    """Something went wrong in the engine."""

    code: ClassVar[str] = "engine_error"
    #: The sentence shown to people: what is wrong and what to do.
    message_zh: str = "系统出错,请稍后再试。"
    #: The same in English, where the class says it for all its errors: the default message is for logs and callers.
    message_en: ClassVar[str | None] = "Something went wrong. Please try again later."

    def __init__(self, message: str | None = None, *, message_zh: str | None = None) -> None:
        first_line = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(message or first_line)
        if message_zh is not None:
            self.message_zh = message_zh

    @property
    def sentence_en(self) -> str:
        """What a person reads in English: as much as ``message_zh`` says, be that of this error or of its class."""
        if "message_zh" not in self.__dict__:
            for one in type(self).__mro__:
                if "message_zh" in vars(one):
                    return vars(one).get("message_en") or str(self)
        return str(self)


class ConfigurationError(EngineError):
    """A setting is unknown or malformed; the program refuses to start."""

    code = "configuration"
    message_zh = "配置有误,无法启动。"


class NotAllowed(EngineError):
    """The actor may not do this. Shown as 404 for objects, so that existence is not told."""

    code = "not_allowed"
    message_zh = "没有找到,或您没有权限。"
    message_en = "There is no such thing, or you do not have the permission."


class FourEyes(NotAllowed):
    """The actor has acted in the case, and this user task asks for somebody else."""

    code = "four_eyes"
    message_zh = "您已参与该工单,此任务须由另一位同事办理(申请、审批、打款分离)。"
    message_en = (
        "You have taken part in this case. A different colleague has to do this task (request, approval and payment "
        "are kept apart)."
    )


class OwnCase(NotAllowed):
    """The case is about the actor's own purchase; somebody else has to work on it."""

    code = "own_case"
    message_zh = "这是您本人的订单,须由另一位同事办理。"
    message_en = "This is your own order. A different colleague has to work on it."


class NotFound(EngineError):
    """There is no such object."""

    code = "not_found"
    message_zh = "没有找到。"
    message_en = "There is no such thing."


class InvalidValue(EngineError):
    """A value cannot be kept: wrong type, too large, or not a finite number."""

    code = "invalid_value"
    message_zh = "提交的内容无法保存。"
    message_en = "What was submitted cannot be saved."


class StorageUnavailable(EngineError):
    """The database cannot be written or read just now: locked for too long, or its disk is full. Nothing was written.

    Safe to retry once there is space, or the other process has finished.
    """

    code = "storage_unavailable"
    message_zh = "数据暂时无法保存(磁盘已满或数据库被占用),您的内容没有保存。请稍候再提交一次。"
    message_en = (
        "Nothing can be saved just now (the disk is full or the database is busy), and what you filled in was not "
        "saved. Please submit it again in a moment."
    )


# --- expressions and decisions ---------------------------------------------------------------


class FeelError(EngineError):
    """A FEEL expression cannot be used."""

    code = "feel"
    message_zh = "表达式有误。"


class FeelSyntaxError(FeelError):
    """A FEEL expression does not parse.

    ``position`` counts characters from 0; ``problem`` and ``problem_zh`` say what is wrong there, in English and in
    Chinese; ``problem_code`` is stable; ``expected`` holds the signs, keywords or kinds of which one should be there.
    """

    code = "feel_syntax"

    def __init__(
        self,
        source: str,
        position: int,
        problem: str,
        problem_zh: str = "",
        *,
        code: str = "other",
        expected: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{problem} at position {position} of {source[:200]!r}")
        self.source = source
        self.position = position
        self.problem = problem
        self.problem_zh = problem_zh or "有误"
        self.problem_code = code
        self.expected = expected
        self.message_zh = f"表达式第 {position + 1} 个字符处{self.problem_zh}:{source[:200]}"


class FeelLimitExceeded(FeelError):
    """A FEEL evaluation used more steps or made a larger value than allowed."""

    code = "feel_limit"
    message_zh = "表达式运算量过大,已停止。"


class FeelAssertionFailed(FeelError):
    """An expression asserted something that does not hold. Don't retry: the rule's owner wanted it to stop here."""

    code = "feel_assertion"
    message_zh = "表达式中的断言不成立,已停止。"

    def __init__(self, cause: str | None = None) -> None:
        super().__init__(
            f"an assertion does not hold: {cause}" if cause else None,
            message_zh=f"断言不成立:{cause[:200]}" if cause else None,
        )


class DecisionError(EngineError):
    """A decision cannot be evaluated: its hit policy is broken or a value has the wrong type.

    ``decision``, ``table``, ``rule`` (from 1) and ``column`` (label) say where, as far as it is in one place;
    ``syntax`` is what the parser said when a text does not parse. Don't retry.
    """

    code = "decision"
    message_zh = "决策表无法得出结果。"

    def __init__(
        self,
        message: str | None = None,
        *,
        message_zh: str | None = None,
        decision: str | None = None,
        table: str | None = None,
        rule: int | None = None,
        column: str | None = None,
        syntax: FeelSyntaxError | None = None,
    ) -> None:
        super().__init__(message, message_zh=message_zh)
        self.decision = decision
        self.table = table
        self.rule = rule
        self.column = column
        self.syntax = syntax


# --- definitions -----------------------------------------------------------------------------


class DefinitionRefused(EngineError):
    """A file is refused at the door: too large, not XML, a DOCTYPE, or findings of the lint."""

    code = "definition_refused"
    message_zh = "文件未通过检查,不能发布。"

    def __init__(
        self, message: str | None = None, *, message_zh: str | None = None, findings: tuple[Any, ...] = ()
    ) -> None:
        super().__init__(message, message_zh=message_zh)
        #: engine.model.Finding values, when the lint refused.
        self.findings = findings


# --- the step --------------------------------------------------------------------------------


class StepError(EngineError):
    """The command does not fit the instance; nothing was written. Don't retry."""

    code = "step"
    message_zh = "当前状态下不能执行此操作。"
    message_en = "This cannot be done as things stand."


class TaskNotOpen(StepError):
    """The user task is not waiting for a person any more. Don't retry."""

    code = "task_not_open"
    message_zh = "该任务已被处理,请刷新待办。"
    message_en = "This task is done already. Please reload the inbox."


class StaleProgress(StepError):
    """Progress of the user task was saved after the page was opened; nothing was written. Reload, then try again."""

    code = "stale_progress"
    message_zh = "进度已被更新,您的填写没有保存,请刷新后再改。"
    message_en = (
        "The progress was saved by somebody else meanwhile, and what you filled in was not saved. Please reload the "
        "page and change it again."
    )


class NotYourTurn(StepError):
    """An earlier user task of the same queue is still open. Safe to retry when that is done."""

    code = "not_your_turn"
    message_zh = "前面还有未办完的任务,请按顺序办理。"

    def __init__(self, case_id: str, queue_no: int) -> None:
        super().__init__(
            f"number {queue_no} of case {case_id} comes first",
            message_zh=f"请按顺序办理:工单 {case_id}(排队号 {queue_no})还没有办完。",
        )
        self.case_id = case_id
        self.queue_no = queue_no


class LimitExceeded(StepError):
    """A step needs more than an instance may have. The step is rolled back."""

    code = "limit"


class TooManyTokens(LimitExceeded):
    """More than 2 000 tokens of an instance would be alive at once. The step is rolled back."""

    code = "too_many_tokens"
    message_zh = "流程里同时进行的步骤超过 2000 个,本次提交未生效,已记为异常。请联系流程负责人。"
    message_en = (
        "More than 2000 steps of the process would run at once. Nothing was submitted, and an incident was made. "
        "Please tell the process owner."
    )


class VariablesTooLarge(LimitExceeded):
    """The variables of an instance would be larger than 256 KiB. The step is rolled back."""

    code = "variables_too_large"
    message_zh = "流程的数据超过 256 KiB,本次提交未生效,已记为异常。请减少填写的内容或联系流程负责人。"
    message_en = (
        "The data of the process would be larger than 256 KiB. Nothing was submitted, and an incident was made. "
        "Please fill in less, or tell the process owner."
    )


class StepLimitExceeded(LimitExceeded):
    """More than 500 elements ran without a wait. The step is rolled back."""

    code = "step_limit"
    message_zh = "流程在没有等待的情况下运行过久,已停止,本次提交未生效,已记为异常。请联系流程负责人。"
    message_en = (
        "The process ran too long without a wait and was stopped. Nothing was submitted, and an incident was made. "
        "Please tell the process owner."
    )


class UncaughtError(StepError):
    """A BPMN error left the process and nobody catches it. The cascade is rolled back."""

    code = "uncaught_error"
    message_zh = "流程里有一个错误没有任何环节处理,本次提交未生效,已记为异常。请联系主管或流程负责人。"
    message_en = (
        "No step of the process handles an error in it. Nothing was submitted, and an incident was made. Please tell "
        "a supervisor or the process owner."
    )

    def __init__(self, element: str, error_code: str) -> None:
        super().__init__(f"error {error_code!r} thrown at {element} is caught nowhere")
        self.element = element
        self.error_code = error_code


class StaleInstance(EngineError):
    """Somebody else stepped the instance after we read it. Reload, then try again.

    Nothing was written. Safe to retry as often as wanted.
    """

    code = "stale_instance"

    def __init__(self, instance_key: int, expected_revision: int) -> None:
        super().__init__(f"instance {instance_key} moved past revision {expected_revision}")
        self.instance_key = instance_key
        self.expected_revision = expected_revision


class DuplicateSubmission(EngineError):
    """Another submission has completed this task already. Don't retry."""

    code = "duplicate_submission"
    message_zh = "该任务已由他人提交,您的填写未保存。"
    message_en = "Somebody else has submitted this already, and what you filled in was not saved."


class CascadeTooLarge(EngineError):
    """A cascade of calls is deeper than 16 or longer than 200 steps; it is rolled back."""

    code = "cascade_too_large"
    message_zh = "一次操作牵动的流程过多,已停止,本次提交未生效,已记为异常。请联系流程负责人。"
    message_en = (
        "This touches too many processes at once and was stopped. Nothing was submitted, and an incident was made. "
        "Please tell the process owner."
    )


class JobFailed(EngineError):
    """A job's work failed; it is tried again until its retries are used up."""

    code = "job_failed"


class HistoryBroken(EngineError):
    """A stored history does not have the sequence or the hashes it must have."""

    code = "history_broken"
