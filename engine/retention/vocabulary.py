"""The words that a shop's own files say: what is written in diagrams, forms and tables is nobody's personal data."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from engine import shop
from engine.masking import HIDDEN
from engine.permissions import GROUPS
from engine.store.tables import courier_account, resource, user

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BETWEEN: Final = re.compile(r">([^<>]+)<")
_ESCAPED: Final = re.compile(r'\\(["\\/])')
#: Longer texts are explanations, not values.
_LONGEST: Final = 200
#: What the engine itself writes into events, which no file says.
_OWN: Final = frozenset({
    HIDDEN, "normal", "urgent", "active", "suspended", "completed", "cancelled", "open", "customer", "courier", "staff",
    "platform", "promise", "change", "progress", "request", "complaint", "message", "signal", "timer", "service",
    "send", "delivery", "no_retries_left", "transfer", "hand_over", "stand_in", "instruction", "true", "false",
    "system",
})  # fmt: skip

#: Couriers by the names that people call them, each with or without what they are: agents type them freely.
_COURIERS: Final = frozenset(
    name + kind
    for name in (
        "顺丰", "圆通", "中通", "申通", "韵达", "极兔", "百世", "天天", "优速", "德邦", "京东", "邮政", "中国邮政",
        "宅急送", "安能", "跨越", "丹鸟", "菜鸟", "苏宁", "EMS", "ems", "SF", "YTO", "ZTO",
        "STO", "JD", "DHL", "UPS", "FedEx",
    )
    for kind in ("", "快递", "速递", "速运", "快运", "物流")
)  # fmt: skip


class Vocabulary:
    """The words of a database's files; read again when there are others. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: frozenset[str] = frozenset()
        self._said: frozenset[str] = frozenset()

    def words(self, connection: Connection) -> frozenset[str]:
        """What the files say, the names of shops and couriers, and the ids of people and groups."""
        files = frozenset(connection.execute(select(resource.c.hash)).scalars())
        with self._lock:
            if files != self._files:
                contents = connection.execute(select(resource.c.content)).scalars()
                self._said = frozenset(word for content in contents for word in words_in(content))
                self._files = files
            said = self._said
        people = connection.execute(select(user.c.id)).scalars()
        couriers = connection.execute(select(courier_account.c.courier)).scalars()
        return (
            said
            | _OWN
            | _COURIERS
            | {*shop.list_shops(connection), *GROUPS, *shop.CHANNELS, *shop.ORDER_STAGES, *people, *couriers}
        )


def words_in(content: bytes | str) -> Iterator[str]:
    """Every quoted text and every text between tags, and what is quoted within these (FEEL)."""
    text = content if isinstance(content, str) else content.decode(errors="replace")
    for found in (*_QUOTED.findall(text), *_BETWEEN.findall(text)):
        plain = html.unescape(_ESCAPED.sub(r"\1", found)).strip()
        yield from _inside(plain)


def _inside(plain: str) -> Iterator[str]:
    if 0 < len(plain) <= _LONGEST:
        yield plain
        if "," in plain and '"' not in plain:
            yield from (part.strip() for part in plain.split(","))
    for literal in _QUOTED.findall(plain):
        if 0 < len(literal) <= _LONGEST:
            yield _ESCAPED.sub(r"\1", literal)
