"""Rules that refuse by name what is not executed right, so that no diagram ever runs differently from its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.bpmn.lint.diagram import Diagram, Node, Thing, thing
from engine.bpmn.lint.rule import Rule, error
from engine.bpmn.lint.supported import ACTIVITIES, CHOICES, EXECUTED, HARMLESS, NODE_NAMES, REFUSED_NODES
from engine.bpmn.lint.tree import bpmn_children, first_zeebe, is_bpmn, owner
from engine.bpmn.lint.world import World
from engine.model import Finding


def refusal(code: str, zh: str, en: str) -> Rule:
    """Declare a rule that names something that is not executed."""
    return error(
        f"unsupported.{code}",
        f"{{it}}:暂不支持{zh};请换一种画法。",
        f"{{it}}: {en} is not executed; model it differently.",
    )


_NODES: Final[Mapping[str, Rule]] = {tag: refusal(code, zh, en) for tag, (code, zh, en) in REFUSED_NODES.items()}
QUANTITY = refusal("quantity", "起始/完成数量(startQuantity、completionQuantity)", "a start or completion quantity")
CONDITIONAL_FLOW = error(
    "unsupported.conditional_flow",
    "{it}带有条件,但从{source}出来的线不能带条件;请在后面加一个排他网关。",
    "{it} has a condition, but flows that leave a {source_en} have none; add an exclusive gateway behind it.",
)
NO_CHOICE_DEFAULT = error(
    "unsupported.default_flow",
    "{it}标有默认流,但只有活动和排他、包容、复杂网关可以有默认流;请删除。",
    "{it} has a default flow, which only activities and exclusive, inclusive and complex gateways have; delete it.",
)
SCRIPT = error(
    "unsupported.script",
    "{it}的脚本不会被执行;请改用 FEEL 表达式(zeebe:script),不要写其他语言的脚本。",
    "The script of {it} is not executed; use a FEEL expression (zeebe:script) and no other language.",
)
LANGUAGE = error(
    "unsupported.language",
    "{it}的表达式语言 {language} 不被支持;请使用 FEEL。",
    "The expression language {language} of {it} is not executed; use FEEL.",
)
ATTRIBUTE = error(
    "unsupported.attribute",
    "{it}的设置 {attribute}={value} 不会被执行;请删除。",
    "The setting {attribute}={value} of {it} is not executed; delete it.",
)
SEVERAL_POOLS = error(
    "unsupported.several_pools",
    "文件中有 {count} 个池;一个文件只能画一个池。",
    "The file has {count} pools; draw one pool a file.",
)
MESSAGE_FLOW = error(
    "unsupported.message_flow",
    "消息流 {found} 不会被执行;请用消息事件代替并删除它。",
    "Message flow {found} is not executed; use message events and delete it.",
)
NESTED_LANES = error(
    "unsupported.nested_lanes",
    "{it}里还有泳道;请只画一层泳道。",
    "{it} has lanes inside; draw one level of lanes.",
)


def check_unsupported(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Refuse what the engine does not execute right, element by element."""
    for node in diagram.nodes.values():
        yield from _check_node(node)
    for flow in diagram.flows.values():
        source = diagram.nodes.get(flow.source)
        if source is not None and flow.condition is not None and not _may_choose(source):
            zh, en = NODE_NAMES[source.tag]
            yield CONDITIONAL_FLOW.on(flow, source=zh, source_en=en)
    for task in diagram.global_tasks.values():
        yield from _check_settings(task)
        if task.tag == "globalScriptTask":
            yield from _check_script(task, "scriptLanguage")
    for element in diagram.root.iter():
        language = element.get("language")
        if language is not None and is_bpmn(element) and "feel" not in language.lower():
            yield LANGUAGE.on(thing(owner(element)), language=language)
    yield from _check_pools(diagram)


def _check_node(node: Node) -> Iterator[Finding]:
    if node.tag in _NODES:
        yield _NODES[node.tag].on(node)
        return
    if node.default is not None and not _may_choose(node):
        yield NO_CHOICE_DEFAULT.on(node)
    yield from _check_settings(node)
    if node.element.get("startQuantity", "1") != "1" or node.element.get("completionQuantity", "1") != "1":
        yield QUANTITY.on(node)
    if node.tag == "scriptTask":
        yield from _check_script(node, "scriptFormat")


def _may_choose(node: Node) -> bool:
    """Whether its outgoing flows may have conditions; what is refused itself is not looked at."""
    return node.tag in ACTIVITIES or node.tag in CHOICES or node.tag not in EXECUTED


def _check_settings(it: Thing) -> Iterator[Finding]:
    for attribute, harmless in HARMLESS.items():
        value = it.element.get(attribute)
        if value is not None and value not in harmless:
            yield ATTRIBUTE.on(it, attribute=attribute, value=value)


def _check_script(it: Thing, attribute: str) -> Iterator[Finding]:
    other = it.element.get(attribute, "feel").lower() != "feel"
    other = other or next(bpmn_children(it.element, "script"), None) is not None
    if other or first_zeebe(it.element, "script") is None:
        yield SCRIPT.on(it)


def _check_pools(diagram: Diagram) -> Iterator[Finding]:
    for collaboration in bpmn_children(diagram.root, "collaboration"):
        pools = list(bpmn_children(collaboration, "participant"))
        if len(pools) > 1:
            yield SEVERAL_POOLS.at(pools[1].get("id"), count=len(pools))
        for flow in bpmn_children(collaboration, "messageFlow"):
            yield MESSAGE_FLOW.at(flow.get("id"), found=flow.get("id"))
    for scope in diagram.processes:
        for lanes in bpmn_children(scope.element, "laneSet"):
            for lane in bpmn_children(lanes, "lane"):
                if next(bpmn_children(lane, "childLaneSet"), None) is not None:
                    yield NESTED_LANES.on(thing(lane))
