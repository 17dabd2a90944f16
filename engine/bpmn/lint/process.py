"""Rules on the file as a whole: one executable process, its file's name, its lanes, its properties and registers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine import feel
from engine.bpmn.lint.diagram import Diagram, Scope, Thing
from engine.bpmn.lint.rule import error, warning
from engine.bpmn.lint.schedules import SCHEDULE_PROPERTIES
from engine.bpmn.lint.tasks import UNKNOWN_GROUP
from engine.bpmn.lint.tree import bpmn_children, first_zeebe, properties, text_of
from engine.bpmn.lint.world import World
from engine.errors import FeelSyntaxError
from engine.model import Finding

NO_PROCESS = error("process.none", "文件中没有流程。", "The file holds no process.")
SEVERAL = error(
    "process.several",
    "文件中有 {count} 个流程;一个文件只能放一个流程。",
    "The file holds {count} processes; put one process into a file.",
)
NOT_EXECUTABLE = error(
    "process.not_executable",
    "{it}没有标为可执行;请勾选「可执行」(isExecutable)。",
    "{it} is not marked as executable; tick isExecutable.",
)
FILE_NAME = error(
    "process.file_name",
    "文件名 {file} 与流程标识 {process} 不一致;请改成 {process}.bpmn。",
    "The file name {file} differs from the process id {process}; call it {process}.bpmn.",
)
NO_LANE = error(
    "lane.none",
    "{it}不在任何泳道里;请把它放进一个泳道。",
    "{it} is in no lane; put it into one.",
)
TWO_LANES = error(
    "lane.several",
    "{it}同时在泳道 {lanes} 里;每个元素只能在一个泳道里。",
    "{it} is in the lanes {lanes} at once; every element belongs to one lane.",
)
START_PERMISSION = error(
    "process.start_permission",
    "{it}的 start_permission 是「{value}」;只能是 P01、P02 或 P03(不写则只能被其他流程调用)。",
    "The start_permission of {it} is {value}; it may be P01, P02 or P03 (or absent: called by others only).",
)
START_GROUPS = error(
    "process.start_groups",
    "{it}写了 start_groups,但没有写 start_permission;没有它就谁也不能手工发起。",
    "{it} has start_groups, but no start_permission; without it nobody starts it by hand.",
)
PRIORITY = error(
    "process.priority",
    "{it}的 priority 是「{value}」;只能是 normal、high,或以 = 开头、由发起时的数据算出它们的公式。",
    "The priority of {it} is {value}; it may be normal, high, or an expression after = that gives one of them.",
)
KIND = error(
    "process.kind",
    "{it}的 kind 是「{value}」;只能是 presale、insale、aftersale、repair 或 internal(不写就归在其他)。",
    "The kind of {it} is {value}; it may be presale, insale, aftersale, repair or internal (or absent: others).",
)
PACK = error(
    "process.pack",
    "{it}的 pack 是「{value}」;店铺设置里没有开关 pack_{value}。",
    "The pack of {it} is {value}; the shop settings have no switch pack_{value}.",
)
DRAWN = error(
    "process.drawn",
    "{it}的 {name} 是「{value}」;只能是 drawn(由图自己做)。",
    "The {name} of {it} is {value}; it may be drawn (the diagram does it itself) only.",
)
FOUR_EYES = error(
    "task.four_eyes",
    "{it}的 four_eyes 是「{value}」;只能是 case,或用逗号分开的 starter、本流程的用户任务、流程.任务,"
    "且只能用在用户任务上。",
    "The four_eyes of {it} is {value}; it may be case, or starter, user tasks of the process and process.task, joined "
    "by commas, on user tasks only.",
)
PERMISSION = error(
    "task.permission",
    "{it}的 permission 是「{value}」;只能是权限编号(如 P09),且只能用在用户任务上。",
    "The permission of {it} is {value}; it may be the id of a permission (such as P09) only, on user tasks only.",
)
QUEUE = error(
    "task.queue",
    "{it}的 queue 是「{value}」;只能是以 = 开头的排队号公式,且只能用在用户任务上。",
    "The queue of {it} is {value}; it may be an expression after = for a number, on user tasks only.",
)
PROGRESS = error(
    "task.progress",
    "{it}的 progress 是「{value}」;只能是本任务表单的字段,用逗号分开,且只能用在用户任务上。",
    "The progress of {it} is {value}; it may be fields of the form of the task, joined by commas, on user tasks only.",
)
ONCE = error(
    "process.once",
    "{it}的 once 是「{value}」;只能是 order(每个订单只启动一次),且只能用在消息开始事件上。",
    "The once of {it} is {value}; it may be order (one case an order) only, on message start events only.",
)
UNKNOWN_REGISTER = error(
    "unknown.register",
    "{it}写入登记表「{value}」,但流程没有定义它的列;请在流程的属性中添加 register.{value}。",
    "{it} writes to the register {value}, which the process does not define; add its property register.{value}.",
)
REGISTER_ROW = error(
    "register.row",
    "{it}的 register_row.{register} 是「{value}」;只能是 own、case 或 case_final,且流程要有 register.{register}。",
    "The register_row.{register} of {it} is {value}; it may be own, case or case_final, beside a register.{register}.",
)
UNUSED_REGISTER = warning(
    "register.unused",
    "流程定义了登记表「{value}」的列,但没有元素写入它;请给写入它的元素加属性 register。",
    "The process defines the register {value}, but no element writes to it; give one the property register.",
)
UNKNOWN_PROPERTY = warning(
    "property.unknown",
    "{it}的属性「{value}」没有作用;是不是写错了?",
    "The property {value} of {it} has no meaning; is it misspelt?",
)

_PERMISSIONS: Final = frozenset({"P01", "P02", "P03"})
#: What a process is for: the start page's parts.
_KINDS: Final = frozenset({"presale", "insale", "aftersale", "repair", "internal"})
#: Properties of a process that does itself what the platform does for the others.
_DRAWN: Final = frozenset({"first_contact", "asks_satisfaction"})
_USER_TASKS: Final = ("userTask", "globalUserTask")
_TASK_PROPERTIES: Final = ("four_eyes", "permission", "queue", "progress")
#: Who opened the case.
_STARTER: Final = "starter"
_REGISTER: Final = re.compile(r"register\.[A-Za-z][A-Za-z0-9_]{0,79}\Z")
#: A register that a formula names: as the whole, or behind then and else.
_CHOSEN: Final = re.compile(r'(?:\A=|\bthen\b|\belse\b)\s*"([^"]*)"')
#: Before a register's id: whose row the process writes.
_ROW: Final = "register_row."
_ROWS: Final = frozenset({"own", "case", "case_final"})
#: Properties with which the modeler remembers examples.
_EDITOR_PREFIX: Final = "camundaModeler:"


def check_process(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report a file that holds anything but one executable process."""
    if not diagram.processes:
        yield NO_PROCESS.at(None)
    elif len(diagram.processes) > 1:
        yield SEVERAL.at(diagram.processes[1].id or None, count=len(diagram.processes))
    for scope in diagram.processes[:1]:
        if scope.element.get("isExecutable") != "true":
            yield NOT_EXECUTABLE.on(scope)


def check_file_name(diagram: Diagram, file: str) -> Iterator[Finding]:
    """Report a .bpmn file that is not called like its process."""
    name = file.replace("\\", "/").rsplit("/", 1)[-1]
    process = diagram.process_id
    if name.endswith(".bpmn") and process and name != f"{process}.bpmn":
        yield FILE_NAME.at(process, file=name, process=process)


def check_lanes(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report flow nodes of a process with lanes that are in none or in several.

    Boundary events belong where their host does, so their lane may be left out.
    """
    for scope in diagram.processes:
        sets = list(bpmn_children(scope.element, "laneSet"))
        lanes: dict[str, list[str]] = {}
        for lane in (lane for lanes_of in sets for lane in bpmn_children(lanes_of, "lane")):
            for reference in bpmn_children(lane, "flowNodeRef"):
                lanes.setdefault(text_of(reference), []).append(lane.get("name") or lane.get("id") or "-")
        for node in scope.nodes.values() if lanes else ():
            found = lanes.get(node.id, [])
            if len(found) > 1:
                yield TWO_LANES.on(node, lanes="、".join(found))
            elif not found and node.tag != "boundaryEvent":
                yield NO_LANE.on(node)


def check_properties(diagram: Diagram, world: World) -> Iterator[Finding]:
    """Report properties that are misspelt or have a value without meaning, and registers without columns."""
    registers: set[str] = set()
    for scope in diagram.processes:
        yield from _check_process_properties(scope, registers, world)
    written: set[str] = set()
    for it in (*diagram.nodes.values(), *diagram.global_tasks.values()):
        yield from _check_node_properties(it, registers, written)
        yield from _check_task_properties(diagram, it, world)
    computed = any(register.startswith("=") for register in written)
    for register in sorted(registers - written) if not computed else ():
        yield UNUSED_REGISTER.at(diagram.process_id, value=register)


def _is_priority(value: str) -> bool:
    """Whether a process may have this priority; what a formula gives is seen when a case starts."""
    if not value.startswith("="):
        return value in ("normal", "high")
    try:
        feel.compile_source(value)
    except FeelSyntaxError:
        return False
    return True


def _check_process_properties(scope: Scope, registers: set[str], world: World) -> Iterator[Finding]:
    for name, value in properties(scope.element).items():
        if name in ("start_permission", "start_groups"):
            yield from _check_start(scope, name, value, world)
        elif name == "priority":
            if not _is_priority(value.strip()):
                yield PRIORITY.on(scope, value=value)
        elif name in ("kind", "pack") or name in _DRAWN:
            yield from _check_fixed(scope, name, value, world)
        elif name in SCHEDULE_PROPERTIES:
            continue  # a rule of its own
        elif _REGISTER.match(name):
            registers.add(name.removeprefix("register."))
        elif name.startswith(_ROW):
            register = name.removeprefix(_ROW)
            if value not in _ROWS or f"register.{register}" not in properties(scope.element):
                yield REGISTER_ROW.on(scope, value=value, register=register)
        elif not name.startswith(_EDITOR_PREFIX):
            yield UNKNOWN_PROPERTY.on(scope, value=name)


def _check_start(scope: Scope, name: str, value: str, world: World) -> Iterator[Finding]:
    """Check who may start a process by hand."""
    if name == "start_permission":
        if value not in _PERMISSIONS:
            yield START_PERMISSION.on(scope, value=value)
        return
    if "start_permission" not in properties(scope.element):
        yield START_GROUPS.on(scope)
    groups = (group.strip() for group in value.split(","))
    yield from (UNKNOWN_GROUP.on(scope, value=group) for group in groups if group not in world.groups)


def _check_fixed(scope: Scope, name: str, value: str, world: World) -> Iterator[Finding]:
    """Check a property that has one value, or one of a few."""
    if name in _DRAWN and value != "drawn":
        yield DRAWN.on(scope, name=name, value=value)
    elif name == "kind" and value not in _KINDS:
        yield KIND.on(scope, value=value)
    elif name == "pack" and world.settings is not None and f"pack_{value}" not in world.settings:
        yield PACK.on(scope, value=value)


def _check_node_properties(node: Thing, registers: set[str], written: set[str]) -> Iterator[Finding]:
    """Check an element's properties; ``implied`` marks for the scenarios what their paths leave out."""
    for name, value in properties(node.element).items():
        if name == "register":
            written.add(value.strip())
            named = (register for register in _CHOSEN.findall(value) if register) if value.startswith("=") else (value,)
            yield from (UNKNOWN_REGISTER.on(node, value=register) for register in named if register not in registers)
        elif name == "once":
            if value != "order" or not _starts_by_message(node):
                yield ONCE.on(node, value=value)
        elif (
            name not in _TASK_PROPERTIES
            and (name, value) != ("implied", "true")
            and not name.startswith(_EDITOR_PREFIX)
        ):
            yield UNKNOWN_PROPERTY.on(node, value=name)


def _starts_by_message(node: Thing) -> bool:
    return node.tag == "startEvent" and next(bpmn_children(node.element, "messageEventDefinition"), None) is not None


def _check_task_properties(diagram: Diagram, node: Thing, world: World) -> Iterator[Finding]:
    """Check who may do a user task, in which order, and what can be saved while it is open."""
    known, given = node.tag in _USER_TASKS, properties(node.element)
    rule, permission, queue, progress = (given.get(name) for name in _TASK_PROPERTIES)
    if rule is not None and not (known and (rule == "case" or _names_tasks(diagram, rule, world))):
        yield FOUR_EYES.on(node, value=rule)
    if permission is not None and not (known and permission in world.permissions):
        yield PERMISSION.on(node, value=permission)
    if queue is not None and not (known and queue.startswith("=")):
        yield QUEUE.on(node, value=queue)
    if progress is not None and not (known and _names_fields(node, progress, world)):
        yield PROGRESS.on(node, value=progress)


def _names_fields(node: Thing, progress: str, world: World) -> bool:
    """Whether a list names fields of the form of a task; of a form that cannot be read only that it names something."""
    names = [name.strip() for name in progress.split(",")]
    form = first_zeebe(node.element, "formDefinition")
    form_id = "" if form is None else (form.get("formId") or "").strip()
    asked = None if world.fields is None else world.fields.get(form_id)
    return all(names) and (asked is None or asked.issuperset(names))


def _names_tasks(diagram: Diagram, rule: str, world: World) -> bool:
    """Whether a list names who opened the case, user tasks of the file, or elements of processes that are known."""
    for name in (name.strip() for name in rule.split(",")):
        process, dot, _ = name.rpartition(".")
        node = diagram.nodes.get(name)
        own = name == _STARTER or (node is not None and node.tag in _USER_TASKS)
        if not (process in world.processes if dot else own):
            return False
    return True
