"""Words for what comes next: the ways of a diagram, their conditions, and what the button of a form does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.access import GROUPS
from engine.errors import FeelSyntaxError
from engine.feel.syntax import tree
from engine.feel.syntax.parser import parse_expression
from engine.labels import Labels
from engine.queries.outlook import Ahead, Condition, NextStep, Outlook
from web import format as words
from web.i18n import english, gettext

#: Marks of where a flow's name comes from, which agents need not read: (Q2), (ADDED loop).
_MARK: Final = re.compile(r"\s*[((](?:Q\d+|ADDED[^))]*)[))]\s*")
#: Conditions of more parts are said by the author's name for the flow.
_MOST_PARTS: Final = 3
_SIGNS: Final = {
    "<": lambda: gettext("小于 %(value)s"),
    "<=": lambda: gettext("不超过 %(value)s"),
    ">": lambda: gettext("大于 %(value)s"),
    ">=": lambda: gettext("不低于 %(value)s"),
    "=": lambda: gettext("是 %(value)s"),
    "!=": lambda: gettext("不是 %(value)s"),
}
_OPPOSITE: Final = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """One step ahead, in words."""

    #: task, call, system, rule, wait, end, stuck or others.
    kind: str
    text: str
    #: Who does it, or what came of it; "" where nothing is to be said.
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayWords:
    """One way ahead, in words."""

    #: 若 …; "" where it is taken in any case.
    condition: str
    steps: tuple[StepWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextWords:
    """What the page says beside the button of a task."""

    #: True: it is certain by what is filled in now.
    certain: bool
    ways: tuple[WayWords, ...]
    more: bool
    #: Several persons or rounds do the element; the ways begin when all are done.
    repeated: bool
    #: What the button says.
    button: str


def next_words(
    outlook: Outlook, rehearsed: Sequence[NextStep], labels: Labels, *, name: str, groups: Sequence[str]
) -> NextWords:
    """What comes behind a task.

    Args:
        outlook: the ways that the diagram draws.
        rehearsed: the steps that follow from what is filled in; empty while that is not in order.
        labels: words of the version.
        name: the task's name.
        groups: its candidate groups.
    """
    if rehearsed:
        ways: tuple[WayWords, ...] = (WayWords(condition="", steps=tuple(map(_step, rehearsed))),)
    else:
        ways = tuple(_way(way, labels) for way in outlook.ways)
    return NextWords(
        certain=bool(rehearsed),
        ways=ways,
        more=outlook.more and not rehearsed,
        repeated=outlook.repeated,
        button=button_words(rehearsed or _only(outlook), name, groups),
    )


def button_words(steps: Sequence[NextStep], name: str, groups: Sequence[str]) -> str:
    """提交并转财务 where one thing follows, whoever does it; else the task's own name."""
    stops = [step for step in steps if step.kind not in {"rule", "system"}]
    if len(stops) != 1:
        return gettext("完成「%(name)s」", name=name)
    (stop,) = stops
    if stop.kind == "task":
        if stop.groups and sorted(stop.groups) != sorted(groups):
            return gettext("提交并转%(group)s", group=_groups(stop.groups))
        return gettext("提交,接着「%(name)s」", name=stop.name)
    if stop.kind == "call":
        return gettext("提交并进入「%(name)s」", name=stop.name)
    if stop.kind == "wait":
        return gettext("提交,然后%(name)s", name=_waits(stop.name))
    if stop.kind == "end":
        return gettext("提交并返回上级流程") if stop.words == "called" else gettext("提交并结案")
    return gettext("完成「%(name)s」", name=name)


def condition_words(condition: Condition, labels: Labels) -> str:
    """What a way asks for at one gateway: by the forms' labels where that is short, else by the diagram's names."""
    flow = _MARK.sub("", condition.flow).strip()
    if condition.expression is None:
        if flow and condition.gateway:
            return gettext("%(gateway)s%(flow)s", gateway=_asked(condition.gateway), flow=flow)
        return flow or gettext("否则")
    said = _said(condition.expression.source, condition.expression.names, labels)
    if said and flow and flow not in said:
        return gettext("%(said)s(%(flow)s)", said=said, flow=flow)
    return said or (gettext("%(gateway)s%(flow)s", gateway=_asked(condition.gateway), flow=flow) if flow else "…")


def _only(outlook: Outlook) -> tuple[NextStep, ...]:
    """The steps of the only way there is."""
    if len(outlook.ways) == 1 and not outlook.more and not outlook.repeated and not outlook.ways[0].conditions:
        return outlook.ways[0].steps
    return ()


def _asked(gateway: str) -> str:
    text = gateway.strip().removesuffix("?").removesuffix("\uff1f")
    return f"{text}: " if english() else f"{text}:"


def _way(way: Ahead, labels: Labels) -> WayWords:
    said = [condition_words(condition, labels) for condition in way.conditions]
    text = gettext(",并且").join(said)
    return WayWords(
        condition=gettext("若 %(condition)s", condition=text) if text else "", steps=tuple(map(_step, way.steps))
    )


def _step(step: NextStep) -> StepWords:
    who, text = "", step.name
    if step.kind == "task":
        who = _groups(step.groups)
    elif step.kind == "call":
        who = gettext("子流程") if step.process_name in ("", step.name) else step.process_name
    elif step.kind == "system":
        who = gettext("系统自动")
    elif step.kind == "rule":
        who = step.words or gettext("按决策表判定")
    elif step.kind == "wait":
        text = _waits(step.name)
    elif step.kind == "end":
        back = step.words == "called"
        text = gettext("返回上级流程") if back else gettext("结案「%(name)s」", name=step.name)
        who = step.name if back else ""
    elif step.kind == "stuck":
        text, who = gettext("流程会停在「%(name)s」", name=step.name), step.words
    elif step.kind == "others":
        text = gettext("等其他步骤都办完")
    return StepWords(kind=step.kind, text=text, who=who)


def _waits(name: str) -> str:
    return name if name.startswith("等") else gettext("等待「%(name)s」", name=name)


def _groups(groups: Iterable[str]) -> str:
    if english():
        return ", ".join(group.replace("_", " ") for group in groups)
    return "、".join(GROUPS.get(group, group) for group in groups)


# --- conditions ----------------------------------------------------------------------------------


def _said(source: str, names: frozenset[str], labels: Labels) -> str:
    try:
        return _node(parse_expression(source, names, frozenset()), labels) or ""
    except FeelSyntaxError:
        return ""


def _node(node: Any, labels: Labels, *, negated: bool = False) -> str | None:
    match node:
        case tree.Logic(operator=operator, parts=parts) if len(parts) <= _MOST_PARTS:
            said = [_node(part, labels, negated=negated) for part in parts]
            both = (operator == "and") is not negated
            return None if None in said else (gettext("且") if both else gettext("或")).join(map(str, said))
        case tree.Comparison(operator=operator, left=left, right=tree.Constant() as right):
            return _compared(_OPPOSITE[operator] if negated else operator, left, right.value, labels)
        case tree.Call(function=tree.Name(name="not"), arguments=(inner,)):
            return _node(inner, labels, negated=not negated)
        case tree.Name() | tree.Path():
            return _compared("=", node, not negated, labels)
        case _:
            return None


def _compared(operator: str, left: Any, value: Any, labels: Labels) -> str | None:
    name = _variable(left)
    if name is None:
        return _counted(operator, left, value, labels)
    label = labels.name(name)
    if label == name:  # nobody has a word for it
        return None
    if value is None:
        return gettext("%(label)s未填", label=label) if operator == "=" else gettext("%(label)s已填", label=label)
    if isinstance(value, bool):
        shown = labels.value(name, value if operator == "=" else not value)
        return gettext("%(label)s:%(value)s", label=label, value=words.value(shown))
    if operator == "!=" and value == Decimal(0):
        return gettext("有%(label)s", label=label)
    shown = words.named_value(labels.value(name, value), name)
    return f"{label} {_SIGNS[operator]() % {'value': shown}}"


def _counted(operator: str, left: Any, value: Any, labels: Labels) -> str | None:
    """``count(list) = 0``: there is none."""
    match left:
        case tree.Call(function=tree.Name(name="count"), arguments=(inner,)) if value == Decimal(0):
            name = _variable(inner)
            label = None if name is None else labels.name(name)
            if label is None or label == name or operator not in ("=", "!=", ">"):
                return None
            return gettext("没有%(label)s", label=label) if operator == "=" else gettext("有%(label)s", label=label)
    return None


def _variable(node: Any) -> str | None:
    match node:
        case tree.Name(name=name):
            return str(name)
        case tree.Path(source=tree.Name(), name=name):
            return str(name)
    return None
