"""Kinds that spoil the ways: references, flows, gateways and where a way begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

from tests.processes.mutations import Place, kind, place
from tests.processes.mutations_drawing import BPMN, GATEWAY, Drawn, add, remove, retag, tag_of, write

RESTLESS = ("scriptTask", "businessRuleTask", GATEWAY)
WORK = ("userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "callActivity")


@kind("ref.dangling")
def a_flow_leads_to_something_deleted(d: Drawn) -> Iterator[Place]:
    for flow_id, flow in d.flows.items():
        yield place(flow_id, flow.set, "targetRef", "gone")
        yield place(flow_id, flow.set, "sourceRef", "gone")


@kind("ref.dangling")
def a_boundary_event_is_attached_to_nothing(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("boundaryEvent"):
        yield place(node.get("id"), node.set, "attachedToRef", "gone")
        yield place(node.get("id"), node.attrib.pop, "attachedToRef")


@kind("ref.dangling")
def a_message_is_deleted(d: Drawn) -> Iterator[Place]:
    for message in d.messages():
        yield place(tuple(node.get("id") for node in d.users_of(message)), remove, message)


@kind("ref.dangling")
def a_lane_lists_something_deleted(d: Drawn) -> Iterator[Place]:
    for lane in d.lanes:
        yield place(lane.get("id"), add, lane, "flowNodeRef", "gone")


@kind("ref.dangling")
def a_shape_is_left_without_its_element(d: Drawn) -> Iterator[Place]:
    for node_id, node in d.nodes.items():
        yield place(d.drawn[node_id].get("id"), remove, node)


@kind("ref.dangling")
def the_pool_is_of_no_process(d: Drawn) -> Iterator[Place]:
    pool = d.root.find(f"{BPMN}collaboration/{BPMN}participant")
    yield place(pool.get("id"), pool.set, "processRef", "gone")


@kind("ref.default")
def a_default_is_the_flow_of_another(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        for other in d.choices():
            if other is not node and node.get("default") and other.get("default"):
                yield place(node.get("id"), node.set, "default", other.get("default"))


@kind("ref.flow_mismatch")
def an_element_lists_the_flow_of_another(d: Drawn) -> Iterator[Place]:
    for node in d.nodes.values():
        for listed in (*node.findall(f"{BPMN}incoming"), *node.findall(f"{BPMN}outgoing")):
            for flow in (d.outgoing(node) if listed.tag.endswith("incoming") else d.incoming(node))[:1]:
                yield place(node.get("id"), write, listed, flow.get("id"))


@kind("flow.unreachable")
def the_only_way_to_a_step_is_deleted(d: Drawn) -> Iterator[Place]:
    for flow in d.flows.values():
        if len(d.incoming(d.target(flow))) == 1:
            yield place(flow.get("targetRef"), d.remove_flow, flow)


@kind("flow.implicit_end")
def the_only_way_out_of_a_step_is_deleted(d: Drawn) -> Iterator[Place]:
    for flow in d.flows.values():
        if tag_of(d.source(flow)) in (*WORK, "boundaryEvent", "intermediateCatchEvent"):
            yield place(flow.get("sourceRef"), d.remove_flow, flow)


@kind("gateway.no_way_out")
def the_only_way_out_of_a_gateway_is_deleted(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag(GATEWAY):
        if len(d.outgoing(node)) == 1:
            yield place(node.get("id"), d.remove_flow, d.outgoing(node)[0])


@kind("flow.unreachable")
def a_step_is_drawn_and_not_connected(d: Drawn) -> Iterator[Place]:
    def draw(lane: etree._Element) -> None:
        add(d.process, "manualTask", id="new_step", name="新的一步")
        add(lane, "flowNodeRef", "new_step")

    for lane in d.lanes:
        yield place("new_step", draw, lane)


@kind("flow.no_start")
def the_starts_are_deleted(d: Drawn) -> Iterator[Place]:
    def delete() -> None:
        for node in d.of_tag("startEvent"):
            d.remove_node(node)

    yield place(d.id, delete)


@kind("flow.several_starts")
def a_second_plain_start_is_drawn(d: Drawn) -> Iterator[Place]:
    def draw(target: str) -> None:
        add(d.process, "startEvent", id="start_2", name="另一个开始")
        add(d.process, "sequenceFlow", id="f_start_2", sourceRef="start_2", targetRef=target)

    starts = d.of_tag("startEvent")
    if all(start.find(f"{BPMN}timerEventDefinition") is None for start in starts):
        for node in d.of_tag(*WORK):
            yield place(d.id, draw, node.get("id"))


@kind("flow.wrong_end")
def a_flow_leaves_an_end(d: Drawn) -> Iterator[Place]:
    for end in d.of_tag("endEvent"):
        for node in d.of_tag(*WORK):
            yield place(end.get("id"), d.add_flow, end.get("id"), node.get("id"))


@kind("flow.wrong_end")
def a_flow_leads_back_to_the_start(d: Drawn) -> Iterator[Place]:
    for start in d.of_tag("startEvent"):
        for node in d.of_tag(*WORK):
            yield place(start.get("id"), d.add_flow, node.get("id"), start.get("id"))


@kind("flow.wrong_end")
def a_flow_leads_to_a_boundary_event(d: Drawn) -> Iterator[Place]:
    for event in d.of_tag("boundaryEvent"):
        for node in d.of_tag(*WORK):
            yield place(event.get("id"), d.add_flow, node.get("id"), event.get("id"))


@kind("flow.loop_without_wait")
def a_way_goes_back_without_a_wait(d: Drawn) -> Iterator[Place]:
    for flow in d.flows.values():
        source, target = flow.get("sourceRef"), flow.get("targetRef")
        if tag_of(d.source(flow)) in RESTLESS and tag_of(d.target(flow)) in RESTLESS:
            yield place((source, target), d.add_flow, target, source)


@kind("flow.loop_without_wait")
def a_step_leads_to_itself(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("scriptTask", "businessRuleTask"):
        yield place(node.get("id"), d.lead, d.outgoing(node)[0], node.get("id"))


@kind("flow.no_way_to_end")
def a_task_leads_to_itself_only(d: Drawn) -> Iterator[Place]:
    left = {event.get("attachedToRef") for event in d.of_tag("boundaryEvent") if event.get("cancelActivity") != "false"}
    for node in d.of_tag("userTask", "callActivity"):
        if len(d.outgoing(node)) == 1 and node.get("id") not in left:
            yield place(node.get("id"), d.lead, d.outgoing(node)[0], node.get("id"))


@kind("flow.implicit_merge")
def a_join_is_removed_and_its_flows_lead_on(d: Drawn) -> Iterator[Place]:
    def bypass(join: etree._Element, target: str) -> None:
        flows = d.incoming(join)
        for flow in flows:
            d.lead(flow, target)
        d.remove_node(join)

    for join in d.of_tag(GATEWAY):
        if len(d.incoming(join)) > 1 and len(d.outgoing(join)) == 1:
            target = d.target(d.outgoing(join)[0])
            if not tag_of(target).endswith("Gateway"):
                yield place(target.get("id"), bypass, join, target.get("id"))


@kind("gateway.superfluous")
def a_choice_is_left_with_one_answer(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        if len(d.outgoing(node)) == 2 and len(d.incoming(node)) == 1:
            for flow in d.outgoing(node):
                yield place(node.get("id"), d.remove_flow, flow)


@kind("gateway.superfluous")
def a_join_is_left_with_one_way_in(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag(GATEWAY):
        if len(d.outgoing(node)) == 1 and len(d.incoming(node)) == 2:
            for flow in d.incoming(node):
                yield place(node.get("id"), d.remove_flow, flow)


@kind("gateway.join_and_fork")
def a_way_leads_back_into_a_choice(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        if len(d.incoming(node)) == 1:
            for other in d.of_tag("userTask", "serviceTask"):
                flow = d.outgoing(other)[0]
                if d.target(flow) is not node:
                    yield place(node.get("id"), d.lead, flow, node.get("id"))


@kind("gateway.join_of_a_choice")
def a_join_waits_for_all_branches_of_a_choice(d: Drawn) -> Iterator[Place]:
    for join in d.of_tag(GATEWAY):
        flows = d.incoming(join)
        if len(flows) > 1 and len(d.outgoing(join)) == 1:
            origins = {_last_choice(d, flow) for flow in flows}
            if len(origins) == 1 and None not in origins:
                yield place(join.get("id"), retag, join, f"{BPMN}parallelGateway")


def _last_choice(d: Drawn, flow: etree._Element) -> str | None:
    """The choice that a way comes from without a merge; None: another way."""
    node = d.source(flow)
    while len(d.outgoing(node)) == 1 and len(d.incoming(node)) == 1:
        node = d.source(d.incoming(node)[0])
    return node.get("id") if len(d.outgoing(node)) > 1 and tag_of(node) == GATEWAY else None


@kind("gateway.no_default")
def a_default_mark_is_lost(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        if node.get("default"):
            yield place(node.get("id"), node.attrib.pop, "default")


@kind("gateway.no_default")
def the_default_flow_is_deleted(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        if node.get("default") in d.flows and len(d.outgoing(node)) > 2:
            yield place(node.get("id"), d.remove_flow, d.flows[node.get("default")])


@kind("gateway.no_condition")
def a_condition_is_deleted(d: Drawn) -> Iterator[Place]:
    for flow in d.conditional():
        yield place(flow.get("id"), remove, flow.find(f"{BPMN}conditionExpression"))


@kind("gateway.default_condition")
def the_default_gets_a_condition(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        if node.get("default") in d.flows:
            default = d.flows[node.get("default")]
            yield place(default.get("id"), add, default, "conditionExpression", "=false")


@kind("gateway.default_condition")
def another_answer_is_marked_as_the_default(d: Drawn) -> Iterator[Place]:
    for flow in d.conditional():
        yield place(flow.get("id"), d.source(flow).set, "default", flow.get("id"))


@kind("name.answer_missing")
def an_answer_loses_its_name(d: Drawn) -> Iterator[Place]:
    for node in d.choices():
        for flow in d.outgoing(node):
            yield place(flow.get("id"), flow.attrib.pop, "name")


@kind("gateway.event_branches")
def an_event_gateway_is_left_with_one_event(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("eventBasedGateway"):
        if len(d.outgoing(node)) == 2:
            for flow in d.outgoing(node):
                yield place(node.get("id"), d.remove_node, d.target(flow))


@kind("gateway.event_branches")
def an_event_gateway_leads_past_its_event(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("eventBasedGateway"):
        for flow in d.outgoing(node):
            behind = d.outgoing(d.target(flow))[0].get("targetRef")
            yield place(node.get("id"), d.lead, flow, behind)


@kind("gateway.event_shared")
def an_event_behind_an_event_gateway_is_reached_otherwise(d: Drawn) -> Iterator[Place]:
    for gateway in d.of_tag("eventBasedGateway"):
        for flow in d.outgoing(gateway):
            for node in d.of_tag("serviceTask", "sendTask"):
                yield place(flow.get("targetRef"), d.lead, d.outgoing(node)[0], flow.get("targetRef"))


@kind("unsupported.conditional_flow")
def a_condition_is_put_on_a_flow_out_of_an_event(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("startEvent", "boundaryEvent", "intermediateCatchEvent"):
        for flow in d.outgoing(node):
            yield place(flow.get("id"), add, flow, "conditionExpression", "=true")


@kind("unsupported.boundary_host")
def a_boundary_event_is_moved_to_a_step_without_a_wait(d: Drawn) -> Iterator[Place]:
    for event in d.of_tag("boundaryEvent"):
        for node in d.of_tag("scriptTask", "businessRuleTask"):
            yield place(event.get("id"), event.set, "attachedToRef", node.get("id"))


@kind("unsupported.boundary_host")
def an_error_is_caught_where_none_can_come_from(d: Drawn) -> Iterator[Place]:
    def catch(event: etree._Element) -> None:
        event[-1].tag = f"{BPMN}errorEventDefinition"
        del event[-1][:]
        event.set("cancelActivity", "true")

    for event in d.of_tag("boundaryEvent"):
        host = d.nodes.get(event.get("attachedToRef"))
        if host is not None and tag_of(host) == "userTask" and tag_of(event[-1]) == "timerEventDefinition":
            yield place(event.get("id"), catch, event)


@kind("unsupported.event_without_definition")
def an_event_loses_what_it_waits_for(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("boundaryEvent", "intermediateCatchEvent"):
        definition = next(child for child in node if child.tag.endswith("EventDefinition"))
        yield place(node.get("id"), remove, definition)


@kind("timer.schedule")
def a_start_gets_a_timer(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("startEvent"):
        if node.find(f"{BPMN}messageEventDefinition") is None:
            yield place(
                node.get("id"), lambda node: add(add(node, "timerEventDefinition"), "timeDuration", "P1D"), node
            )


@kind("unsupported.multiple_event")
def an_event_gets_a_second_definition_that_stands_alone(d: Drawn) -> Iterator[Place]:
    for node in d.of_tag("intermediateCatchEvent", "boundaryEvent"):
        for tag in ("linkEventDefinition", "compensateEventDefinition"):
            if (tag[0] == "l") == (tag_of(node)[0] == "i"):
                yield place(node.get("id"), add, node, tag)


@kind("lane.none")
def a_step_is_in_no_lane(d: Drawn) -> Iterator[Place]:
    for lane in d.lanes:
        for listed in lane.findall(f"{BPMN}flowNodeRef"):
            if tag_of(d.nodes[listed.text]) != "boundaryEvent":
                yield place(listed.text, remove, listed)


@kind("lane.several")
def a_step_is_in_two_lanes(d: Drawn) -> Iterator[Place]:
    for lane, other in pairwise(d.lanes):
        for listed in lane.findall(f"{BPMN}flowNodeRef"):
            yield place(listed.text, add, other, "flowNodeRef", listed.text)
