"""Rules on activities: what a task needs to be worked on, and that the names it gives exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Thing
from engine.bpmn.lint.expressions import constant
from engine.bpmn.lint.patterns import is_number_pattern
from engine.bpmn.lint.rule import Rule, error, warning
from engine.bpmn.lint.supported import GLOBAL_TASKS
from engine.bpmn.lint.tree import first_zeebe, headers, zeebe, zeebe_within
from engine.bpmn.lint.world import World
from engine.model import Finding

NO_FORM = error(
    "task.no_form",
    "{it}没有表单;请指定表单(zeebe:formDefinition formId)。",
    "{it} has no form; set its zeebe:formDefinition formId.",
)
NO_GROUP = error(
    "task.no_group",
    "{it}没有候选组,谁也看不到它;请指定候选组(candidateGroups)。",
    "{it} has no candidate group, so nobody would see it; set its candidateGroups.",
)
NO_MARKER = warning(
    "task.no_marker",
    "{it}没有 zeebe:userTask 标记;请在建模工具中把实现方式设为 Camunda user task。",
    "{it} has no zeebe:userTask mark; set its implementation to Camunda user task in the modeler.",
)
NO_JOB_TYPE = error(
    "task.no_job_type",
    "{it}没有作业类型;请填写(zeebe:taskDefinition type)。",
    "{it} has no job type; set its zeebe:taskDefinition type.",
)
TWO_WAYS_TO_SEND = error(
    "task.job_and_message",
    "{it}既有作业类型又指定了消息;只能选一种:由作业发送(zeebe:taskDefinition),或抛出消息(messageRef)。",
    "{it} has a job type as well as a message; choose one: a job that sends (zeebe:taskDefinition) or a message that "
    "is thrown (messageRef).",
)
NO_DECISION = error(
    "task.no_decision",
    "{it}没有指定决策表;请填写(zeebe:calledDecision decisionId)。",
    "{it} calls no decision; set its zeebe:calledDecision decisionId.",
)
NO_CALLED = error(
    "task.no_called_process",
    "{it}没有指定被调用的流程;请填写(zeebe:calledElement processId)。",
    "{it} calls no process; set its zeebe:calledElement processId.",
)
CALLED_TWICE = error(
    "task.called_twice",
    "{it}用 calledElement 和 zeebe:calledElement 各指定了一次被调用的流程;只能写一处,请删除其中之一。",
    "{it} says what it calls in calledElement as well as in zeebe:calledElement; delete one of them.",
)
NO_HEADER = error(
    "task.no_header",
    "{it}的作业类型 {type} 需要任务头 {header};请填写(zeebe:taskHeaders)。",
    "The job type {type} of {it} needs the header {header}; set it in its zeebe:taskHeaders.",
)
NO_INPUT = error(
    "task.no_input",
    "{it}的作业类型 {type} 需要输入映射 {name};请填写(zeebe:ioMapping)。",
    "The job type {type} of {it} needs the input mapping {name}; set it in its zeebe:ioMapping.",
)
NUMBER_PATTERN = error(
    "task.number_pattern",
    "{it}的编号格式「{value}」不对;应有一处 {{seq4}}(几位数的序号),日期可写 {{yyyymmdd}},如 SH{{yyyymmdd}}-{{seq4}}。",
    "The pattern {value} of {it} is none; it needs one {{seq4}} (a number of so many digits) and may have a day like "
    "{{yyyymmdd}}, e.g. SH{{yyyymmdd}}-{{seq4}}.",
)
RETRIES = error(
    "task.retries",
    "{it}的重试次数「{value}」应为 1 到 100 的整数。",
    "The retries {value} of {it} must be a whole number from 1 to 100.",
)
PRIORITY = error(
    "task.priority",
    "{it}的优先级「{value}」应为 0 到 100 的整数,或以 = 开头的表达式。",
    "The priority {value} of {it} must be a whole number from 0 to 100, or an expression after =.",
)
DYNAMIC = error(
    "unsupported.dynamic_reference",
    "{it}的{what_zh}是表达式 {value};这里只能写固定的标识。",
    "{what_en} of {it} is an expression {value}; only a fixed id is executed.",
)
BINDING = error(
    "unsupported.binding",
    "{it}的绑定方式 {value} 不会被执行;请改用 {wanted}。",
    "The binding {value} of {it} is not executed; use {wanted}.",
)


def _unknown(code: str, zh: str, en: str) -> Rule:
    return error(
        f"unknown.{code}",
        f"{{it}}引用的{zh}「{{value}}」不存在;请改正或先添加它。",
        f"{{it}} refers to the {en} {{value}}, which does not exist; correct it or add it first.",
    )


UNKNOWN_FORM = _unknown("form", "表单", "form")
UNKNOWN_DECISION = _unknown("decision", "决策表", "decision")
UNKNOWN_PROCESS = _unknown("process", "流程", "process")
UNKNOWN_GROUP = _unknown("group", "候选组", "group")
UNKNOWN_JOB_TYPE = _unknown("job_type", "作业类型", "job type")
UNKNOWN_TEMPLATE = _unknown("template", "消息模板", "message template")
UNKNOWN_SETTING = _unknown("setting", "店铺设置", "shop setting")

#: Job type of a message end event; the step itself publishes.
PUBLISH: Final = "publish_message"
SEND: Final = "send_message"
#: Job type of a step that opens a linked case.
OPEN: Final = "start_process"
#: Job type → headers it cannot do without.
REQUIRED_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    SEND: ("template",),
    "remind_courier": ("template",),
    "notify_staff": ("text", "groups"),
    "next_number": ("sequence",),
    "list_orders": ("stages",),
    "list_rows": ("register", "columns"),
    "read_order": ("names",),
    "read_register": ("register",),
    "read_settings": ("names",),
    OPEN: ("process_id",),
}
#: Job type → input mappings it cannot do without.
REQUIRED_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "day_record": ("person",),
    "disable_account": ("account",),
    "add_absence": ("person", "from_time", "to_time", "approved_by"),
    "copy_roster": ("month",),
    "is_away": ("person", "at"),
    "open_cases": ("owner",),
    "roster_facts": ("month",),
    "set_target": ("person", "month", "sales_target", "approved_by"),
    "transfer_case": ("to", "reason"),
}
_BINDINGS: Final = {"formDefinition": "deployment", "calledDecision": "deployment", "calledElement": "latest"}


def check_tasks(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report tasks that lack what they need, and names of forms, groups, decisions and the like that do not exist."""
    for node in diagram.nodes.values():
        if node.tag == "callActivity":
            yield from _check_call(diagram, node, world)
        yield from _check_task(node, node.tag, world)
    for task in diagram.global_tasks.values():
        yield from _check_task(task, GLOBAL_TASKS[task.tag], world)


def _check_task(it: Thing, kind: str, world: World) -> Iterator[Finding]:
    """Check a task or global task; ``kind`` is the tag of the task as which it runs."""
    if kind in ("userTask", "startEvent"):
        missing = NO_FORM if kind == "userTask" else None
        yield from _check_id(it, "formDefinition", "formId", missing, UNKNOWN_FORM, world.forms)
    if kind == "userTask":
        yield from _check_user_task(it, world)
    elif kind == "serviceTask" or (kind == "sendTask" and it.element.get("messageRef") is None):
        yield from _check_job(it, world)
    elif kind == "sendTask" and first_zeebe(it.element, "taskDefinition") is not None:
        yield TWO_WAYS_TO_SEND.on(it)
    elif kind == "businessRuleTask":
        yield from _check_id(it, "calledDecision", "decisionId", NO_DECISION, UNKNOWN_DECISION, world.decisions)
    for tag, wanted in _BINDINGS.items():
        for extension in zeebe(it.element, tag):
            binding = extension.get("bindingType", wanted)
            if binding != wanted:
                yield BINDING.on(it, value=binding, wanted=wanted)


def _check_call(diagram: Diagram, node: Node, world: World) -> Iterator[Finding]:
    """Check what a call activity calls: a process or a global task of the file, named in one of two places."""
    processes = world.processes | {scope.id for scope in diagram.processes}
    called = node.element.get("calledElement")
    if called is None:
        yield from _check_id(node, "calledElement", "processId", NO_CALLED, UNKNOWN_PROCESS, processes)
    elif first_zeebe(node.element, "calledElement") is not None:
        yield CALLED_TWICE.on(node)
    elif called in diagram.global_tasks:
        yield from _check_id(node, "formDefinition", "formId", None, UNKNOWN_FORM, world.forms)
        yield from _check_id(node, "calledDecision", "decisionId", None, UNKNOWN_DECISION, world.decisions)
    elif called not in processes:
        yield UNKNOWN_PROCESS.on(node, value=called)


_ID_NAMES: Final = {
    "formId": ("表单", "The form"),
    "decisionId": ("决策表", "The decision"),
    "processId": ("被调用的流程", "The called process"),
    "type": ("作业类型", "The job type"),
}


def _check_id(
    node: Thing, tag: str, attribute: str, missing: Rule | None, unknown: Rule, known: frozenset[str]
) -> Iterator[Finding]:
    """Check one id of something outside the diagram: there, fixed, and known."""
    extension = first_zeebe(node.element, tag)
    value = "" if extension is None else (extension.get(attribute) or "").strip()
    if not value:
        if missing is not None:
            yield missing.on(node)
    elif value.startswith("="):
        what_zh, what_en = _ID_NAMES[attribute]
        yield DYNAMIC.on(node, what_zh=what_zh, what_en=what_en, value=value)
    elif value not in known:
        yield unknown.on(node, value=value)


def _check_user_task(node: Thing, world: World) -> Iterator[Finding]:
    if first_zeebe(node.element, "userTask") is None:
        yield NO_MARKER.on(node)
    assignment = first_zeebe(node.element, "assignmentDefinition")
    groups = "" if assignment is None else (assignment.get("candidateGroups") or "").strip()
    if not groups and (assignment is None or not (assignment.get("assignee") or "").strip()):
        yield NO_GROUP.on(node)
    yield from _check_groups(node, groups, world)
    priority = first_zeebe(node.element, "priorityDefinition")
    value = "50" if priority is None else (priority.get("priority") or "").strip()
    if not value.startswith("=") and not _is_whole(value, 0, 100):
        yield PRIORITY.on(node, value=value)


def _check_groups(node: Thing, text: str, world: World) -> Iterator[Finding]:
    """Check groups that are written out: separated by commas, or FEEL that reads nothing from the case."""
    value = constant(text)
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    for name in names:
        group = str(name).strip()
        if group and group not in world.groups:
            yield UNKNOWN_GROUP.on(node, value=group)


def _check_job(node: Thing, world: World) -> Iterator[Finding]:
    yield from _check_id(node, "taskDefinition", "type", NO_JOB_TYPE, UNKNOWN_JOB_TYPE, world.job_types)
    definition = first_zeebe(node.element, "taskDefinition")
    if definition is None:
        return
    kind, retries = (definition.get("type") or "").strip(), definition.get("retries", "3").strip()
    if not _is_whole(retries, 1, 100):
        yield RETRIES.on(node, value=retries)
    written = headers(node.element)
    required = REQUIRED_HEADERS.get(kind, ("template",) if node.tag == "sendTask" else ())
    mapped = {(one.get("target") or "").strip() for one in zeebe_within(node.element, "ioMapping", "input")}
    for header in required:
        if not (written.get(header, "").strip() or _is_replaced(kind, header, written, mapped)):
            yield NO_HEADER.on(node, type=kind, header=header)
    needed = REQUIRED_INPUTS.get(kind, ())
    yield from (NO_INPUT.on(node, type=kind, name=name) for name in needed if name not in mapped)
    if kind == "read_register" and not mapped:
        yield NO_INPUT.on(node, type=kind, name="(要查找的列)")
    template = written.get("template", "").strip()
    if template and template not in world.templates:
        yield UNKNOWN_TEMPLATE.on(node, value=template)
    yield from _check_groups(node, written.get("groups", "").strip(), world)
    yield from _check_named(node, kind, written, world)


def opened_by(diagram: Diagram) -> Iterator[tuple[str, str]]:
    """The processes of which a diagram opens linked cases, each with the name of the step that does so."""
    for node in diagram.nodes.values():
        definition = first_zeebe(node.element, "taskDefinition")
        if definition is not None and (definition.get("type") or "").strip() == OPEN:
            yield from ((process, node.name or node.id) for process in _named(headers(node.element)))


def _named(written: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in written.get("process_id", "").split(",") if name.strip()]


def _is_replaced(kind: str, header: str, written: Mapping[str, str], mapped: Collection[str]) -> bool:
    """Whether something else stands in the place of a header: a template of the text, people of the groups."""
    if kind != "notify_staff":
        return False
    return bool(written.get("template", "").strip()) if header == "text" else "notify_people" in mapped


def _check_named(node: Thing, kind: str, written: Mapping[str, str], world: World) -> Iterator[Finding]:
    """Check the process that a step opens, and the settings that it reads."""
    for process in _named(written) if kind == OPEN else ():
        if process not in world.processes:
            yield UNKNOWN_PROCESS.on(node, value=process)
    pattern = written.get("pattern", "").strip()
    if kind == "next_number" and pattern and not is_number_pattern(pattern):
        yield NUMBER_PATTERN.on(node, value=pattern)
    if kind == "read_settings" and world.settings is not None:
        names = (name.strip() for name in written.get("names", "").split(","))
        yield from (UNKNOWN_SETTING.on(node, value=name) for name in names if name and name not in world.settings)


def _is_whole(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and least <= int(text) <= most
