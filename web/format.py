"""How times, money and values read on a page, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from engine import masking
from engine.access import GROUPS
from engine.clock import SHANGHAI
from engine.feel.values import YearMonthDuration, narrow
from engine.model import Value, is_file
from engine.queries.due import DueView
from web.form_files import FileView, files_of
from web.i18n import english, gettext, listed
from web.wiring import parts

_FILE = r"\d{3}_[0-9a-f]{8,}\.txt"
#: 来源:<file>,<chapter>,Q<n>: before the document's sentence, or the whole of it up to the full stop.
_SOURCE = re.compile(rf"来源[::]?\s*{_FILE}(?:[,::][^「。]*)?(?:。|(?=「)|$)")
#: A chart and its lines, F37(L292–293), or lines alone.
_PLACE = r"(?:F\d+)?[\uff08(]L\d+(?:[–-]L?\d+)?[\uff09)]"
#: 另据 <file>: and 001: within a sentence; a second chart, or lines, behind it.
_CITATION = re.compile(
    rf"(?:另据|依据)?\s*{_FILE}(?:[,\uff0c]\s*{_PLACE}。?)?[:\uff1a]?\s*"
    rf"|[;\uff1b]?{_PLACE}[:\uff1a]?\s*|\b\d{{3}}[:\uff1a](?=「)|(?:\b\d{{3}} )?\bL\d+(?=「| )\s*"
)
_NUMBER = re.compile(r"(?<!\w)(?<!\d\.)\d+(?:\.\d+)?(?!\w)")
_NOT = re.compile(r"^\s*not\((.*)\)\s*$", re.DOTALL)
#: Larger numbers are written as they are.
_MOST_DIGITS = 20
_MARK = re.compile(r"^(?:ADDED|说明)[::]\s*|\(ADDED\)|\bADDED[,,::]?\s*")


def local(instant: datetime) -> datetime:
    """An instant on the clock of the shop; a naive one is the shop's already."""
    return instant.replace(tzinfo=SHANGHAI) if instant.tzinfo is None else instant.astimezone(SHANGHAI)


def exact(instant: datetime) -> str:
    """2026-11-21 15:40:07, for titles and for auditors."""
    return local(instant).replace(microsecond=0, tzinfo=None).isoformat(sep=" ")


def moment(instant: datetime, now: datetime) -> str:
    """今天 15:40, 昨天 09:05, 11月21日 15:40, with the year where it is another one."""
    there, here = local(instant), local(now)
    days = (there.date() - here.date()).days
    clock = f"{there:%H:%M}"
    if -1 <= days <= 1:
        near = {0: gettext("今天"), 1: gettext("明天"), -1: gettext("昨天")}
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
    if not (days or hours or minutes):
        return gettext("不到1分")
    found = [gettext("%(n)s天", n=days)] if days else []
    found += [gettext("%(n)s小时", n=hours)] if hours else []
    found += [gettext("%(n)s分", n=minutes)] if minutes and not days else []
    return (" " if english() else "").join(found)


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
    if is_file(item):
        return str(item["name"])
    if isinstance(item, Mapping) and isinstance(item.get("name"), str) and "quantity" in item:
        return f"{item['name']} ×{value(item['quantity'])}"  # a line of an order
    if isinstance(item, Mapping):
        between = "; " if english() else ";"
        return between.join(f"{key}: {value(inner)}" for key, inner in item.items()) or gettext("空")
    if isinstance(item, list | tuple):
        return listed(value(inner) for inner in item) or gettext("空")
    return _scalar(item)


def percent(share: Decimal | int) -> str:
    """0.153333 → 15.33 %: at most two digits behind the point."""
    hundredfold = Decimal(share) * 100
    if hundredfold.is_finite() and hundredfold.adjusted() < _MOST_DIGITS:
        hundredfold = hundredfold.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{number(hundredfold)} %"


def is_share(name: str) -> bool:
    """Whether a variable of this name is a part of a whole: comp_ratio, discount_rate."""
    return name.endswith(("_ratio", "_rate"))


def named_value(item: Value, name: str) -> str:
    """The value of a variable as a person reads it: an amount is money, a ratio or a rate is a percentage."""
    if isinstance(item, Decimal | int) and not isinstance(item, bool):
        if "amount" in name:
            return money(item)
        if is_share(name):
            return percent(item)
    return value(item)


def rule_cell(cell: str, name: str) -> str:
    """A condition of a decision table as a person reads it: ≤ 30 %, 不是 “协商”."""
    text = cell.replace("<=", "≤").replace(">=", "≥")
    if is_share(name):
        text = _NUMBER.sub(lambda found: percent(Decimal(found[0])), text)
    return _NOT.sub(lambda found: gettext("不是 %(values)s", values=found[1]), text)


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
        case "是" | "否":  # how a form says true and false
            return gettext(str(item))
        case _:
            return str(item)


def when(instant: datetime | None) -> Markup:
    """A ``<time>`` with the exact instant on hover; nothing for None."""
    if instant is None:
        return Markup("")
    return _time(instant, moment(instant, parts().clock.now()))


def age(instant: datetime) -> Markup:
    """How long ago, with the exact instant on hover."""
    span = parts().clock.now() - instant
    text = duration(span) if span >= timedelta(minutes=1) else gettext("刚刚")
    return _time(instant, text)


def _time(instant: datetime, text: str) -> Markup:
    """The element; put together by hand, since a list has hundreds and ``Markup.format`` takes ten times as long."""
    there = local(instant)
    stamp, shown = there.isoformat(timespec="seconds"), there.isoformat(sep=" ", timespec="seconds")[:19]
    return Markup(f'<time datetime="{stamp}" title="{shown}">{escape(text)}</time>')  # noqa: S704  # escaped by hand


def due(instant: datetime | None, why: DueView | None = None) -> Markup:
    """The due clock of a task: always sign and word.

    Green, amber from 80 % of its time on, red past it; where nothing says when 80 % are over (timers drawn in the
    diagram remind), grey and amber in the last hour.
    """
    if instant is None:
        return Markup("")
    left = instant - parts().clock.now()
    if left < timedelta(0):
        kind, text = "late", gettext("超时%(span)s", span=duration(left))
    elif is_soon(instant, why, parts().clock.now()):
        kind, text = "soon", gettext("剩%(span)s", span=duration(left))
    else:
        kind = "plain" if why is None or why.remind_at is None else "in-time"
        text = gettext("剩%(span)s", span=duration(left))
    title = gettext("截止 %(at)s", at=exact(instant))
    if why is not None and (words := due_reason(why)):
        title = f"{title} · {words}"
    return Markup(f'<span class="sign sign-{kind}" title="{escape(title)}">{escape(text)}</span>')  # noqa: S704


def is_soon(instant: datetime, why: DueView | None, now: datetime) -> bool:
    """Whether 80 % of the time are over, or the last hour has begun where nothing says when they are."""
    if why is None or why.remind_at is None:
        return instant - now < timedelta(hours=1)
    return now >= why.remind_at


def due_reason(why: DueView) -> str:
    """By what a task is due: 客服主管 4小时,营业时间 9:00–23:30; empty where the diagram says it."""
    if why.group is None or why.duration is None:
        return ""
    group = why.group.replace("_", " ") if english() else GROUPS.get(why.group, why.group)
    span = working_time(why.duration)
    if why.hours:
        return gettext("%(group)s %(span)s,营业时间 %(hours)s", group=group, span=span, hours=why.hours)
    return gettext("%(group)s %(span)s,按工作日历", group=group, span=span)


def working_time(span: timedelta) -> str:
    """A working time in hours and minutes, 24小时 and never 1天: a working day has fewer."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    parts_ = [gettext("%(n)s小时", n=hours)] if hours else []
    parts_ += [gettext("%(n)s分", n=minutes)] if minutes or not hours else []
    return (" " if english() else "").join(parts_)


def install(app: Flask) -> None:
    """Give the templates these words."""
    filters: dict[str, Any] = {
        "when": when, "age": age, "due": due, "exact": exact, "money": money, "value": value, "span": duration,
        "files_of": lambda value: [FileView.of(file) for file in files_of(value)],
        "rule_cell": rule_cell, "percent": percent,
        "number": number, "masked_within": masking.mask_within, "masked": partial(masking.mask, ""),
        "named_value": named_value, "reason": reason,
        "due_reason": due_reason,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
