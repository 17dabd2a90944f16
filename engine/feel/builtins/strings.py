"""Built-in functions on texts (DMN 1.5 §10.3.4.3); positions count characters from 1."""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

from engine.feel.builtins import regex
from engine.feel.builtins.registry import builtin
from engine.feel.limits import MAX_TEXT, Run, check_text
from engine.feel.values.numbers import whole


@builtin("substring", "string: string, start position: number, length?: number!")
def _substring(run: Run, string: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = whole(start.to_integral_value("ROUND_DOWN")) if start.adjusted() < 15 else None
    if first is None or first == 0 or abs(first) > len(string):
        return None
    begin = first - 1 if first > 0 else len(string) + first
    if length is None:
        return string[begin:]
    if length < 1:
        return None
    return string[begin : begin + int(min(length, Decimal(len(string))))]


@builtin("string length", "string: string")
def _length(run: Run, string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case", "string: string")
def _upper(run: Run, string: str) -> str:
    return check_text(string.upper())


@builtin("lower case", "string: string")
def _lower(run: Run, string: str) -> str:
    return check_text(string.lower())


@builtin("substring before", "string: string, match: string")
def _before(run: Run, string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string, match: string")
def _after(run: Run, string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@builtin("replace", "input: string, pattern: string, replacement: string, flags?: string!")
def _replace(run: Run, string: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    text = regex.replaced(run, string, pattern, replacement, flags or "")
    return None if text is None else check_text(text)


@builtin("matches", "input: string, pattern: string, flags?: string!")
def _matches(run: Run, string: str, pattern: str, flags: str | None = None) -> bool | None:
    return regex.matches(run, string, pattern, flags or "")


@builtin("contains", "string: string, match: string")
def _contains(run: Run, string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string: string, match: string")
def _starts(run: Run, string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends(run: Run, string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("split", "string: string, delimiter: string")
def _split(run: Run, string: str, delimiter: str) -> list[str] | None:
    return regex.split(run, string, delimiter)


@builtin(
    "string join", "list: list, delimiter?: string!", "list: list, delimiter: string!, prefix: string!, suffix: string!"
)
def _join(
    run: Run, items: list[Any], delimiter: str | None = None, prefix: str | None = None, suffix: str | None = None
) -> str | None:
    if not all(item is None or isinstance(item, str) for item in items):
        return None
    texts = [item for item in items if item is not None]
    run.charge(len(items))
    between = delimiter or ""
    if sum(map(len, texts)) + len(between) * (len(texts) - 1) > MAX_TEXT:
        check_text(" " * (MAX_TEXT + 1))  # before the text is made
    return check_text((prefix or "") + between.join(texts) + (suffix or ""))


@builtin("trim", "string: string")
def _trim(run: Run, string: str) -> str:
    return string.strip()


@builtin("is blank", "string: string")
def _is_blank(run: Run, string: str) -> bool:
    return not string.strip()


@builtin("extract", "string: string, pattern: string", "input: string, pattern: string")
def _extract(run: Run, string: str, pattern: str) -> list[str] | None:
    return regex.extracted(run, string, pattern)


@builtin("to base64", "value: string")
def _to_base64(run: Run, value: str) -> str | None:
    try:
        return check_text(b64encode(value.encode()).decode())
    except UnicodeEncodeError:  # a lone surrogate is no character
        return None
