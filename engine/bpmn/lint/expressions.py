"""Rules on FEEL and mappings: whatever a diagram computes parses, and writes where it may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from engine import feel
from engine.bpmn.lint.diagram import Diagram, Thing
from engine.bpmn.lint.rule import Rule, error, is_hidden, warning
from engine.bpmn.lint.texts import Text, texts_of
from engine.bpmn.lint.tree import Element, bpmn_children, first_zeebe, zeebe, zeebe_within
from engine.bpmn.lint.world import World
from engine.errors import FeelError, FeelSyntaxError
from engine.feel.static import StaticFinding, describe
from engine.model import CASE_FACTS, Finding, Severity, Value

SYNTAX = error(
    "feel.syntax",
    "{it}的{place_zh}不是正确的 FEEL 表达式,第 {position} 个字符处{problem_zh}:{source}",
    "{place_en} of {it} is no FEEL expression, {problem_en} at character {position}: {source}",
)
NOT_AN_EXPRESSION = error(
    "feel.no_equals_sign",
    "{it}的{place_zh}必须以 = 开头,才会作为 FEEL 表达式计算:{source}",
    "{place_en} of {it} must begin with = to be computed as FEEL: {source}",
)
STATIC = warning(
    "feel.static",
    "{it}的{place_zh}:{problem_zh}(第 {position} 个字符):{source}",
    "{place_en} of {it}, at character {position}: {problem_en} In {source}",
)
EMPTY = error(
    "feel.empty",
    "{it}的{place_zh}是空的;请填写。",
    "{place_en} of {it} is empty; fill it in.",
)
CONSTANT_TEXT = warning(
    "mapping.constant_text",
    '{it}的{place_zh}没有以 = 开头,会把「{source}」原样作为文字;若是表达式请加上 =,若是文字请写成 ="…"。',
    "{place_en} of {it} does not begin with =, so {source} itself becomes the value; put = before it.",
)
BAD_TARGET = error(
    "mapping.target",
    "{it}把结果写入「{target}」,但这不是正确的变量名;请改用字母、数字和下划线。",
    "{it} writes to {target}, which is no name of a variable; use letters, digits and underscores.",
)
READ_ONLY = error(
    "mapping.read_only",
    "{it}把结果写入「{target}」,但它是平台的只读信息;请换一个变量名。",
    "{it} writes to {target}, which is a read-only fact of the platform; choose another name.",
)

#: What is known of longer texts is not kept.
LONG: Final = 2_000
#: Expressions that may take many steps are not worked out while linting.
_REPEATS: Final = re.compile(r"\b(for|some|every|function)\b|\.\.")
#: Texts that become a value as they stand.
_ASSIGNED: Final = ("An input mapping", "An output mapping", "The assignment")
_NAME: Final = re.compile(r"[^\W\d]\w*\Z")


def check_expressions(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report every FEEL text that does not parse, is empty, or lacks the = that makes it one."""
    for text in texts_of(diagram):
        words = {"place_zh": text.zh, "place_en": text.en}
        if not text.text.removeprefix("=").strip():
            if text.must or text.text:
                yield EMPTY.on(text.owner, **words)
        elif text.text.startswith("="):
            try:
                feel.compile_expression(text.text[1:])
            except FeelSyntaxError as problem:
                words |= {"problem_zh": problem.problem_zh, "problem_en": problem.problem}
                yield SYNTAX.on(text.owner, position=problem.position + 2, source=text.text, **words)
            else:
                yield from _static(text)
        elif text.must:
            yield NOT_AN_EXPRESSION.on(text.owner, source=text.text, **words)
        elif text.en in _ASSIGNED:
            yield CONSTANT_TEXT.on(text.owner, source=text.text, **words)


def _static(text: Text) -> Iterator[Finding]:
    """What is certain to go wrong whatever the variables hold."""
    look = _certain if len(text.text) < LONG else _certain.__wrapped__
    for problem in look(text.text[1:]):
        words = {"place_zh": text.zh, "place_en": text.en, "source": text.text}
        yield _saying(problem).on(text.owner, position=problem.span[0] + 2, **words)


@lru_cache(maxsize=4096)
def _certain(source: str) -> tuple[StaticFinding, ...]:
    """Kept, since the same file is looked at again and again while somebody edits it."""
    try:
        findings = describe(source).findings
    except FeelSyntaxError:  # it compiles, but is nested too deep to be looked into
        return ()
    return tuple(problem for problem in findings if problem.severity is Severity.ERROR)


def _saying(problem: StaticFinding) -> Rule:
    """The rule with the problem's sentences in it: as words of the rule they would be cut short."""
    zh, en = (
        "".join(f"[U+{ord(letter):04X}]" if is_hidden(letter) else letter for letter in sentence)
        .replace("{", "{{")
        .replace("}", "}}")
        for sentence in (problem.zh.removesuffix("。"), problem.en)
    )
    return replace(STATIC, zh=STATIC.zh.replace("{problem_zh}", zh), en=STATIC.en.replace("{problem_en}", en))


def constant(text: str) -> Value:
    """Value of a text that reads nothing from the case: a literal, or FEEL without names; None when it is not so."""
    if not text.startswith("="):
        return text
    if _REPEATS.search(text):
        return None
    try:
        expression = feel.compile_expression(text[1:])
        return None if expression.names else expression(lambda _name: None)
    except FeelError:
        return None


def check_targets(diagram: Diagram, _world: World) -> Iterator[Finding]:
    """Report mappings, result variables and loops that write where nothing can be written."""
    for it in (*diagram.nodes.values(), *diagram.global_tasks.values()):
        for target in targets(it.element):
            yield from check_target(it, target)
    for node in diagram.nodes.values():
        for loop in node.loops:
            for extension in zeebe(loop, "loopCharacteristics"):
                names = (extension.get(attribute) for attribute in ("inputElement", "outputCollection"))
                yield from (finding for name in names if name is not None for finding in check_target(node, name))
            for item in bpmn_children(loop, "inputDataItem", "outputDataItem"):
                yield from check_target(node, item.get("name") or item.get("id") or "")
    for tag, prefix in (("message", "msg_"), ("signal", "sig_")):
        for found in diagram.roots(tag):
            if found.name.removeprefix(prefix) in (*CASE_FACTS, "case"):
                yield READ_ONLY.on(found, target=found.name.removeprefix(prefix))


def check_target(it: Thing, target: str) -> Iterator[Finding]:
    """Report a name that no variable may have, or that may only be read."""
    if target.split(".")[0] in (*CASE_FACTS, "case"):
        yield READ_ONLY.on(it, target=target)
    elif not _NAME.match(target):
        yield BAD_TARGET.on(it, target=target or "-")


def targets(element: Element) -> Iterator[str]:
    """Names into which its mappings, script and decision write, as written."""
    for mapping in zeebe_within(element, "ioMapping", "input", "output"):
        yield (mapping.get("target") or "").strip()
    for tag in ("script", "calledDecision"):
        extension = first_zeebe(element, tag)
        if extension is not None:
            yield (extension.get("resultVariable") or "").strip()
