"""How amounts, times, spans, names and values read within a sentence, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from engine.access import GROUPS
from engine.clock import SHANGHAI
from engine.feel.values import narrow
from engine.labels import DERIVED_OPTIONS, NO, YES, Labels
from engine.masking import is_masked, without_numbers
from engine.model import Value, is_file
from engine.narrative.patterns import PATTERNS, ROLES, SUMMARY, UNKNOWN, WORDS
from engine.notifications import said_group

#: Values that a sentence shows; of more it says how many.
MOST_VALUES: Final = 8
#: Longer texts of people are shortened.
_LONGEST: Final = 120
_DIGITS: Final = "零一二三四五六七八九十"
_TH: Final = {1: "first", 2: "second", 3: "third"}
#: What only machines say: an enumeration's value that no form names.
_MACHINE: Final = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)+$")
#: Ends of sentences.
_STOPS: Final = ("。", "!", "?", "…", ".", "!", "?")


class Tongue:
    """One language, and what the forms of the case call their values."""

    def __init__(self, labels: Labels, *, english: bool) -> None:
        self.labels = labels
        self.english = english

    def say(self, kind: str, /, **facts: str) -> str:
        """The sentence of a kind, filled in; of an unknown kind a plain one."""
        pair = PATTERNS.get(kind)
        if pair is None:
            return self._sentence(UNKNOWN, {"kind": kind, **facts})
        return self._sentence(pair, facts)

    def word(self, name: str, /, **facts: str) -> str:
        """A part of a sentence."""
        return self._filled(WORDS[name], facts)

    def sum_up(self, name: str, /, **facts: str) -> str:
        """A sentence of the summary."""
        return self._sentence(SUMMARY[name], facts)

    def _sentence(self, pair: tuple[str, str], facts: Mapping[str, str]) -> str:
        text = self._filled(pair, facts).replace("  ", " ")
        if text[:-1].endswith(_STOPS):
            text = text[:-1]  # what somebody wrote ends with a stop of its own
        return text[:1].upper() + text[1:] if self.english else text

    def _filled(self, pair: tuple[str, str], facts: Mapping[str, str]) -> str:
        return pair[self.english].format_map(facts)

    # -- names ------------------------------------------------------------------------------------

    def role(self, group: str) -> str:
        """What a person of the group is called."""
        return ROLES[group][self.english] if group in ROLES else self.group(group)

    def group(self, group: str) -> str:
        """What the group is called; an unknown one is somebody's name."""
        said = said_group(group)
        return said.en if self.english and group in GROUPS else said.zh

    def groups(self, ids: str) -> str:
        """Several, as an event writes them: supervisor,dept_manager."""
        return self.listed(self.group(one) for one in ids.split(",") if one)

    def step(self, name: str | None) -> str:
        """The element's name in quotation marks; nothing for None."""
        return self.word("step", name=name) if name else ""

    def listed(self, items: Iterable[str]) -> str:
        """甲、乙; A, B."""
        return WORDS["listed"][self.english].join(items)

    # -- times ------------------------------------------------------------------------------------

    def day(self, day: date, than: date) -> str:
        """11月21日, or with its year where that is another than the case's first."""
        if self.english:
            return f"{day.day} {day:%b}" if day.year == than.year else f"{day.day} {day:%b} {day.year}"
        return f"{day.month}月{day.day}日" if day.year == than.year else f"{day.year}年{day.month}月{day.day}日"

    def heading(self, day: date) -> str:
        """The whole date."""
        return f"{day.day} {day:%B %Y}" if self.english else f"{day.year}年{day.month}月{day.day}日"

    def moment(self, at: Value) -> str:
        """11月21日 15:40 in Shanghai."""
        if not isinstance(at, datetime):
            return self.text(str(at or ""))
        local = at.astimezone(SHANGHAI)
        return f"{self.day(local.date(), local.date())} {local:%H:%M}"

    def span(self, span: timedelta) -> str:
        """2天3小时, 5分钟; the two greatest units."""
        minutes = int(abs(span).total_seconds()) // 60
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        if not (days or hours or minutes):
            return "less than a minute" if self.english else "不到1分钟"
        counts = [(days, "day", "天"), (hours, "hour", "小时"), (0 if days else minutes, "minute", "分钟")]
        if self.english:
            return " ".join(f"{n} {one}{'s' * (n != 1)}" for n, one, _ in counts if n)
        return "".join(f"{n}{zh}" for n, _, zh in counts if n)

    def nth(self, count: int) -> str:
        """第二次; for the second time. Nothing the first time."""
        if count < 2:
            return ""
        if self.english:
            return WORDS["times"][1].format(count=_TH.get(count, f"{count}th"))
        return WORDS["times"][0].format(count=_DIGITS[count] if count < len(_DIGITS) else f" {count} ")

    # -- values -----------------------------------------------------------------------------------

    def money(self, amount: Decimal | int) -> str:
        """¥1,234.50; less than nothing is -¥20.00."""
        return f"{'-' if amount < 0 else ''}¥{abs(Decimal(amount)):,.2f}"

    def text(self, text: str) -> str:
        """What a person wrote, on one line, shortened; telephone numbers masked."""
        shown = " ".join(str(without_numbers(text)).split())
        return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"

    def value(self, name: str, value: Value) -> str:
        """The value of a variable; empty where there is nothing to say."""
        value = self.labels.masked(name, value) if not is_masked(name) else value
        return self._shown(name, self.labels.value(name, value))

    def _shown(self, name: str, value: Value) -> str:
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, Decimal | int):
            return self._number(name, Decimal(value))
        if is_file(value):
            return self.text(str(value["name"]))
        if isinstance(value, Mapping):
            inner = (self._row(key, item) for key, item in value.items())
            return WORDS["between"][self.english].join(filter(None, inner))
        if isinstance(value, list | tuple):
            return self.listed(filter(None, (self._shown(name, item) for item in value)))
        return self._scalar(value)

    def _row(self, name: str, value: Value) -> str:
        shown = self.value(name, value)
        return f"{self.labels.name(name)} {shown}" if shown else ""

    def _number(self, name: str, value: Decimal) -> str:
        if "amount" in name or name in _AMOUNTS:
            return self.money(value)
        if name.endswith(("_ratio", "_rate")):
            share = (value * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
            return f"{plain(share)} %"
        return plain(value)

    def _scalar(self, value: Value) -> str:
        value = narrow(value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.day(value, value)
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, timedelta):
            return self.span(value)
        text = self.text(str(value or ""))
        if self.english and text in (YES, NO):
            return self.word("yes" if text == YES else "no")
        return text

    def pairs(self, values: Mapping[str, Value], *, without: Iterable[str] = ()) -> str:
        """:责任方 卖家;支付方式 原路退回; nothing where no value is worth saying."""
        said = self.worded({name: value for name, value in values.items() if name not in set(without)})
        if not said:
            return ""
        if len(said) > MOST_VALUES:
            said = [*said[: MOST_VALUES - 1], WORDS["more"][self.english].format(count=len(said))]
        return WORDS["values"][self.english].format(list=WORDS["between"][self.english].join(said))

    def worded(self, values: Mapping[str, Value]) -> list[str]:
        """Each value behind its label; those left out for which people have no word."""
        shown = ((name, self.value(name, value)) for name, value in values.items())
        return [
            self.word("value", label=self.labels.name(name), value=text)
            for name, text in shown
            if text and self.labels.name(name) != name and not is_machine(text)
        ]

    def is_worded(self, name: str, values: Mapping[str, Value]) -> bool:
        """Whether the value is not an enumeration's that nobody named."""
        return not _ENUMERATED.match(self.value(name, values.get(name)))

    def holder(self, value: Value) -> str:
        """A variable that has a word for the value; empty where none has."""
        known = (*self.labels.options.items(), *DERIVED_OPTIONS.items())
        return next((name for name, words in known if isinstance(value, str) and value in words), "")

    def asked(self, inputs: Mapping[str, Value]) -> str:
        """What a decision was asked; its inputs are named by their labels already."""
        variables = {label: name for name, label in self.labels.names.items()}
        said = []
        for label, value in inputs.items():
            shown = self.value(variables.get(label, _share_or_amount(label)), value)
            if shown and not _ENUMERATED.match(shown):
                said.append(self.word("value", label=label, value=shown))
        return WORDS["values"][self.english].format(list=self.listed(said)) if said else ""


#: The same where there is no form to ask: any small Latin word but yes and no.
_ENUMERATED: Final = re.compile(r"^(?!yes$|no$)[a-z][a-z0-9_]*$")
#: Amounts of money whose name does not say so.
_AMOUNTS: Final = frozenset({
    "price_difference", "settled_difference", "wrong_goods_value", "return_freight", "freight_cost", "gift_value",
    "repair_fee", "paid_total", "paid_out", "order_paid", "remaining", "freight",
})  # fmt: skip


def _share_or_amount(label: str) -> str:
    """A name by which a number of that label is shown as it should be: 占订单金额比例 is a share, 补偿金额 money."""
    return "_ratio" if label.endswith(("比例", "率")) else "amount" if label.endswith("金额") else ""


def is_machine(shown: str) -> bool:
    """Whether it is an enumeration's value that nobody named."""
    return bool(_MACHINE.match(shown))


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
