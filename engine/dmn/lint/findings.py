"""A finding of a decision file: rule, element, a sentence in each language."""

from __future__ import annotations

import unicodedata
from typing import Final

from engine.errors import DecisionError, FeelSyntaxError
from engine.model import Finding, Severity

_LONGEST: Final = 600
_LONGEST_TEXT: Final = 80
#: Characters that a page or a terminal does not show, or obeys.
_HIDDEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def told(sentence: str) -> str:
    """A sentence on one line, without hidden characters, and no longer than somebody reads."""
    shown = "".join(
        f"[U+{ord(each):04X}]" if unicodedata.category(each) in _HIDDEN else each for each in sentence[: _LONGEST + 1]
    )
    return shown if len(sentence) <= _LONGEST else f"{shown[:_LONGEST]}…"


def error(rule: str, element: str | None, zh: str, en: str, file: str) -> Finding:
    """What refuses a deployment."""
    return Finding(rule=rule, severity=Severity.ERROR, element=element, zh=told(zh), en=told(en), file=file)


def warning(rule: str, element: str | None, sentence: tuple[str, str], file: str) -> Finding:
    """What lets a deployment pass but tells its owner; the sentence in Chinese and English."""
    zh, en = sentence
    return Finding(rule=rule, severity=Severity.WARNING, element=element, zh=told(zh), en=told(en), file=file)


def broken(element: str, problem: DecisionError, file: str) -> Finding:
    """An element that cannot be evaluated, with what its loading said."""
    return error("dmn.feel", element, problem.message_zh, f"{problem}.", file)


def no_feel(element: str, where: tuple[str, str], problem: FeelSyntaxError, file: str) -> Finding:
    """A text that does not parse; ``where``: the place in Chinese and in English."""
    zh, en = where
    text, at = problem.source[:_LONGEST_TEXT], problem.position + 1
    return error(
        "dmn.feel", element, f"{zh}的表达式 {text} 第 {at} 个字符处{problem.problem_zh}。",
        f"The expression {text} of {en}: {problem.problem} at character {at}.", file,
    )  # fmt: skip
