"""Kinds that spoil what tasks need and what people read: references to other files, people, registers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.access import GROUPS
from tests.processes.mutations import Place, kind, place
from tests.processes.mutations_drawing import (
    BPMN,
    Drawn,
    add_ext,
    add_prop,
    ext,
    header,
    inside,
    misspelt,
    prop,
    remove,
    tag_of,
    write,
)


def having(d: Drawn, name: str) -> Iterator:
    """Node id and extension of those that have it."""
    return ((node_id, ext(node, name)) for node_id, node in d.nodes.items() if ext(node, name) is not None)


def texts(d: Drawn, key: str) -> Iterator:
    """Node id and header of those that have it."""
    return ((node_id, header(node, key)) for node_id, node in d.nodes.items() if header(node, key) is not None)


def props(d: Drawn, name: str) -> Iterator:
    """Node id and property of those that have it."""
    return ((node_id, prop(node, name)) for node_id, node in d.nodes.items() if prop(node, name) is not None)


def misspell(attribute: str, found: Iterator) -> Iterator[Place]:
    for node_id, element in found:
        yield place(node_id, element.set, attribute, misspelt(element.get(attribute)))


@kind("task.no_form")
def a_task_loses_its_form(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        yield place(node.get("id"), remove, ext(node, "formDefinition"))


@kind("unknown.form")
def a_form_is_misspelt(d: Drawn) -> Iterator[Place]:
    yield from misspell("formId", having(d, "formDefinition"))


@kind("unsupported.dynamic_reference")
def a_form_is_chosen_by_a_formula(d: Drawn) -> Iterator[Place]:
    for node_id, form in having(d, "formDefinition"):
        yield place(node_id, form.set, "formId", "=form_id")


@kind("unsupported.binding")
def a_form_is_bound_to_the_latest(d: Drawn) -> Iterator[Place]:
    for node_id, form in having(d, "formDefinition"):
        if tag_of(d.nodes[node_id]) == "userTask":
            yield place(node_id, form.set, "bindingType", "latest")


@kind("task.no_group")
def a_task_loses_its_group(d: Drawn) -> Iterator[Place]:
    """Not in a process that starts by itself for somebody: their tasks are his without a group."""
    for node_id, assignment in having(d, "assignmentDefinition") if prop(d.process, "roster") is None else ():
        yield place(node_id, remove, assignment)
        if not assignment.get("assignee"):
            yield place(node_id, assignment.set, "candidateGroups", "")


@kind("unknown.group")
def a_group_is_misspelt(d: Drawn) -> Iterator[Place]:
    yield from misspell("candidateGroups", having(d, "assignmentDefinition"))
    for node_id, groups in texts(d, "groups"):
        yield place(node_id, groups.set, "value", f"{groups.get('value')},supervisors")


@kind("lane.group")
def a_task_is_for_the_group_of_another_lane(d: Drawn) -> Iterator[Place]:
    for node_id, assignment in having(d, "assignmentDefinition"):
        for group in GROUPS:
            if group not in (assignment.get("candidateGroups") or "").split(","):
                yield place(node_id, assignment.set, "candidateGroups", group)


@kind("lane.group")
def a_task_is_listed_in_the_lane_of_another_group(d: Drawn) -> Iterator[Place]:
    def move(node_id: str, lane: object) -> None:
        for other in d.lanes:
            for listed in other.findall(f"{BPMN}flowNodeRef"):
                if listed.text == node_id:
                    lane.append(listed)

    for node in d.of_tag("userTask"):
        assignment = ext(node, "assignmentDefinition")
        groups = "" if assignment is None else assignment.get("candidateGroups", "")
        own = {GROUPS.get(group) for group in groups.split(",")}
        for lane in d.lanes:
            if lane is not d.lane_of(node) and lane.get("name") in GROUPS.values() and lane.get("name") not in own:
                yield place(node.get("id"), move, node.get("id"), lane)


@kind("task.no_marker")
def a_task_loses_its_mark(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        yield place(node.get("id"), remove, ext(node, "userTask"))


@kind("task.no_job_type")
def a_job_loses_its_type(d: Drawn) -> Iterator[Place]:
    for node_id, job in having(d, "taskDefinition"):
        if tag_of(d.nodes[node_id]) in ("serviceTask", "sendTask"):
            yield place(node_id, remove, job)
            yield place(node_id, job.set, "type", "")


@kind("unknown.job_type")
def a_job_type_is_misspelt(d: Drawn) -> Iterator[Place]:
    jobs = having(d, "taskDefinition")
    yield from misspell("type", (found for found in jobs if tag_of(d.nodes[found[0]]) in ("serviceTask", "sendTask")))


@kind("task.retries")
def a_job_is_never_tried(d: Drawn) -> Iterator[Place]:
    for node_id, job in having(d, "taskDefinition"):
        if tag_of(d.nodes[node_id]) in ("serviceTask", "sendTask"):
            yield place(node_id, job.set, "retries", "0")
            yield place(node_id, job.set, "retries", "很多次")


@kind("task.no_header")
def a_job_loses_a_header_that_it_needs(d: Drawn) -> Iterator[Place]:
    for key in ("template", "text", "groups", "names", "sequence"):
        for node_id, found in texts(d, key):
            yield place(node_id, remove, found)


@kind("unknown.template")
def a_template_is_misspelt(d: Drawn) -> Iterator[Place]:
    for node_id, found in texts(d, "template"):
        yield place(node_id, found.set, "value", f"{found.get('value')}1")
        yield place(node_id, found.set, "value", found.get("value").lower())


@kind("task.no_decision")
def a_rule_task_loses_its_table(d: Drawn) -> Iterator[Place]:
    for node_id, called in having(d, "calledDecision"):
        yield place(node_id, called.attrib.pop, "decisionId")


@kind("unknown.decision")
def a_table_is_misspelt(d: Drawn) -> Iterator[Place]:
    yield from misspell("decisionId", having(d, "calledDecision"))


@kind("mapping.target")
def a_rule_task_has_no_name_for_its_result(d: Drawn) -> Iterator[Place]:
    for node_id, called in having(d, "calledDecision"):
        yield place(node_id, called.set, "resultVariable", "结果 1")


@kind("task.no_called_process")
def a_call_loses_its_process(d: Drawn) -> Iterator[Place]:
    for node_id, called in having(d, "calledElement"):
        yield place(node_id, called.attrib.pop, "processId")


@kind("unknown.process")
def a_called_process_is_misspelt(d: Drawn) -> Iterator[Place]:
    yield from misspell("processId", having(d, "calledElement"))


@kind("task.called_twice")
def a_call_names_its_process_in_two_places(d: Drawn) -> Iterator[Place]:
    for node_id, called in having(d, "calledElement"):
        yield place(node_id, d.nodes[node_id].set, "calledElement", called.get("processId"))


@kind("xml.not_boolean")
def a_call_passes_variables_on_perhaps(d: Drawn) -> Iterator[Place]:
    for node_id, called in having(d, "calledElement"):
        yield place(node_id, called.set, "propagateAllChildVariables", "是")


@kind("task.priority")
def a_priority_is_beyond_the_scale(d: Drawn) -> Iterator[Place]:
    def set_priority(node: object, value: str) -> None:
        remove(ext(node, "priorityDefinition"))
        add_ext(node, "priorityDefinition", priority=value)

    for node in d.of_tag("userTask"):
        yield place(node.get("id"), set_priority, node, "101")
        yield place(node.get("id"), set_priority, node, "高")


@kind("timer.unreadable")
def a_due_date_is_written_as_people_say_it(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        if ext(node, "taskSchedule") is None:
            yield place(node.get("id"), lambda node: add_ext(node, "taskSchedule", dueDate="8小时"), node)


def _with_prop(node: object, name: str, value: str) -> None:
    remove(prop(node, name))
    add_prop(node, name, value)


@kind("task.four_eyes")
def four_eyes_name_somebody_who_is_not_there(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        for value in ("yes", f"{node.get('id')}_2", "starter,nobody", "p99_gone.approve"):
            yield place(node.get("id"), _with_prop, node, "four_eyes", value)
    for node in d.of_tag("serviceTask", "scriptTask"):
        yield place(node.get("id"), _with_prop, node, "four_eyes", "case")


@kind("task.permission")
def a_permission_does_not_exist(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        for value in ("P99", "p09", "dept_manager"):
            yield place(node.get("id"), _with_prop, node, "permission", value)


@kind("task.queue")
def a_queue_is_no_formula(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        yield place(node.get("id"), _with_prop, node, "queue", "queue_no")


@kind("process.once")
def a_start_is_once_a_nonsense(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("startEvent"):
        yield place(node.get("id"), _with_prop, node, "once", "customer")


@kind("process.start_permission")
def the_right_to_start_does_not_exist(d: Drawn) -> Iterator[Place]:
    yield place(d.id, _with_prop, d.process, "start_permission", "P09")


@kind("unknown.group")
def it_is_left_to_people_that_there_are_not(d: Drawn) -> Iterator[Place]:
    if prop(d.process, "start_permission") is not None:
        yield place(d.id, _with_prop, d.process, "start_groups", "supervisors")


@kind("process.start_groups")
def it_is_left_to_people_who_may_not_start_it(d: Drawn) -> Iterator[Place]:
    if prop(d.process, "start_permission") is None:
        yield place(d.id, _with_prop, d.process, "start_groups", "supervisor")


@kind("process.once")
def a_plain_start_is_once_an_order(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("startEvent"):
        if node.find(f"{BPMN}messageEventDefinition") is None:
            yield place(node.get("id"), _with_prop, node, "once", "order")


@kind("process.priority")
def a_process_is_urgent_in_other_words(d: Drawn) -> Iterator[Place]:
    for value in ("urgent", "1", "高", '=if severity = "high then "high" else "normal"'):
        yield place(d.id, _with_prop, d.process, "priority", value)


@kind("task.progress")
def what_can_be_saved_is_no_field(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("userTask"):
        yield place(node.get("id"), _with_prop, node, "progress", "no_such_field")


@kind("property.unknown")
def a_property_is_misspelt(d: Drawn) -> Iterator[Place]:
    for node_id, node in d.nodes.items():
        for found in inside(node, "properties", "property"):
            yield place(node_id, found.set, "name", misspelt(found.get("name")))
    for found in inside(d.process, "properties", "property"):
        if "." not in found.get("name"):
            yield place(d.id, found.set, "name", misspelt(found.get("name")))


@kind("unknown.register")
def a_register_is_misspelt(d: Drawn) -> Iterator[Place]:
    for node_id, found in props(d, "register"):
        registers = re.findall(r"\b[a-z]+_[a-z_]*(?:register|log)\b", found.get("value"))
        if registers:
            value = found.get("value").replace(registers[-1], misspelt(registers[-1]))
            yield place(node_id, found.set, "value", value)


@kind("unknown.register")
def a_formula_chooses_a_register_that_is_not_there(d: Drawn) -> Iterator[Place]:
    for node_id, found in props(d, "register"):
        register = found.get("value")
        if not register.startswith("="):
            formula = f'=if order_id = null then "{register}" else "{misspelt(register)}"'
            yield place(node_id, found.set, "value", formula)


@kind("unknown.register")
def the_columns_of_a_register_are_deleted(d: Drawn) -> Iterator[Place]:
    for found in inside(d.process, "properties", "property"):
        register = found.get("name").partition("register.")[2]
        writers = tuple(node_id for node_id, written in props(d, "register") if written.get("value") == register)
        if register and writers:
            yield place(writers, remove, found)


@kind("register.unused")
def a_register_loses_its_writers(d: Drawn) -> Iterator[Place]:
    def forget(register: str) -> None:
        for _node_id, found in list(props(d, "register")):
            if found.get("value") == register:
                remove(found)

    for register in dict.fromkeys(found.get("value") for _node_id, found in props(d, "register")):
        yield place(d.id, forget, register)


@kind("register.row")
def a_register_is_of_nobody(d: Drawn) -> Iterator[Place]:
    for found in inside(d.process, "properties", "property"):
        register = found.get("name").partition("register.")[2]
        if register:
            yield place(d.id, _with_prop, d.process, f"register_row.{register}", "mine")
    yield place(d.id, _with_prop, d.process, "register_row.no_such_register", "own")


@kind("name.missing")
def an_element_loses_its_name(d: Drawn) -> Iterator[Place]:
    for node in (*d.of_tag("userTask", "serviceTask", "sendTask", "endEvent", "startEvent"), *d.lanes, d.process):
        yield place(node.get("id"), node.attrib.pop, "name")
        yield place(node.get("id"), node.set, "name", " ")


@kind("name.not_chinese")
def an_element_has_an_english_name_only(d: Drawn) -> Iterator[Place]:
    for node in (*d.of_tag("userTask", "serviceTask", "boundaryEvent", "endEvent"), *d.choices(), *d.lanes):
        yield place(node.get("id"), node.set, "name", "Check it")


@kind("documentation.missing")
def a_documentation_is_deleted(d: Drawn) -> Iterator[Place]:
    for node in (*d.of_tag("userTask", "serviceTask", "endEvent", "startEvent", "boundaryEvent"), *d.choices()):
        for written in node.findall(f"{BPMN}documentation"):
            yield place(node.get("id"), remove, written)
            yield place(node.get("id"), write, written, " \n ")
