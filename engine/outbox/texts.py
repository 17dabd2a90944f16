"""Texts to customers, couriers and staff: templates with ``{name}`` filled in as a person would write it.

``{rate:%}`` shows 0.1 as 10%. ``{{`` and ``}}`` stand for one brace; what is filled in is never read as a template
again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Final

from engine.clock import SHANGHAI
from engine.feel.values import YearMonthDuration, narrow
from engine.labels import NO, YES, Labels
from engine.model import Finding, Severity, Value, is_file

#: What an empty value reads.
EMPTY: Final = "暂无"
MAX_LENGTH: Final = 2000
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")
#: Behind a name: the number is a share, to be shown in per cent.
_SHARE: Final = ":%"
#: How a text to a customer begins (003 「使用规范问候语」): by name or form of address, or with a greeting.
_GREETING = re.compile(r"^(亲|您好|你好|早上好|上午好|中午好|下午好|晚上好|尊敬的|感谢|[^,,。!!\n]{1,12}(先生|女士))")
_TO_CUSTOMERS: Final = re.compile(r"^T[0-9A-Z]")
#: Characters that turn the reading direction, or show nothing.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def render(text: str, variables: Mapping[str, Value], labels: Labels) -> str:
    """Fill in a template.

    Args:
        text: with ``{name}`` or ``{context.name}``.
        variables: what the names stand for; absent and empty ones read 暂无.
        labels: Chinese labels of enumeration values; personal data are masked.
    """

    def fill(inside: str) -> str:
        name, share = _name_and_format(inside)
        path = name.split(".")
        value: Value = variables
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        last = path[-1]
        if labels.is_personal(last):
            return say(labels.masked(last, value))
        if share and isinstance(value, Decimal | int) and not isinstance(value, bool):
            return _number(Decimal(value) * 100) + "%"
        return say(labels.value(last, value))

    return _filled(text, fill)


def replaced(text: str, word: Callable[[str], str]) -> str:
    """The template with a word in the place of each placeholder, by its name."""
    return _filled(text, lambda inside: word(_name_and_format(inside)[0]))


def _filled(text: str, fill: Callable[[str], str]) -> str:
    def part(match: re.Match[str]) -> str:
        inside = match.group(1)
        return match.group()[0] if inside is None else fill(inside)

    return _PART.sub(part, text)


def say(value: Value) -> str:
    """A value as text for people: no exponents, local times, lists joined by 、."""
    if value is None or value == "" or value == [] or value == {}:
        return EMPTY
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Decimal | int):
        return _number(Decimal(value))
    if isinstance(value, list | tuple):
        return "、".join(say(item) for item in value)
    if is_file(value):
        return str(value["name"])
    if isinstance(value, Mapping):
        return "、".join(say(item) for item in value.values())
    value = narrow(value)  # nobody reads nanoseconds; what is beyond the calendar reads as its FEEL text
    return _moment(value) if isinstance(value, date | time | timedelta | YearMonthDuration) else str(value)


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: date | time | timedelta | YearMonthDuration) -> str:
    if isinstance(value, datetime):
        local = value if value.tzinfo is None else value.astimezone(SHANGHAI)
        return local.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return _duration(value)
    years, months = divmod(abs(value.months), 12)
    return (f"{years}年" if years else "") + (f"{months}个月" if months or not years else "")


def _duration(value: timedelta) -> str:
    minutes = abs(value) // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((days, "天"), (hours, "小时"), (minutes, "分"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0分"


def placeholders(text: str) -> tuple[str, ...]:
    """The names between braces, in order, each once and without its format; malformed ones too."""
    found = (match.group(1) for match in _PART.finditer(text))
    return tuple(dict.fromkeys(_name_and_format(name)[0] for name in found if name is not None))


def _name_and_format(inside: str) -> tuple[str, bool]:
    """The name between braces, and whether it is shown in per cent."""
    name = inside.strip()
    return name.removesuffix(_SHARE).strip(), name.endswith(_SHARE)


def check_template(data: bytes, file: str, known: Iterable[str] | None = None) -> list[Finding]:
    """What is wrong with a template's file.

    Args:
        data: the file, UTF-8.
        file: its name, for the findings.
        known: variables that the processes have; a placeholder beyond them reads 暂无 for ever. None: not asked.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return [_error("encoding", file, "话术文件须为 UTF-8 编码。", "The file must be UTF-8.")]
    findings = [_error(rule, file, zh, en) for rule, broken, zh, en in _rules(text) if broken]
    names = placeholders(text)
    findings += [
        _error("placeholder", file, f"占位符“{name[:40]}”不是变量名。", f"The placeholder {name[:40]!r} is no name.")
        for name in names
        if not _NAME.match(name)
    ]
    if _TO_CUSTOMERS.match(PurePath(file).stem) and text.strip() and not _GREETING.match(text.strip()):
        findings.append(_ungreeted(file))
    if known is not None:
        variables = frozenset(known)
        well_formed = [name for name in names if _NAME.match(name)]
        findings += [_unknown(name, file) for name in well_formed if name.split(".")[0] not in variables]
    return findings


def _rules(text: str) -> tuple[tuple[str, bool, str, str], ...]:
    """Rule, whether the text breaks it, and the sentence in both languages."""
    control = _HIDDEN.search(text) is not None or any(
        unicodedata.category(char) == "Cc" and char not in "\r\n\t" for char in text
    )
    lonely = any(match.group() in ("{", "}") for match in _PART.finditer(text))
    return (
        ("empty", not text.strip(), "话术内容为空。", "The template is empty."),
        (
            "length",
            len(text) > MAX_LENGTH,
            f"话术超过 {MAX_LENGTH} 字。",
            f"The template is longer than {MAX_LENGTH} characters.",
        ),
        ("hidden", control, "话术含有不可见的控制字符,请删除。", "The template holds invisible control characters."),
        (
            "braces",
            lonely,
            "花括号不成对;要显示花括号请写 {{ 或 }}。",
            "A brace has no partner; write {{ or }} to show one.",
        ),
    )


def _unknown(name: str, file: str) -> Finding:
    return Finding(
        rule="template.unknown",
        severity=Severity.WARNING,
        element=None,
        zh=f"没有流程使用变量“{name}”,此处将始终显示“{EMPTY}”。",
        en=f"No process has the variable {name!r}; it will always read {EMPTY}.",
        file=file,
    )


def _ungreeted(file: str) -> Finding:
    return Finding(
        rule="template.greeting",
        severity=Severity.WARNING,
        element=None,
        zh="发给客户的话术请以问候或称呼开头,如“亲,您好!”(003:使用规范问候语)。",
        en="A text to a customer should open with a greeting or a form of address, e.g. 亲,您好!",
        file=file,
    )


def _error(rule: str, file: str, zh: str, en: str) -> Finding:
    return Finding(rule=f"template.{rule}", severity=Severity.ERROR, element=None, zh=zh, en=en, file=file)
