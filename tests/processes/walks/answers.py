"""Random answers that a form accepts: drawn from what the form says, judged by the real check, drawn again."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine import formcheck
from engine.clock import SHANGHAI
from engine.formcheck import Field, Files, Taken
from engine.formcheck.scope import Scope
from engine.model import Value, Variables

#: Draws before a form counts as one that nobody can fill in.
_DRAWS = 60
_WORDS = (
    "好", "客户说“还没收到”,请尽快!", "外箱破损\n里面完好", "《订单》#1 & <b>A</b>", "=1+1", "纸箱×2", "😀 谢谢",
    "O'Brien", "张三丰", "null", "浙江省杭州市西湖区文三路1号", "“引号”与\\反斜杠", "\u3000全角\u3000", "100%", "A\tB",
)  # fmt: skip
_BY_KEY: Mapping[str, tuple[str, ...]] = {
    "courier": ("圆通", "中通", "顺丰", "德邦快递(杭州)"),
    "receiver_phone": ("13800000000", "0571-88888888", "01012345678"),
    "receiver_address": ("浙江省杭州市西湖区1号", "新疆喀什地区塔什库尔干县某村", "HK 九龙弥敦道1号"),
    "new_address": ("上海市浦东新区2号", "呼和浩特市新城区3号", "北京市朝阳区4号"),
    "invoice_email": ("a@b.cn", "fa.piao@gongsi.com.cn"),
    "tax_no": ("91310000MA1FL0001X", "123456789012345", "A" * 20),
    "customer_id": ("C-88", "客户88"),
    "contact": ("13800000000", "a@b.cn"),
    "phone": ("13800000000",),
    "customer_email": ("a@b.cn", "name@example.com"),
    "email": ("a@b.cn",),
    "flag_note": ("【退2000花色L,无差价 婷/8.28】", "【补一个枕套,赔付5元 客服/12.1】"),
}


@dataclass
class Memory:
    """What was answered before in a case: the more often, the less is it answered again."""

    given: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    visits: Counter[str] = field(default_factory=Counter)

    def weight(self, element: str, key: str, value: str) -> float:
        """How much an answer is liked; one that led back here already is not."""
        return max(0.03, 0.1 ** (self.given[element, key, value] * max(0, self.visits[element] - 1)))

    def keep(self, element: str, values: Mapping[str, Value]) -> None:
        """Remember what was answered at an element."""
        self.visits[element] += 1
        for key, value in values.items():
            self.given[element, key, str(value).lower()] += 1


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """A form that somebody has before them."""

    element: str
    schema: Mapping[str, Any]
    context: Variables
    now: datetime
    taken: Taken
    files: Files
    #: Uploads a small file of this name and gives its value.
    upload: Callable[[str], Value]
    #: What is entered whatever chance says.
    given: Mapping[str, Value] = field(default_factory=dict)


class Answers:
    """Fills in forms at random."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._number = 0

    def fill(self, occasion: Occasion, memory: Memory) -> dict[str, Value] | None:
        """The values that the check gave back for what was entered; None: no draw was accepted."""
        known = formcheck.fields(occasion.schema)
        shown = formcheck.prefill(occasion.schema, occasion.context, now=occasion.now)
        values = {f.key: self._draw(occasion, memory, f, shown.get(f.key)) for f in known} | dict(occasion.given)
        for _ in range(_DRAWS):
            entered = self._seen(occasion, values)
            found = formcheck.check_values(
                occasion.schema, entered, occasion.context, now=occasion.now, taken=occasion.taken, files=occasion.files
            )
            if not found.errors:
                return found.variables
            wrong = {key.split(".")[0] for key in found.errors}
            again = [f for f in known if f.key in wrong] or list(known)
            if self._chance.random() < 0.3:
                again = list(known)  # what is wrong with one field may lie in another
            for f in again:
                if f.key in occasion.given:
                    continue
                rows = _wrong_rows(f, found.errors)
                if rows and isinstance(values[f.key], list):
                    values[f.key] = self._mended(occasion, memory, f, values[f.key], rows)
                else:
                    values[f.key] = self._draw(occasion, memory, f, shown.get(f.key), needed=f.key in found.required)
        # Who finds no other answer takes what the form proposes.
        entered = self._seen(occasion, {**shown, **occasion.given})
        found = formcheck.check_values(
            occasion.schema, entered, occasion.context, now=occasion.now, taken=occasion.taken, files=occasion.files
        )
        return None if found.errors else found.variables

    def _seen(self, occasion: Occasion, values: Variables) -> dict[str, Value]:
        visible = formcheck.visible(occasion.schema, values, occasion.context, now=occasion.now)
        scope = Scope(values, occasion.context, occasion.now)
        open_fields = {f.key for f in formcheck.fields(occasion.schema) if not (f.is_computed or scope.readonly(f))}
        return {key: value for key, value in values.items() if key in visible and key in open_fields}

    def _draw(self, occasion: Occasion, memory: Memory, f: Field, shown: Value, *, needed: bool = False) -> Value:
        if shown is not None and self._chance.random() < 0.6 and not f.options and not f.is_rows:
            return shown
        if not (f.required or needed) and self._chance.random() < 0.4:
            return None
        if f.is_rows:
            return self._listed(occasion, memory, f, shown) if shown else self._rows(occasion, memory, f)
        if f.is_files:
            return self._files(occasion, f)
        options = Scope({}, occasion.context, occasion.now).options(f)
        if options:
            return self._choice(occasion, memory, f, [option.value for option in options], shown)
        if f.type == "number":
            return self._number_of(f, occasion.context, shown)
        if f.type == "datetime":
            return self._moment(f, occasion.now)
        return self._text(f)

    def _choice(self, occasion: Occasion, memory: Memory, f: Field, options: list[str], shown: Value) -> Value:
        if f.is_list:
            return self._chance.sample(options, self._chance.randint(1, len(options)))
        weights = [memory.weight(occasion.element, f.key, value) for value in options]
        if shown is not None and memory.visits[occasion.element] == 0:
            weights = [w * (3 if value == str(shown).lower() else 1) for w, value in zip(weights, options, strict=True)]
        (value,) = self._chance.choices(options, weights if sum(weights) > 0 else None)
        return value == "true" if f.is_boolean else value

    def _number_of(self, f: Field, context: Variables, shown: Value) -> Value:
        low, high = (_decimal(f.validate.get(name)) for name in ("min", "max"))
        step = Decimal(1).scaleb(-(2 if f.decimal_digits is None else f.decimal_digits))
        amounts = [value for value in _amounts(context) if value is not None]
        near = [x for a in amounts for x in (a, a - step, a + step, a / 2)]
        plain = [Decimal(n) for n in (0, 1, 2, 5, 10, 24, 25, 30, 48, 49, 72, 73, 99, 100)]
        edges = [x for x in (low, high, None if low is None else low + step) if x is not None]
        asked = [context.get(name) for name in re.findall(r"\w+", f.properties.get("check", ""))]
        named = [value for value in asked if isinstance(value, Decimal)]
        if named and self._chance.random() < 0.5:
            return self._chance.choice(named).quantize(step, ROUND_HALF_UP)
        pool = self._chance.choice([p for p in (near, plain, edges, [shown] if shown is not None else []) if p])
        value = self._chance.choice(pool)
        if low is None and self._chance.random() < 0.3:
            value = -value
        return Decimal(value).quantize(step, ROUND_HALF_UP)

    def _moment(self, f: Field, now: datetime) -> Value:
        ago = timedelta(minutes=self._chance.choice((0, 1, 3 * 1440, 20 * 1440, -60, -2 * 1440, -9 * 1440)))
        found = now - ago
        return found.astimezone(SHANGHAI).date() if f.subtype == "date" else found

    def _text(self, f: Field) -> Value:
        longest = int(f.validate.get("maxLength") or 100)
        if f.properties.get("unique") or (f.key.endswith(("_no", "_id")) and f.key not in _BY_KEY):
            self._number += 1
            return f"{f.key[:2].upper()}{self._number:05}{self._chance.randint(0, 9999):04}"[:longest]
        if f.key in _BY_KEY:
            return self._chance.choice(_BY_KEY[f.key])
        text = self._chance.choice(_WORDS)
        if self._chance.random() < 0.05:
            text = (text * longest)[:longest]
        return text[:longest]

    def _files(self, occasion: Occasion, f: Field) -> Value:
        ending = self._chance.choice((f.accept or ".jpg").split(",")).strip()
        most = int(f.properties.get("max") or 1) if f.multiple else 1
        count = self._chance.choice((1, 1, most))
        self._number += 1
        return [occasion.upload(f"凭证{self._number}-{n}{ending}") for n in range(count)]

    def _listed(self, occasion: Occasion, memory: Memory, f: Field, shown: Value) -> Value:
        """A list that was prepared: what is there stays, what is open is answered."""
        rows = shown if isinstance(shown, list | tuple) else []
        return [
            {**row, **{c.key: self._draw(occasion, memory, c, None) for c in f.columns if row.get(c.key) is None}}
            for row in rows
            if isinstance(row, Mapping)
        ]

    def _mended(
        self, occasion: Occasion, memory: Memory, f: Field, rows: list[Any], wrong: dict[int, set[str]]
    ) -> Value:
        """The same list, what is wrong in a row answered anew, and sometimes the row's other choices."""
        found = []
        for number, row in enumerate(rows):
            again = wrong.get(number, set())
            more = {c.key for c in f.columns if c.options and again and self._chance.random() < 0.5}
            anew = {
                c.key: self._draw(occasion, memory, c, None, needed=True) for c in f.columns if c.key in again | more
            }
            found.append({**row, **anew})
        return found

    def _rows(self, occasion: Occasion, memory: Memory, f: Field) -> Value:
        count = self._chance.randint(max(1, f.least_rows), min(3, f.most_rows))
        rows = [{c.key: self._draw(occasion, memory, c, None, needed=True) for c in f.columns} for _ in range(count)]
        whole = [a for a in _amounts(occasion.context) if a == a.to_integral_value() and a >= count]
        for column in f.columns:
            if column.type == "number" and column.decimal_digits == 0 and whole:
                total = self._chance.choice(whole)
                for row in rows[1:]:
                    row[column.key] = Decimal(1)
                rows[0][column.key] = total - (count - 1)
        return rows


def _wrong_rows(f: Field, errors: Iterable[str]) -> dict[int, set[str]]:
    """Row → columns of a list in which something is wrong."""
    found: dict[int, set[str]] = {}
    for key in errors:
        name, _, rest = key.partition(".")
        number, _, column = rest.partition(".")
        if name == f.key and number.isdigit() and column:
            found.setdefault(int(number), set()).add(column)
    return found


def _amounts(context: Variables) -> Iterable[Decimal]:
    order = context.get("order")
    for source in (context, order if isinstance(order, Mapping) else {}):
        yield from (value for value in source.values() if isinstance(value, Decimal))


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal | str) and str(value)[:1] != "=" else None
