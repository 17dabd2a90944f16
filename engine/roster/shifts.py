"""The shifts by which people are rostered, a list a shop and one for the rest (catalogue: after-sales §4.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from engine.clock import SHANGHAI, to_microseconds
from engine.errors import InvalidValue
from engine.model import Actor, Event
from engine.store.database import Transaction
from engine.store.streams import append_system
from engine.store.tables import roster_day, shift, team, team_member

#: The list for every shop that has none of its own.
ANY_SHOP: Final = ""
#: Not worked.
OFF: Final = "off"
MOST_SHIFTS: Final = 12
DAY: Final = 1440
_CODE: Final = re.compile(r"^[a-z][a-z0-9_-]{0,15}$")
_MOST_NAME: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift; times in minutes after midnight, an end beyond 1440 lies on the next day."""

    code: str
    name: str
    starts: int
    ends: int
    paid_minutes: int

    @property
    def off(self) -> bool:
        """Whether it is a day off."""
        return self.ends == 0

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """When it begins and ends on a day of Shanghai; None for a day off."""
        if self.off:
            return None
        midnight = datetime.combine(day, time(), SHANGHAI)
        return midnight + timedelta(minutes=self.starts), midnight + timedelta(minutes=self.ends)

    @property
    def hours(self) -> str:
        """As people write it: 09:00–17:30, 22:00–次日06:00."""
        if self.off:
            return ""
        late = "次日" if self.ends > DAY else ""
        return f"{_clock(self.starts)}–{late}{'24:00' if self.ends == DAY else _clock(self.ends % DAY)}"


#: E02 L29, with the paid hours of the catalogue.
DEFAULT: Final = (
    Shift(code="day", name="白班", starts=9 * 60, ends=17 * 60 + 30, paid_minutes=510),
    Shift(code="half", name="半白班", starts=10 * 60, ends=15 * 60 + 30, paid_minutes=330),
    Shift(code="night", name="晚班", starts=17 * 60, ends=23 * 60 + 30, paid_minutes=390),
    Shift(code=OFF, name="休", starts=0, ends=0, paid_minutes=0),
)


def list_shifts(connection: Connection, shop: str = ANY_SHOP) -> tuple[Shift, ...]:
    """A shop's shifts, else those of every shop, else the catalogue's; the day off stands last."""
    found = select(shift).where(shift.c.shop.in_({shop, ANY_SHOP})).order_by(shift.c.place)
    kept: dict[str, list[Shift]] = {}
    for row in connection.execute(found):
        kept.setdefault(row.shop, []).append(
            Shift(code=row.code, name=row.name, starts=row.starts, ends=row.ends, paid_minutes=row.paid_minutes)
        )
    return tuple(kept.get(shop) or kept.get(ANY_SHOP) or DEFAULT)


def list_shops(connection: Connection) -> tuple[str, ...]:
    """Shops that have shifts of their own, or teams."""
    own = select(shift.c.shop).union(select(team.c.shop))
    return tuple(sorted({ANY_SHOP, *connection.execute(own).scalars()}))


def shop_of(connection: Connection, user_id: str) -> str:
    """By which shop's shifts somebody is rostered."""
    found = select(team.c.shop).join(team_member, team_member.c.team == team.c.id).where(team_member.c.user == user_id)
    return connection.execute(found).scalar_one_or_none() or ANY_SHOP


def save_shifts(
    tx: Transaction, shifts: Sequence[Shift], actor: Actor, *, at: datetime, shop: str = ANY_SHOP
) -> tuple[Shift, ...]:
    """Replace a shop's shifts; the day off is always kept. Rosters from tomorrow on take the new times.

    Raises:
        InvalidValue: a shift cannot be worked, two have the same name, or one that is gone is rostered already.
    """
    wanted = (*(_checked(one) for one in shifts if one.code != OFF), DEFAULT[-1])
    _check_list(wanted)
    tomorrow = (at.astimezone(SHANGHAI) + timedelta(days=1)).date()
    _check_gone(tx, shop, wanted, tomorrow)
    before = list_shifts(tx.connection, shop)
    tx.connection.execute(delete(shift).where(shift.c.shop == shop))
    rows = [
        {
            "shop": shop, "code": one.code, "name": one.name, "starts": one.starts, "ends": one.ends,
            "paid_minutes": one.paid_minutes, "place": place,
        }
        for place, one in enumerate(wanted)
    ]  # fmt: skip
    tx.connection.execute(insert(shift), rows)
    _retime(tx, shop, wanted, tomorrow)
    value = {"shop": shop, "before": _told(before), "after": _told(wanted)}
    append_system(tx, [Event(kind="shifts.changed", value=value)], at=at, actor=actor.id)
    return wanted


def _checked(one: Shift) -> Shift:
    name = one.name.strip()
    if not _CODE.match(one.code):
        raise InvalidValue(
            f"{one.code!r} is no code of a shift: begin with a small letter and write at most 16 characters.",
            message_zh="班次编号须以小写字母开头,最多 16 个字符。",
        )
    if not 1 <= len(name) <= _MOST_NAME or not name.isprintable():
        raise InvalidValue("The name of a shift must have 1 to 8 characters.", message_zh="班次名称须为 1 到 8 个字。")
    if not (0 <= one.starts < DAY and one.starts < one.ends <= one.starts + DAY):
        raise InvalidValue(
            f"The end of “{name}” must come after its start, within 24 hours.",
            message_zh=f"「{name}」的结束须在开始之后、24 小时之内。",
        )
    if not 0 <= one.paid_minutes <= one.ends - one.starts:
        raise InvalidValue(
            f"The paid hours of “{name}” must lie between 0 and the length of the shift.",
            message_zh=f"「{name}」的计薪时长须在 0 到班次时长之间。",
        )
    return Shift(code=one.code, name=name, starts=one.starts, ends=one.ends, paid_minutes=one.paid_minutes)


def _check_list(shifts: Sequence[Shift]) -> None:
    if not 2 <= len(shifts) <= MOST_SHIFTS:
        raise InvalidValue(
            f"Please fill in 1 to {MOST_SHIFTS - 1} shifts.", message_zh=f"请填写 1 到 {MOST_SHIFTS - 1} 个班次。"
        )
    for words in ([one.name for one in shifts], [one.code for one in shifts]):
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise InvalidValue(
                f"“{twice[0]}” stands twice. Please take one away.", message_zh=f"「{twice[0]}」重复了。"
            )


def _of_shop(tx: Transaction, shop: str, since: date) -> list[tuple[str, date, str]]:
    """(user, day, code) rostered from a day on by a shop's shifts."""
    own = list(tx.connection.execute(select(team.c.shop).distinct()).scalars())
    others = set(tx.connection.execute(select(shift.c.shop).distinct()).scalars()) - {ANY_SHOP}
    found = (
        select(roster_day.c.user, roster_day.c.day, roster_day.c.shift)
        .outerjoin(team_member, team_member.c.user == roster_day.c.user)
        .outerjoin(team, team.c.id == team_member.c.team)
        .where(roster_day.c.day >= since.isoformat())
    )
    if shop == ANY_SHOP:
        with_own = sorted(others.intersection(own))
        found = found.where(or_(team.c.shop.is_(None), team.c.shop.not_in(with_own)))
    else:
        found = found.where(team.c.shop == shop)
    return [(row.user, date.fromisoformat(row.day), row.shift) for row in tx.connection.execute(found)]


def _check_gone(tx: Transaction, shop: str, wanted: Sequence[Shift], since: date) -> None:
    codes = {one.code for one in wanted}
    for _, day, code in _of_shop(tx, shop, since):
        if code not in codes:
            name = next((one.name for one in list_shifts(tx.connection, shop) if one.code == code), code)
            raise InvalidValue(
                f"The shift “{name}” is on the roster on {day.day} {day:%b} and cannot be removed.",
                message_zh=f"「{name}」在 {day:%m-%d} 已排班,不能删除。",
            )


def _retime(tx: Transaction, shop: str, shifts: Sequence[Shift], since: date) -> None:
    by_code = {one.code: one for one in shifts}
    rows = []
    for person, day, code in _of_shop(tx, shop, since):
        rows.append({"of_user": person, "of_day": day.isoformat(), **instants(by_code[code], day)})
    if rows:
        tx.connection.execute(
            update(roster_day)
            .where(roster_day.c.user == bindparam("of_user"), roster_day.c.day == bindparam("of_day"))
            .values(
                starts_at=bindparam("starts_at"), ends_at=bindparam("ends_at"), paid_minutes=bindparam("paid_minutes")
            ),
            rows,
        )


def instants(one: Shift, day: date) -> dict[str, int | None]:
    """The columns of roster_day that a shift gives a day."""
    span = one.span(day)
    return {
        "starts_at": None if span is None else to_microseconds(span[0]),
        "ends_at": None if span is None else to_microseconds(span[1]),
        "paid_minutes": one.paid_minutes,
    }


def _told(shifts: Sequence[Shift]) -> list[str]:
    return [f"{one.name} {one.hours}".strip() for one in shifts]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
