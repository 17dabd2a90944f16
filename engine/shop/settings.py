"""What the shop says of itself in texts to customers: where goods are sent back to, and to whom.

One line of versions for every shop, and a line of its own for a shop that says something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select

from engine import canonical
from engine.clock import Clock, from_microseconds, to_microseconds
from engine.errors import InvalidValue
from engine.failpoints import reached
from engine.model import Actor, Event
from engine.store.database import Database, Transaction
from engine.store.epoch import count_epoch
from engine.store.streams import append_system
from engine.store.tables import membership, shop_order, shop_settings, user

#: Setting → what people call it; the name is a placeholder of message texts.
SETTINGS: Final[Mapping[str, str]] = {"warehouse_address": "仓库地址", "warehouse_contact": "仓库联系人"}
#: How the shop speaks to its customers (E10): no placeholders, but what texts and pages are made by.
MANNERS: Final[Mapping[str, str]] = {"address_by_channel": "称呼随渠道", "closing_phrase": "结束语"}
#: Who leads the shop's customer service: account ids.
LEADERS: Final[Mapping[str, str]] = {"supervisor_1": "主管", "supervisor_2": "代理主管"}
#: Groups of those who can be it.
LEADING: Final = ("supervisor", "dept_manager")
#: What the shop does otherwise than others, as diagrams read it.
PRACTICES: Final[Mapping[str, str]] = {"one_cent_refund": "一分钱结案"}
#: Processes that only some shops need: those with the property ``pack`` of that name behind "pack_".
PACKS: Final[Mapping[str, str]] = {
    "pack_tiles": "砖店流程",
    "pack_cross_border": "跨境流程",
    "pack_fines": "违规处罚流程",
    "pack_duties": "日常任务",
}
#: Those that are either on or not set.
SWITCHES: Final = frozenset({"address_by_channel", *PRACTICES, *PACKS})
#: Every setting → what people call it.
ALL_SETTINGS: Final[Mapping[str, str]] = {**SETTINGS, **MANNERS, **LEADERS, **PRACTICES, **PACKS}
ON: Final = "是"
#: How a talk ends where the shop has said nothing else.
CLOSING_PHRASE: Final = "感谢您的支持与理解,祝您生活愉快!如有问题请随时联系我们。"
#: The line of every shop that says nothing of its own.
ANY_SHOP: Final = ""
#: Of a text, a shop's name and a note.
MAX_LENGTH: Final = 200
MAX_SHOP: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsVersion:
    """One version of a line; ``made_at`` is aware UTC."""

    shop: str
    #: 1, 2, 3 … of the shop.
    version: int
    #: What is set; the rest is what every shop says, or nothing.
    values: Mapping[str, str]
    made_at: datetime
    made_by: str
    note: str


def list_settings(connection: Connection, shop: str = ANY_SHOP) -> tuple[SettingsVersion, ...]:
    """The versions of a shop's line, the newest first; none where it has no line of its own."""
    found = select(shop_settings).where(shop_settings.c.shop == shop).order_by(shop_settings.c.version.desc())
    return tuple(map(_version, connection.execute(found)))


def list_shops_with_settings(connection: Connection) -> tuple[str, ...]:
    """Shops that have a line of their own, by name."""
    found = select(shop_settings.c.shop).where(shop_settings.c.shop != ANY_SHOP).distinct()
    return tuple(connection.execute(found.order_by(shop_settings.c.shop)).scalars())


def list_shops(connection: Connection) -> tuple[str, ...]:
    """Shops that orders name."""
    found = select(shop_order.c.shop).where(shop_order.c.shop.is_not(None)).distinct().order_by(shop_order.c.shop)
    return tuple(connection.execute(found).scalars())


def read_settings(connection: Connection, shop: object = None) -> dict[str, str]:
    """What holds now: the shop's own texts over those of every shop; what nobody has set is left out.

    Args:
        connection: a snapshot, or the caller's transaction.
        shop: a case's variable; what is no text, or no shop with a line, has what every shop says.
    """
    lines = [ANY_SHOP, shop.strip()] if isinstance(shop, str) else [ANY_SHOP]
    known: dict[str, str] = {}
    for line in dict.fromkeys(lines):
        newest = _newest(connection, line)
        known |= {} if newest is None else newest.values
    return known


def packs_on(connection: Connection) -> frozenset[str]:
    """Values of the property ``pack`` of processes that some shop needs: its switch is on in any line."""
    lines = (_newest(connection, shop) for shop in (ANY_SHOP, *list_shops_with_settings(connection)))
    on = {name for line in lines if line is not None for name in PACKS if line.values.get(name) == ON}
    return frozenset(name.removeprefix("pack_") for name in on)


def save_settings(
    tx: Transaction,
    values: Mapping[str, str],
    actor: Actor,
    *,
    now: datetime,
    shop: str = ANY_SHOP,
    note: str = "",
    based_on: int | None = None,
) -> SettingsVersion | None:
    """Make a version, and say so in the system's history; None where the newest one says the same.

    It holds from the next message on.

    Args:
        tx: the caller's transaction.
        values: setting → one line of text; what is empty or missing is not set.
        actor: who makes it.
        now: when.
        shop: whose.
        note: why.
        based_on: number of the version that the actor has seen as the newest, 0 for none; not checked where None.

    Raises:
        InvalidValue: a text is too long or not one line, there is no such setting, or somebody else was faster.
    """
    shop, note = shop.strip(), note.strip()
    wanted = {name: text.strip() for name, text in values.items() if text.strip()}
    _check(shop, note, wanted)
    newest = _newest(tx.connection, shop)
    number = 0 if newest is None else newest.version
    if based_on is not None and based_on != number:
        raise InvalidValue(
            "Somebody else has changed the settings. Please reload the page and change them again.",
            message_zh="店铺设置已被他人修改,请刷新后再改。",
        )
    before = {} if newest is None else dict(newest.values)
    if wanted == before:
        return None
    _check_leaders(tx.connection, {name: who for name, who in wanted.items() if before.get(name) != who})
    row = {
        "shop": shop,
        "version": number + 1,
        "content": canonical.encode(wanted),
        "made_at": to_microseconds(now),
        "made_by": actor.id,
        "note": note,
    }
    tx.connection.execute(insert(shop_settings).values(row))
    reached("shop.settings.saved")
    changed = [name for name in ALL_SETTINGS if before.get(name) != wanted.get(name)]
    if not SWITCHES.isdisjoint(changed):
        count_epoch(tx)
    told = {
        "shop": shop,
        "version": row["version"],
        "before": {name: before.get(name) for name in changed},
        "after": {name: wanted.get(name) for name in changed},
        "note": note,
    }
    append_system(tx, [Event(kind="shop.setting_changed", value=told)], at=now, actor=actor.id)
    return _newest(tx.connection, shop)


def change_setting(db: Database, clock: Clock, actor: Actor, name: str, value: str, shop: str = ANY_SHOP) -> None:
    """Make one setting of a line and leave the others; it holds from the next message on.

    Raises:
        InvalidValue: there is no such setting, or the text is empty, longer than 200 characters or not one line.
    """
    if not value.strip():
        raise InvalidValue(f"{name} must not be empty.", message_zh=f"{ALL_SETTINGS.get(name, name[:40])}不能为空。")
    with db.begin() as tx:
        newest = _newest(tx.connection, shop)
        values = {} if newest is None else newest.values
        save_settings(tx, {**values, name: value}, actor, now=clock.now(), shop=shop)


def _check(shop: str, note: str, wanted: Mapping[str, str]) -> None:
    for name, text in wanted.items():
        if name not in ALL_SETTINGS:
            raise InvalidValue(f"There is no setting {name[:40]!r}.", message_zh=f"没有设置项 {name[:40]}。")
        if len(text) > MAX_LENGTH or not text.isprintable():
            said = f"{ALL_SETTINGS[name]}须为一行文字,不超过{MAX_LENGTH}字。"
            raise InvalidValue(f"{name} must be one line of at most {MAX_LENGTH} characters.", message_zh=said)
        if name in SWITCHES and text != ON:
            raise InvalidValue(
                f"{name} can be on or left empty only.", message_zh=f"{ALL_SETTINGS[name]}只能填“{ON}”或留空。"
            )
    if len(shop) > MAX_SHOP or not shop.isprintable():
        raise InvalidValue(
            f"The name of the shop must be one line of at most {MAX_SHOP} characters.",
            message_zh=f"店铺名称须为一行文字,不超过{MAX_SHOP}字。",
        )
    if len(note) > MAX_LENGTH or not note.isprintable():
        raise InvalidValue(
            f"The note must be one line of at most {MAX_LENGTH} characters.",
            message_zh=f"说明须为一行文字,不超过{MAX_LENGTH}字。",
        )


def _check_leaders(connection: Connection, changed: Mapping[str, str]) -> None:
    """Raise unless who is to lead is an active supervisor or department manager; who led before may stay."""
    leads = membership.c.group.in_(LEADING)
    for name in LEADERS.keys() & changed.keys():
        found = select(user.c.id).join(membership, membership.c.user == user.c.id)
        known = connection.execute(found.where(user.c.id == changed[name], user.c.active == 1, leads).limit(1)).first()
        if known is None:
            raise InvalidValue(
                f"{name} must be an active account of a supervisor or department manager.",
                message_zh=f"{LEADERS[name]}须是在用的客服主管或部门经理账号。",
            )


def _newest(connection: Connection, shop: str) -> SettingsVersion | None:
    found = select(shop_settings).where(shop_settings.c.shop == shop)
    row = connection.execute(found.order_by(shop_settings.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else _version(row)


def _version(row: Row[Any]) -> SettingsVersion:
    return SettingsVersion(
        shop=row.shop,
        version=row.version,
        values=canonical.decode(row.content),
        made_at=from_microseconds(row.made_at),
        made_by=row.made_by,
        note=row.note,
    )
