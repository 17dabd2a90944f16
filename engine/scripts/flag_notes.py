"""Notes behind the flag of an order (备注旗子): composed in the given format, checked, and kept as register R09.

``【换2000花色L,无差价 婷/8.28】`` = ``【{action}{style}{colour}{size},{difference} {agent}/{month}.{day}】`` (004 L41)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, or_, select

from engine.clock import SHANGHAI, from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.masking import mask_within
from engine.model import Actor
from engine.store.database import Transaction
from engine.store.tables import flag_note

#: Action → what it stands for.
ACTIONS: Final[Mapping[str, str]] = {
    "换": "换货",
    "退": "退货、退款",
    "补": "补发、补寄",
    "改": "改订单",
    "赠": "赠品",
    "赔": "赔付",
    "催": "催发货、催件",
    "约": "约定",
    "转": "转交",
}
#: Process → the action that it is about.
ACTION_OF: Final[Mapping[str, str]] = {
    "p01_compensation": "赔",
    "p02_rush_shipping": "催",
    "p03_wrong_shipment": "换",
    "p04_bulk_order": "约",
    "p05_order_tracking": "催",
    "p06_order_change": "改",
    "p07_delivery": "补",
    "p08_repair": "约",
    "p09_exchange": "换",
    "p10_courier_query": "催",
    "p11_invoice": "约",
    "p12_return": "退",
    "p13_rights_protection": "约",
    "p14_gift_free_shipping": "赠",
}
NO_DIFFERENCE: Final = "无差价"
MAX_NOTE: Final = 40
_FORM: Final = re.compile(
    "^【[换退补改赠赔催约转][^,\uff0c【】]{0,30}[,\uff0c][^【】]{1,20} "
    r"[^/\s【】]{1,4}/([1-9]|1[0-2])\.([1-9]|[12]\d|3[01])】$"
)
_SPARE = re.compile("[,\uff0c【】\\s/]")
_MOST_GOODS: Final = 30
_MOST_AGENT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagNote:
    """A note that was written; ``written_at`` is aware UTC."""

    id: int
    case_id: str
    order_id: str | None
    customer_id: str | None
    action: str
    note: str
    written_at: datetime
    written_by: str


def compose_flag_note(
    action: str, style_no: str, colour: str, size: str, diff: str, agent: str, written_on: date
) -> str:
    """A note in the format; what does not fit into it is shortened, goods last.

    Args:
        action: one of ACTIONS.
        style_no: of the goods; may be empty, as colour and size.
        colour: of the goods.
        size: of the goods.
        diff: what is paid, see ``difference``; empty: 无差价.
        agent: short name of who writes.
        written_on: in Shanghai.
    """
    what = _clean(diff)[:20] or NO_DIFFERENCE
    short = _clean(agent)[:_MOST_AGENT] or "客服"
    end = f",{what} {short}/{written_on.month}.{written_on.day}】"
    room = min(_MOST_GOODS, MAX_NOTE - len(end) - 2)
    return f"【{action[:1]}{_clean(style_no + colour + size)[:room]}{end}"


def problem_of(note: str) -> str | None:
    """What is wrong with a note and what to do, in Chinese; None: it is in order."""
    if len(note) > MAX_NOTE:
        return f"备注有 {len(note)} 字,须在 {MAX_NOTE} 字以内,请写得更简洁。"
    if mask_within(note) != note:
        return "备注人人可见,请不要写手机号或座机号。"
    if _FORM.match(note) and "\n" not in note:
        return None if _is_a_day(note) else "日期不存在,请写成 月.日,如 8.28。"
    if not (note.startswith("【") and note.endswith("】")):
        return "备注须以【开头、以】结尾。"
    if note[1:2] not in ACTIONS:
        return f"【后面须是动作:{'、'.join(ACTIONS)}。"
    if not re.search("[,\uff0c]", note):
        return "请在商品后写逗号和差价,没有差价写“,无差价”。"
    if not re.search(r" [^/\s【】]{1,4}/[^/]*】$", note):
        return "末尾须是空格、客服简称(1–4 字)、斜杠和日期,如“ 婷/8.28”。"
    if not re.search(r"/([1-9]|1[0-2])\.([1-9]|[12]\d|3[01])】$", note):
        return "日期须写成 月.日,不补零,如 8.28。"
    return "逗号前的商品最多 30 字,逗号后的差价须为 1 到 20 字,其中不能有【】。"


def difference(paid: Decimal | None, *, action: str = "") -> str:
    """What the note says of money: 补差价n元 for what the customer pays, 退差价n元 for what he gets, 赔n元.

    Args:
        paid: yuan; positive: the customer pays, negative: gets back. None and 0: no difference.
        action: 赔 says what is paid to the customer, whatever its sign.
    """
    if not paid:
        return NO_DIFFERENCE
    amount = format(abs(paid).quantize(Decimal("0.01")), "f").rstrip("0").rstrip(".")
    if action == "赔":
        return f"赔{amount}元"
    return f"补差价{amount}元" if paid > 0 else f"退差价{amount}元"


def short_name(name: str) -> str:
    """The agent's short name: the last character of a Chinese name, else its first word, four characters at most."""
    stripped = name.strip()
    if stripped and "\u4e00" <= stripped[-1] <= "\u9fff":
        return stripped[-1]
    return _clean(stripped.split()[0])[:_MOST_AGENT] if stripped else ""


def today(now: datetime) -> date:
    """The day in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def write_flag_note(
    tx: Transaction,
    note: str,
    actor: Actor,
    *,
    at: datetime,
    case_id: str,
    order_id: str | None,
    customer_id: str | None,
) -> int:
    """Keep a note with the order and the case; gives its id.

    Raises:
        InvalidValue: it is not in the format; says what to do.
    """
    problem = problem_of(note)
    if problem is not None:
        raise InvalidValue("The note does not have the form of a flag note.", message_zh=problem)
    row = {
        "case_id": case_id,
        "order_id": order_id,
        "customer_id": customer_id,
        "action": note[1],
        "note": note,
        "written_at": to_microseconds(at),
        "written_by": actor.id,
    }
    return int(tx.connection.execute(insert(flag_note).values(row).returning(flag_note.c.id)).scalar_one())


def notes_of(connection: Connection, case_id: str, order_id: str | None, limit: int = 20) -> tuple[FlagNote, ...]:
    """Notes of a case and of its order, the newest first."""
    place = flag_note.c.case_id == case_id
    if order_id is not None:
        place = or_(place, flag_note.c.order_id == order_id)
    found = select(flag_note).where(place).order_by(flag_note.c.id.desc()).limit(limit)
    return tuple(map(_read, connection.execute(found)))


def _is_a_day(note: str) -> bool:
    month, day = map(int, note[note.rindex("/") + 1 : -1].split("."))
    try:
        date(2024, month, day)  # a leap year: 2.29 is a day in some years
    except ValueError:
        return False
    return True


def _clean(text: str) -> str:
    return "".join(char for char in _SPARE.sub("", text) if char.isprintable())


def _read(row: Row[Any]) -> FlagNote:
    return FlagNote(
        id=row.id,
        case_id=row.case_id,
        order_id=row.order_id,
        customer_id=row.customer_id,
        action=row.action,
        note=row.note,
        written_at=from_microseconds(row.written_at),
        written_by=row.written_by,
    )
