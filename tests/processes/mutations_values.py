"""Kinds that spoil what is computed: FEEL, variables, times and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from engine.bpmn.lint.variables import GIVEN
from tests.processes.mutations import Place, kind, place
from tests.processes.mutations_drawing import (
    BPMN,
    Drawn,
    add,
    add_ext,
    ext,
    header,
    inside,
    message_named_by,
    misspelt,
    remove,
    retag,
    tag_of,
    write,
)
from tests.processes.process_drawing import ZEEBE

NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b(?!\s*[(:\"])")


def conditions(d: Drawn) -> Iterator[tuple[str, etree._Element]]:
    """Flow id and condition."""
    return ((flow.get("id"), flow.find(f"{BPMN}conditionExpression")) for flow in d.conditional())


def outputs(d: Drawn) -> Iterator[tuple[str, etree._Element]]:
    """Node id and output mapping."""
    return ((node_id, output) for node_id, node in d.nodes.items() for output in inside(node, "ioMapping", "output"))


def scripts(d: Drawn) -> Iterator[tuple[str, etree._Element]]:
    """Node id and script."""
    return ((node.get("id"), ext(node, "script")) for node in d.of_tag("scriptTask"))


def columns(d: Drawn) -> Iterator[etree._Element]:
    """The columns of the process's registers."""
    return (found for found in inside(d.process, "properties", "property") if found.get("name").startswith("register."))


@kind("feel.syntax")
def a_bracket_is_missing_in_a_condition(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, f"=({condition.text[1:]}")


@kind("feel.syntax")
def a_condition_is_written_as_in_java(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, f"{condition.text} && true")
        yield place(flow, write, condition, f"{condition.text} == true")
        yield place(flow, write, condition, f"=!({condition.text[1:]})")


@kind("feel.syntax")
def a_text_has_chinese_quotes(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        if '"' in condition.text:
            yield place(flow, write, condition, re.sub(r'"(.*?)"', "“\\1”", condition.text))


@kind("feel.syntax")
def a_script_assigns(d: Drawn) -> Iterator[Place]:
    for node, script in scripts(d):
        yield place(node, script.set, "expression", "=amount := 1")
        yield place(node, script.set, "expression", "=amount = 1; rate = 2")


@kind("feel.syntax")
def a_mapping_is_cut_off(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        yield place(node, output.set, "source", f"{output.get('source')} +")


@kind("feel.syntax")
def the_columns_of_a_register_are_cut_off(d: Drawn) -> Iterator[Place]:
    for column in columns(d):
        yield place(d.id, column.set, "value", column.get("value").rstrip("}"))


@kind("feel.static")
def a_function_is_misspelt(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, f"=upercase(string(1)) = null or ({condition.text[1:]})")


@kind("feel.static")
def a_text_is_compared_with_a_number(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, f'=({condition.text[1:]}) and "10" > 5')


@kind("feel.static")
def a_date_does_not_exist(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        yield place(node, output.set, "source", '=date("2026-02-30")')


@kind("feel.static")
def a_duration_of_a_formula_is_no_duration(d: Drawn) -> Iterator[Place]:
    for node, time in d.timers():
        if tag_of(time) == "timeDuration":
            yield place(node.get("id"), write, time, '=duration("8h")')


@kind("feel.no_equals_sign")
def a_condition_loses_its_equals_sign(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, condition.text[1:])


@kind("feel.no_equals_sign")
def a_script_loses_its_equals_sign(d: Drawn) -> Iterator[Place]:
    for node, script in scripts(d):
        yield place(node, script.set, "expression", script.get("expression").lstrip("="))


@kind("feel.empty")
def a_condition_is_emptied(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        yield place(flow, write, condition, "=")


@kind("mapping.constant_text")
def a_mapping_loses_its_equals_sign(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        yield place(node, output.set, "source", output.get("source").lstrip("="))


@kind("mapping.read_only")
def a_mapping_writes_over_a_fact_of_the_platform(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        yield place(node, output.set, "target", "case_id")
        yield place(node, output.set, "target", "case.opened_at")


@kind("mapping.target")
def a_mapping_writes_to_no_name(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        yield place(node, output.set, "target", "pay out-amount")
        yield place(node, output.attrib.pop, "target")


@kind("mapping.target")
def a_script_has_no_name_for_its_result(d: Drawn) -> Iterator[Place]:
    for node, script in scripts(d):
        yield place(node, script.attrib.pop, "resultVariable")


@kind("variable.never_set")
def a_variable_is_misspelt_in_a_condition(d: Drawn) -> Iterator[Place]:
    for flow, condition in conditions(d):
        if found := NAME.search(condition.text):
            name = found.group()
            yield place(flow, write, condition, condition.text.replace(name, misspelt(name)))


@kind("variable.never_set")
def a_variable_is_misspelt_in_a_mapping(d: Drawn) -> Iterator[Place]:
    for node, output in outputs(d):
        if re.fullmatch(r"=[a-z]+_[a-z_]+", output.get("source")) and output.get("source")[1:] not in GIVEN:
            yield place(node, output.set, "source", f"={misspelt(output.get('source')[1:])}")


@kind("variable.never_set")
def a_variable_is_misspelt_in_the_columns_of_a_register(d: Drawn) -> Iterator[Place]:
    for column in columns(d):
        for name in dict.fromkeys(re.findall(r": ([a-z]+_[a-z_]+)(?=[,}])", column.get("value"))):
            value = re.sub(rf": {name}(?=[,}}])", f": {misspelt(name)}", column.get("value"))
            yield place(d.id, column.set, "value", value)


@kind("variable.never_set")
def a_correlation_key_is_misspelt(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        subscription = ext(message, "subscription")
        name = (subscription.get("correlationKey") or "=").removeprefix("=")
        if name.isidentifier():
            yield place(message.get("id"), subscription.set, "correlationKey", f"={misspelt(name)}")


@kind("variable.never_set")
def a_placeholder_of_a_text_to_staff_is_misspelt(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("serviceTask"):
        text = header(node, "text")
        for name in [] if text is None else re.findall(r"\{(\w+)\}", text.get("value")):
            value = text.get("value").replace(f"{{{name}}}", f"{{{misspelt(name)}}}")
            yield place(node.get("id"), text.set, "value", value)


@kind("variable.never_set")
def what_sets_a_variable_is_deleted(d: Drawn) -> Iterator[Place]:
    """The result of a script is read by its own mappings only."""
    for node, script in scripts(d):
        if any("_result" in output.get("source") for output in inside(d.nodes[node], "ioMapping", "output")):
            yield place(node, script.set, "resultVariable", "outcome")


@kind("timer.too_short")
def a_timer_is_under_a_minute(d: Drawn) -> Iterator[Place]:
    for node, time in d.timers():
        if tag_of(time) == "timeDuration":
            for text in ("PT30S", "PT0H", "PT59.9S", '=duration("PT1S")'):
                yield place(node.get("id"), write, time, text)


@kind("timer.unreadable")
def a_time_is_written_as_people_say_it(d: Drawn) -> Iterator[Place]:
    for node, time in d.timers():
        for text in ("24小时", "24h", "P24H", "PT", "1D") if tag_of(node) != "startEvent" else ():
            yield place(node.get("id"), write, time, text)


@kind("timer.no_time")
def a_time_is_deleted(d: Drawn) -> Iterator[Place]:
    for node, time in d.timers():
        yield place(node.get("id"), remove, time)
        yield place(node.get("id"), write, time, " ")


@kind("unsupported.timer_cycle")
def a_wait_becomes_a_cycle(d: Drawn) -> Iterator[Place]:
    def cycle(time: etree._Element) -> None:
        time.tag, time.text = f"{BPMN}timeCycle", "R3/PT1H"

    for node, time in d.timers():
        if node.get("cancelActivity") != "false" and tag_of(node) != "startEvent":
            yield place(node.get("id"), cycle, time)


@kind("timer.rounds")
def a_reminder_is_repeated_for_ever(d: Drawn) -> Iterator[Place]:
    def cycle(time: etree._Element, text: str) -> None:
        time.tag, time.text = f"{BPMN}timeCycle", text

    for node, time in d.timers():
        if node.get("cancelActivity") == "false":
            yield place(node.get("id"), cycle, time, "R/PT1H")
            yield place(node.get("id"), cycle, time, "R5000/PT1M")


@kind("wait.no_end")
def a_wait_loses_its_timer(d: Drawn) -> Iterator[Place]:
    """The timer of an event gateway becomes the message of the other branch: two events, and no end of the wait."""
    for gateway in d.of_tag("eventBasedGateway"):
        events = [d.target(flow) for flow in d.outgoing(gateway)]
        timers = [event for event in events if event.find(f"{BPMN}timerEventDefinition") is not None]
        others = [event for event in events if event.find(f"{BPMN}messageEventDefinition") is not None]
        if len(timers) == 1 and others:
            message = others[0].find(f"{BPMN}messageEventDefinition").get("messageRef")
            yield place(gateway.get("id"), _wait_for_message, timers[0], message)


def _wait_for_message(event: etree._Element, message: str) -> None:
    remove(event.find(f"{BPMN}timerEventDefinition"))
    add(event, "messageEventDefinition", messageRef=message)


@kind("message.no_reference")
def an_event_forgets_its_message(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        for node in d.users_of(message):
            yield place(node.get("id"), message_named_by(node).attrib.pop, "messageRef")


@kind("message.no_name")
def a_message_loses_its_name(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        yield place(tuple(node.get("id") for node in d.users_of(message)), message.attrib.pop, "name")


@kind("message.no_correlation_key")
def a_message_loses_its_correlation_key(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        nodes = tuple(node.get("id") for node in d.users_of(message) if tag_of(node) != "startEvent")
        if nodes:
            yield place(nodes, remove, message.find(f"{BPMN}extensionElements"))
            yield place(nodes, ext(message, "subscription").set, "correlationKey", "")


@kind("message.no_sender")
def a_message_that_is_waited_for_is_misspelt(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        if any(tag_of(node) != "endEvent" for node in d.users_of(message)):
            yield place(message.get("id"), message.set, "name", misspelt(message.get("name")))


@kind("message.no_receiver")
def a_message_that_is_sent_is_misspelt(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        if any(tag_of(node) == "endEvent" for node in d.users_of(message)):
            yield place(message.get("id"), message.set, "name", misspelt(message.get("name")))


@kind("message.same_name")
def a_merge_gives_two_messages_one_name(d: Drawn) -> Iterator[Place]:
    def double(message: etree._Element) -> None:
        twin = add(d.root, "message", id="message_2", name=message.get("name"))
        add_ext(twin, "subscription", correlationKey="=case_id")

    for message in d.messages():
        yield place("message_2", double, message)


@kind("message.two_starts")
def a_message_starts_in_two_places(d: Drawn) -> Iterator[Place]:
    def start(message: str, target: str) -> None:
        event = add(d.process, "startEvent", id="start_2", name="再次开始")
        add(event, "messageEventDefinition", messageRef=message)
        add(d.process, "sequenceFlow", id="f_start_2", sourceRef="start_2", targetRef=target)

    for node in d.of_tag("startEvent"):
        definition = node.find(f"{BPMN}messageEventDefinition")
        if definition is not None:
            yield place("start_2", start, definition.get("messageRef"), d.outgoing(node)[0].get("targetRef"))


@kind("message.end_type")
def an_end_that_sends_gets_another_job(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("endEvent"):
        if node.find(f"{BPMN}messageEventDefinition") is not None:
            yield place(node.get("id"), ext(node, "taskDefinition").set, "type", "send_message")


@kind("message.end_type")
def a_plain_end_gets_a_job(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("endEvent"):
        if node.find(f"{BPMN}messageEventDefinition") is None:
            yield place(node.get("id"), lambda node: add_ext(node, "taskDefinition", type="publish_message"), node)


@kind("ref.wrong_kind")
def an_event_waits_for_something_that_is_no_message(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        for node in d.users_of(message):
            yield place(node.get("id"), retag, message, f"{BPMN}signal")


@kind("unsupported.dynamic_reference")
def a_message_is_named_by_a_formula(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        yield place(tuple(node.get("id") for node in d.users_of(message)), message.set, "name", '="msg_" + order_id')


@kind("xml.unknown_extension")
def a_loop_is_set_as_in_camunda_7(d: Drawn) -> Iterator[Place]:
    for _node, output in outputs(d):
        yield place(_node, etree.SubElement, output, f"{ZEEBE}loop")
