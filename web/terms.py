"""What the engine words by itself – indicators, reasons, periods, kinds – in the page's language.

Names of processes, steps, fields and scripts are the shop's own and stay as the shop wrote them; these are the
product's. Their English stands in ``terms.po``; what is put together at run time is taken apart by its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from babel.support import NullTranslations, Translations
from flask import Flask

from engine import access, shop
from engine.kpi import defaults, figures, scores
from engine.kpi.facts.catalogue import FACTS
from engine.kpi.indicators import GROUPS, INDICATORS
from engine.quality import causes, feedback, survey
from engine.quality import words as quality
from engine.roster import absences, checks
from engine.scripts import filling, flag_notes
from engine.scripts.model import CONDITIONS
from engine.wording.words import CONTEXTS
from web.i18n import english

_TRANSLATIONS: Final = Path(__file__).parent / "translations"
_PERIOD: Final = re.compile(
    r"(?P<year>\d{4})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?"
    r"|第(?P<week>\d{1,2})周(?:[\uff08(](\d{1,2})月(\d{1,2})日–(\d{1,2})月(\d{1,2})日[\uff09)])?)"
)
_INDICATOR: Final = re.compile("([KM]\\d+[a-z]?) ((.+?)(?:[:\uff1a](.+))?)", re.DOTALL)
#: Both widths of a sign are one.
_SIGNS: Final = {":": "[:\uff1a]", ",": "[,\uff0c]", ";": "[;\uff1b]", "(": "[(\uff08]", ")": "[)\uff09]"}
_MOST: Final = 2_000

_GROUP_IDS: Final = {name: group for group, name in access.GROUPS.items()}
_GROUPS: Final = re.compile("(.+)[(\uff08]((?:{0})(?:、(?:{0}))*)[)\uff09]".format("|".join(_GROUP_IDS)), re.DOTALL)

#: Sentences of the engine that stand in none of its tables.
SAID: Final = (
    "系统",
    "本人",
    "本组",
    "全店",
    "出厂设置",
    "评分",
    "暂定",
    "按全店统计",
    "按月统计",
    "按月评分",
    "期间还没有开始",
    "有人缺少成交数据",
    "分母为 0",
    "问卷只有全店的数",
    "问卷按月统计",
    "没有目标",
    "该公式不乘佣金",
    "佣金系数未启用,按 1 计",
    "元",
    "待填",
    "已过的班次",
    "已结工单的步骤",
    "未完任务",
    "工单号",
    "流程",
    "业务号",
    "结果",
    "客户ID",
    "外发消息",
    "备注",
    "备注旗子",
    "规则的内容不完整。",
    "须为 1 秒到 7 天。",
    "没有这个指标的目标。",
    "底线和目标都须填数字。",
    "目标不能与底线相同。",
    "该指标越高越好,目标须大于底线。",
    "该指标越低越好,目标须小于底线。",
    "缺少该类型的权重。",
    "权重须为 0 到 1 的数字。",
    "有不能计分的指标。",
    "起点和系数须为不小于 0 的数字。",
    "第一档须从 0 开始。",
    "各档的起点须从低到高,不能重复。",
    "这一行没有数字",
    "缺少日期",
    "不是日期,请写成 2026-11-21",
    "日期还没有到",
    "年份不对",
    "缺少客服",
    "全店的数据须由部门经理导入",
    "不是您组里的客服,须由其主管或部门经理导入",
    "不是数字",
    "须为 0 到 10 亿之间的数字",
    "最多两位小数",
    "须为整数",
    "第一条消息以问候语开头",
    "第一条消息没有问候语",
    "消息里有称呼",
    "消息里没有称呼",
    "最后一条消息有结束语",
    "最后一条消息没有结束语",
    "这类工单一般不需要安抚",
    "第一条消息先安抚",
    "第一条消息没有安抚的话",
    "消息里没有禁用语",
    "消息里没有承诺词",
    "处理结果已填",
    "没有另填处理结果",
    "日期不存在,请写成 月.日,如 8.28。",
    "备注须以【开头、以】结尾。",
    "请在商品后写逗号和差价,没有差价写“,无差价”。",
    "末尾须是空格、客服简称(1–4 字)、斜杠和日期,如“ 婷/8.28”。",
    "日期须写成 月.日,不补零,如 8.28。",
    "逗号前的商品最多 30 字,逗号后的差价须为 1 到 20 字,其中不能有【】。",
)
#: Sentences with something in them, the more telling first.
SHAPES: Final = (
    "未含:%(what)s",
    "%(first)s;%(rest)s",
    "佣金:%(why)s",
    "上期:%(why)s",
    "去年同期 %(why)s",
    "缺少:%(period)s的订单(带客服)",
    "缺少:%(period)s的销售目标",
    "缺少:%(period)s的付款订单",
    "缺少:%(period)s的评分",
    "缺少:%(period)s的问卷(满 %(n)s 份才统计)",
    "缺少:%(kind)s %(period)s(%(column)s)",
    "只统计当前%(what)s,请看本期",
    "上期(%(period)s)没有投诉,无从比较",
    "%(period)s没有付款订单",
    "本期没有%(what)s",
    "没有%(what)s",
    "本期%(what)s为 0",
    "%(what)s 没有目标",
    "成交 %(sold)s 元 ÷ 目标 %(goal)s 元 = %(share)s",
    "须为 %(least)s 到 %(most)s 的整数。",
    "流程里没有这个结束状态:%(names)s。",
    "两组权重合计须为 1,现在是 %(now)s。",
    "乘佣金部分的权重合计须为 %(wanted)s,现在是 %(now)s。",
    "相加部分的权重合计须为 %(wanted)s,现在是 %(now)s。",
    "佣金档次须有 1 到 %(most)s 档。",
    "与第 %(n)s 行重复(同一天、同一客服、同一渠道)",
    "不能大于%(what)s(%(n)s)",
    "有总秒数时须有%(what)s",
    "须为 %(names)s 之一",
    "没有这个账号或姓名(或有重名):%(name)s",
    "%(what)s须填数字。",
    "有禁用语:%(words)s",
    "有承诺词,请看是否做到:%(words)s",
    "登记表 %(rows)s 行、%(cells)s 项",
    "本人办理 %(n)s 个有期限的任务,超时 %(late)s 个,有承诺时间没有做到",
    "本人办理 %(n)s 个有期限的任务,超时 %(late)s 个",
    "备注有 %(n)s 字,须在 %(most)s 字以内,请写得更简洁。",
    "【后面须是动作:%(words)s。",
)


def term(text: str) -> str:
    """The text in the language of the request; what is nobody's word but a person's or the shop's stays as it is."""
    if not text or text.isascii() or not english():
        return text
    return _english(text)


def waiting(step: str) -> str:
    """A step that something waits for; behind it stand the groups that do it."""
    found = _GROUPS.fullmatch(step) if english() else None
    if found is None:
        return step
    return f"{found[1]} ({', '.join(_GROUP_IDS[name].replace('_', ' ') for name in found[2].split('、'))})"


def install(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters["term"] = term
    app.jinja_env.filters["waiting"] = waiting


def fixed() -> frozenset[str]:
    """Everything that the engine says in whole, as its tables hold it."""
    return frozenset(text for text in _fixed() if text and not text.isascii() and text != "—")


def _fixed() -> Iterator[str]:
    yield from SAID
    for one in INDICATORS.values():
        yield from (one.name, one.formula, one.numerator, one.denominator, one.clock, one.credited, one.note)
    for item in quality.ITEMS:
        yield from (item.name, item.hint)
    for entered in scores.ENTERED.values():
        yield from (entered.name, entered.hint)
    yield from (column.label for column in figures.BY_NAME.values())
    yield from (bound[0] for bound in defaults.BOUNDS.values())
    yield from (facts.name for facts in FACTS.values())
    yield from (register[0] for register in causes.REGISTERS.values())
    yield from survey.QUESTIONS
    for table in (GROUPS, figures.CHANNELS, figures.KIND_NAMES, quality.BREACHES, absences.KINDS, checks.TEXTS):
        yield from table.values()
    for words in (defaults.TYPES, feedback.KINDS, filling.SOURCES, flag_notes.ACTIONS, CONDITIONS, CONTEXTS):
        yield from words.values()
    yield from shop.ORDER_LABELS.values()


@cache
def _catalog() -> NullTranslations:
    return Translations.load(_TRANSLATIONS, ["en"], domain="terms")


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((shape, re.compile(_pattern(shape), re.DOTALL)) for shape in SHAPES)


def _pattern(shape: str) -> str:
    """What finds a sentence of the shape."""
    by_sign = "".join(_SIGNS.get(sign, re.escape(sign)) for sign in re.sub(r"%\((\w+)\)s", "\x00\\1\x00", shape))
    return re.sub("\x00(\\w+)\x00", r"(?P<\1>.+?)", by_sign)


def _english(text: str) -> str:
    whole = _catalog().gettext(text)
    if whole != text or len(text) > _MOST:
        return whole
    period = _PERIOD.fullmatch(text)
    if period is not None:
        return _period(period)
    named = _INDICATOR.fullmatch(text)
    if named is not None and ";" not in text and "\uff1b" not in text:
        return f"{named[1]} {_of_indicator(named)}"
    for shape, pattern in _shapes():
        found = pattern.fullmatch(text)
        if found is not None:
            return _catalog().gettext(shape) % {name: _english(part) for name, part in found.groupdict().items()}
    return text


def _of_indicator(named: re.Match[str]) -> str:
    """Why it has no value, or its name and why."""
    whole = _english(named[2])
    if whole != named[2] or not named[4]:
        return whole
    return f"{_english(named[3])}: {_english(named[4])}"


def _period(found: re.Match[str]) -> str:
    """21 Nov 2026, Nov 2026, week 47 of 2026 (16 Nov – 22 Nov)."""
    if found["week"]:
        ends = found.groups()[4:]
        days = "" if ends[0] is None else f" ({_day(*ends[:2])} – {_day(*ends[2:])})"
        return f"week {found['week']} of {found['year']}{days}"
    month = f"{date(2000, int(found['month']), 1):%b} {found['year']}"
    return f"{found['day']} {month}" if found["day"] else month


def _day(month: str, day: str) -> str:
    return f"{day} {date(2000, int(month), 1):%b}"
