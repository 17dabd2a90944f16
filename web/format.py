"""How times, money and values read on a page, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Flask
from markupsafe import Markup

from engine import masking
from engine.clock import SHANGHAI
from engine.feel.values import YearMonthDuration, narrow
from engine.model import Value
from web.i18n import english, gettext
from web.wiring import parts

_FILE = r"\d{3}_[0-9a-f]{8,}\.txt"
#: 来源:<file>,<chapter>,Q<n>: before the document's sentence, or the whole of it up to the full stop.
_SOURCE = re.compile(rf"来源:{_FILE}(?:,[^「。]*)?(?:。|(?=「)|$)")
#: 另据 <file>: and 001: within a sentence.
_CITATION = re.compile(rf"(?:另据\s*)?{_FILE}[::]?\s*|\b\d{{3}}[::](?=「)")
_MARK = re.compile(r"^(?:ADDED|说明)[::]\s*|\(ADDED\)")


def local(instant: datetime) -> datetime:
    """An instant on the clock of the shop; a naive one is the shop's already."""
    return instant.replace(tzinfo=SHANGHAI) if instant.tzinfo is None else instant.astimezone(SHANGHAI)


def exact(instant: datetime) -> str:
    """2026-11-21 15:40:07, for titles and for auditors."""
    return f"{local(instant):%Y-%m-%d %H:%M:%S}"


def moment(instant: datetime, now: datetime) -> str:
    """今天 15:40, 昨天 09:05, 11月21日 15:40, with the year where it is another one."""
    there, here = local(instant), local(now)
    days = (there.date() - here.date()).days
    clock = f"{there:%H:%M}"
    near = {0: gettext("今天"), 1: gettext("明天"), -1: gettext("昨天")}
    if days in near:
        return f"{near[days]} {clock}"
    return f"{calendar_day(there.date(), here.date())} {clock}"


def calendar_day(day: date, today: date) -> str:
    """11月21日, or 2025年11月21日 of another year."""
    if english():
        return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


def duration(span: timedelta) -> str:
    """3小时20分, 2天4小时, 刚刚 under a minute; the two greatest units, of the absolute length."""
    minutes = int(abs(span).total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [
        (days, gettext("%(n)s天", n=days)),
        (hours, gettext("%(n)s小时", n=hours)),
        (minutes, gettext("%(n)s分", n=minutes)),
    ]
    while units and not units[0][0]:
        units.pop(0)
    if not units:
        return gettext("不到1分")
    return (" " if english() else "").join(text for count, text in units[:2] if count)


def money(amount: Decimal | int) -> str:
    """¥1,234.50."""
    return f"¥{Decimal(amount):,.2f}"


def number(value: Decimal | int) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value(item: Value) -> str:
    """Any FEEL value as a person reads it; nothing is 空."""
    if item is None or item == "":
        return gettext("空")
    if isinstance(item, bool):
        return gettext("是") if item else gettext("否")
    if isinstance(item, Mapping) and isinstance(item.get("name"), str) and "quantity" in item:
        return f"{item['name']} ×{value(item['quantity'])}"  # a line of an order
    if isinstance(item, Mapping):
        return ";".join(f"{key}: {value(inner)}" for key, inner in item.items()) or gettext("空")
    if isinstance(item, list | tuple):
        return "、".join(value(inner) for inner in item) or gettext("空")
    return _scalar(item)


def named_value(item: Value, name: str) -> str:
    """The value of a variable as a person reads it: an amount is money."""
    if "amount" in name and isinstance(item, Decimal | int) and not isinstance(item, bool):
        return money(item)
    return value(item)


def reason(documentation: str | None) -> str:
    """An element's documentation for who works with it: the document's sentences and ours, without where they stand.

    Owners and auditors read in the diagram which file and question a sentence comes from; agents need the sentence.
    """
    lines = (_without_source(line.strip()) for line in (documentation or "").splitlines())
    return "\n".join(line for line in lines if line)


def _without_source(line: str) -> str:
    text = _SOURCE.sub("", line)
    text = _CITATION.sub("", text)
    text = _MARK.sub("", text)
    return text.strip()


def _scalar(item: Value) -> str:
    item = narrow(item)  # nobody reads nanoseconds; what is beyond the calendar reads as its FEEL text
    match item:
        case Decimal() | int():
            return number(item)
        case datetime():
            return f"{local(item):%Y-%m-%d %H:%M}"
        case date():
            return item.isoformat()
        case time():
            return f"{item:%H:%M}"
        case timedelta():
            return ("-" if item < timedelta(0) else "") + duration(item)
        case YearMonthDuration():
            return str(item)
        case _:
            return str(item)


def when(instant: datetime | None) -> Markup:
    """A ``<time>`` with the exact instant on hover; nothing for None."""
    if instant is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local(instant).isoformat(timespec="seconds"), exact(instant), moment(instant, parts().clock.now())
    )


def age(instant: datetime) -> Markup:
    """How long ago, with the exact instant on hover."""
    span = parts().clock.now() - instant
    text = duration(span) if span >= timedelta(minutes=1) else gettext("刚刚")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local(instant).isoformat(timespec="seconds"), exact(instant), text
    )


def due(instant: datetime | None) -> Markup:
    """The due clock of a task: grey, amber under an hour, red past it; always sign and word."""
    if instant is None:
        return Markup("")
    left = instant - parts().clock.now()
    if left < timedelta(0):
        kind, text = "late", gettext("超时%(span)s", span=duration(left))
    elif left < timedelta(hours=1):
        kind, text = "soon", gettext("剩%(span)s", span=duration(left))
    else:
        kind, text = "plain", gettext("剩%(span)s", span=duration(left))
    return Markup('<span class="sign sign-{}" title="{}">{}</span>').format(
        kind, gettext("截止 %(at)s", at=exact(instant)), text
    )


def install(app: Flask) -> None:
    """Give the templates these words."""
    filters: dict[str, Any] = {
        "when": when, "age": age, "due": due, "exact": exact, "money": money, "value": value, "span": duration,
        "number": number, "masked": partial(masking.mask, ""), "named_value": named_value, "reason": reason,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
