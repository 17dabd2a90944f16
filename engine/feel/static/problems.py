"""The sentences of the static findings: what is certain to go wrong in an expression, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.feel.syntax.tree import Span
from engine.model import Severity

_LONGEST: Final = 40
_ALIKE: Final = 0.6
_MOST_CANDIDATES: Final = 500

#: Code → the sentence in Chinese and in English. Codes are stable.
SENTENCES: Final = {
    "unknown_name": (
        "没有名为「{name}」的变量{hint_zh}。",
        "There is no variable {name}{hint_en}.",
    ),
    "unknown_function": (
        "没有名为「{name}」的函数,结果总是空值{hint_zh}。",
        "There is no function {name}, so this is always null{hint_en}.",
    ),
    "impure_function": (
        "这里没有函数 {name}:案件必须能原样重算,所以表达式不能每次算出不同的结果。请在流程外生成这个值,作为变量传入。",
        "There is no function {name} here: a case must give the same result when it is executed again. "
        "Make the value outside and pass it in as a variable.",
    ),
    "not_a_function": (
        "{kind_zh}不是函数,不能调用,结果总是空值。",
        "A {kind_en} is no function, so calling it is always null.",
    ),
    "argument_count": (
        "函数 {name} 不能用 {count} 个参数调用,结果总是空值;请写成 {wanted}。",
        "The function {name} does not take {count} arguments, so this is always null; write {wanted}.",
    ),
    "argument_missing": (
        "调用 {name} 时缺少参数「{parameter}」,结果总是空值;请写成 {wanted}。",
        "The call of {name} lacks the argument {parameter}, so this is always null; write {wanted}.",
    ),
    "argument_type": (
        "函数 {name} 的参数「{parameter}」应为{wanted_zh},这里是{kind_zh},结果总是空值。",
        "The argument {parameter} of {name} must be {wanted_en}, here it is {kind_en}, so this is always null.",
    ),
    "unknown_parameter": (
        "函数 {name} 没有名为「{parameter}」的参数,结果总是空值;请写成 {wanted}。",
        "The function {name} has no parameter {parameter}, so this is always null; write {wanted}.",
    ),
    "duplicate_argument": (
        "参数「{parameter}」给了两次,结果总是空值;请只写一次。",
        "The argument {parameter} is given twice, so this is always null; give it once.",
    ),
    "duplicate_parameter": (
        "参数名「{parameter}」重复,后一个会盖住前一个;请换一个名字。",
        "The parameter {parameter} is declared twice, and one hides the other; rename one.",
    ),
    "operands": (
        "{left_zh}与{right_zh}不能用「{sign}」运算,结果总是空值{hint_zh}。",
        "{left_en} {sign} {right_en} is always null{hint_en}.",
    ),
    "null_operand": (
        "用「{sign}」与 null 运算,结果总是空值;判断空值请写「= null」。",
        "{sign} with null is always null; to test for null write '= null'.",
    ),
    "division": (
        "除以 0 的结果总是空值。",
        "A division by 0 is always null.",
    ),
    "comparison": (
        "{left_zh}与{right_zh}不能用「{sign}」比较,两边都有值时结果总是空值{hint_zh}。",
        "{left_en} {sign} {right_en} is always null where both have a value{hint_en}.",
    ),
    "negation": (
        "{kind_zh}前不能加负号,结果总是空值。",
        "A minus before a {kind_en} is always null.",
    ),
    "test_type": (
        "输入是{left_zh},不可能满足{right_zh}的条件。",
        "The input is {left_en}, which never passes a test of {right_en}.",
    ),
    "condition": (
        "条件应为 true 或 false,这里是{kind_zh},所以永远不成立。",
        "The condition must be true or false, here it is {kind_en}, so it never holds.",
    ),
    "filter_condition": (
        "方括号里应是序号或条件,这里是{kind_zh},结果总是空列表。",
        "A filter must be a position or a condition, here it is {kind_en}, so the result is always empty.",
    ),
    "logic": (
        "「{sign}」的两边应为 true 或 false,这里是{kind_zh}。",
        "The operands of '{sign}' must be true or false, here one is {kind_en}.",
    ),
    "unknown_entry": (
        "这个记录里没有「{name}」{hint_zh}。",
        "This context has no entry {name}{hint_en}.",
    ),
    "unknown_component": (
        "{kind_zh}没有「{name}」这个部分,结果总是空值;可用的有:{known}。",
        "A {kind_en} has no component {name}, so this is always null; it has {known}.",
    ),
    "no_components": (
        "{kind_zh}后面不能用「.{name}」取值,结果总是空值。",
        "A {kind_en} has no components, so .{name} is always null.",
    ),
    "at_literal": (
        '@"{text}" 不是日期、时间或时长,结果总是空值;请写成 @"2026-11-22"、@"10:15:00" 或 @"P1DT2H"。',
        '@"{text}" is no date, time or duration, so it is always null; write @"2026-11-22", @"10:15:00" or @"P1DT2H".',
    ),
    "impossible_call": (
        "{call} 的结果总是空值,因为这些值不合函数 {name} 的要求{hint_zh}。",
        "{call} is always null: the function {name} cannot make anything of it{hint_en}.",
    ),
    "pattern": (
        "「{text}」不是可用的正则表达式,{name} 的结果总是空值。",
        "{text} is no regular expression that can be used, so {name} is always null.",
    ),
    "index": (
        "序号 {text} 取不到任何项:第一项是 1,最后一项是 -1。",
        "No item has the position {text}: the first is 1, the last is -1.",
    ),
    "unknown_type": (
        "没有名为「{name}」的类型,结果总是空值{hint_zh}。",
        "There is no type {name}, so this is always null{hint_en}.",
    ),
    "never_instance": (
        "{kind_zh}永远不是 {wanted},结果总是 false。",
        "A {kind_en} is never an instance of {wanted}, so this is always false.",
    ),
    "always_instance": (
        "{kind_zh}总是 {wanted},结果总是 true。",
        "A {kind_en} is always an instance of {wanted}, so this is always true.",
    ),
    "range_ends": (
        "{left_zh}与{right_zh}不能作为一个区间的两端。",
        "{left_en} and {right_en} cannot be the ends of one range.",
    ),
    "iteration": (
        "不能逐个取出{kind_zh},结果总是空值;只能用列表、整数区间或日期区间。",
        "One cannot walk over {kind_en}, so this is always null; use a list or a range of whole numbers or dates.",
    ),
    "external": (
        "外部函数在这里不会执行,调用它总是空值。",
        "An external function is never run here; calling it is always null.",
    ),
}  # fmt: skip
_WARNINGS: Final = frozenset(("never_instance", "always_instance", "external", "duplicate_parameter"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFinding:
    """What is certain about an expression before it runs: a stable code, where, and one sentence in each language."""

    code: str
    severity: Severity
    #: Characters of the source, from and to.
    span: Span
    zh: str
    en: str


def finding(code: str, span: Span, **words: object) -> StaticFinding:
    """The finding with the sentence of its code; words fill the sentence."""
    zh, en = SENTENCES[code]
    shown = {"hint_zh": "", "hint_en": ""} | {name: _shortened(word) for name, word in words.items()}
    severity = Severity.WARNING if code in _WARNINGS else Severity.ERROR
    return StaticFinding(code=code, severity=severity, span=span, zh=zh.format(**shown), en=en.format(**shown))


def _shortened(word: object) -> str:
    text = " ".join(str(word).split())
    return text if len(text) <= 4 * _LONGEST else f"{text[: 4 * _LONGEST]}…"


def quoted(text: str) -> str:
    """A text of the expression, short enough for a sentence."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like a wrong one; None when none is."""
    like = [each for each in known if abs(len(each) - len(name)) <= max(len(each), len(name)) // 2]
    plain = {each.casefold(): each for each in sorted(like, reverse=True)[-_MOST_CANDIDATES:]}
    found = difflib.get_close_matches(name.casefold()[:_LONGEST], sorted(plain), n=1, cutoff=_ALIKE)
    return plain[found[0]] if found else None


def hint(name: str | None) -> dict[str, str]:
    """The words of a sentence that suggest a name instead; none for None."""
    if name is None:
        return {}
    return {"hint_zh": f";可能是想写「{name}」", "hint_en": f"; perhaps {name} is meant"}
