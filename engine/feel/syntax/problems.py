"""What the parser says when a text is no FEEL, in Chinese and English: where, what was expected, what stands there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from engine.errors import FeelSyntaxError
from engine.feel.limits import MAX_DEPTH, MAX_SOURCE
from engine.feel.syntax.tokens import Token

#: What may be expected → how it is called in Chinese and English. A sign or keyword stands for itself.
_WANTED: Final = {
    "value": ("一个值", "a value"),
    "end": ("表达式的结尾", "the end"),
    "name": ("一个名称", "a name"),
    "property": ("「.」后面的名称", "a name after '.'"),
    "type": ("一个类型", "a type"),
    "at": ("@ 后面用引号括起的日期、时间或时长", "a text after @"),
    "range end": ("区间的结尾 ] ) 或 [", "the end of a range"),
    "range sign": ("< <= > >= 或 =", "a range of one side"),
    "argument name": ("参数名:要么全部写参数名,要么都不写", "names for all arguments or for none"),
    "operand": ("另一个值", "a value"),
}
#: Other complaints, which are whole sentences.
_COMPLAINTS: Final = {
    "number": ("数字超出 10^±6144 的范围", "a number must be within 10^±6144"),
    "deep": (f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels"),
    "chain": (f"连写超过 {MAX_DEPTH} 次", f"a chain of more than {MAX_DEPTH} links"),
    "long": (f"长度超过 {MAX_SOURCE} 个字符", f"longer than {MAX_SOURCE} characters"),
    "complex": ("表达式过于复杂,请拆开写", "expected something simpler"),
    "forbidden": ("含有控制字符或残缺的字符", "a control character or a lone surrogate"),
    "surrogate": ("\\u 转义只写了半个字符", "a lone surrogate"),
    "code point": ("\\U 转义超出 10FFFF", "a code point beyond 10FFFF"),
    "null character": ("文字中含有空字符", "a null character"),
    "open text": ("文字缺少右引号", "a text that is not closed"),
    "key": ("键 {it} 重复", "expected another key than {it} again"),
    "full width": ("全角字符 {it},请改用半角", "the full-width character {it}; use the half-width one"),
    "character": ("不认识的字符 {it}", "unexpected character {it}"),
}
_SHOWN: Final = 20
_ALIKE: Final = 0.7


def complaint(source: str, position: int, code: str, it: str = "") -> FeelSyntaxError:
    """A syntax error with one of the fixed sentences."""
    zh, en = (sentence.replace("{it}", it) for sentence in _COMPLAINTS[code])
    return FeelSyntaxError(source, position, en, zh, code=code)


def expected(source: str, token: Token, *wanted: str, hint: tuple[str, str] = ("", "")) -> FeelSyntaxError:
    """A syntax error at a token: one of these was expected there; a hint is added in Chinese and in English."""
    zh = "或".join(_named(each)[0] for each in wanted)
    en = " or ".join(_named(each)[1] for each in wanted)
    found_zh, found_en = _found(token)
    return FeelSyntaxError(
        source, token.start, f"expected {en}, {found_en}{hint[1]}", f"此处应为{zh},{found_zh}{hint[0]}",
        code="expected", expected=wanted,
    )  # fmt: skip


def unknown_words(words: str, known: Iterable[str]) -> tuple[str, str]:
    """The hint where two names follow each other: together they are no name, perhaps another one is meant."""
    near = difflib.get_close_matches(words, list(known), 1, _ALIKE)
    zh, en = f";没有名为「{words}」的名称", f"; no name {words!r} is known"
    return (f"{zh},您是否想写「{near[0]}」", f"{en}, did you mean {near[0]!r}") if near else (zh, en)


def _named(wanted: str) -> tuple[str, str]:
    return _WANTED.get(wanted, (f"「{wanted}」", f"'{wanted}'"))


def _found(token: Token) -> tuple[str, str]:
    if token.kind == "end":
        return "但表达式到此结束", "but the expression ends"
    shown = token.source if len(token.source) <= _SHOWN else f"{token.source[:_SHOWN]}…"
    return f"却是「{shown}」", f"found {shown!r}"
