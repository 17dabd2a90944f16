"""Whose parcel a case is about: what is asked of couriers reaches that one's accounts (as their tasks do)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

from sqlalchemy import Connection, select

from engine import access, canonical, shop
from engine.accounts import Account
from engine.collaboration.people import colleagues
from engine.errors import InvalidValue
from engine.model import Value
from engine.store.tables import process_instance

_NONE_EN: Final = "The case names no courier company. Please choose another group or a colleague."
_NONE: Final = "这个工单没有快递公司,不能向快递核实,请另选岗位或同事。"


def courier_of(connection: Connection, case_id: str) -> str | None:
    """The courier of a case's parcel: as the case says, else its parcel, else its order; None: nobody knows."""
    columns = (process_instance.c.variables, process_instance.c.order_id)
    query = select(*columns).where(process_instance.c.case_id == case_id)
    rows = connection.execute(query.order_by(process_instance.c.depth, process_instance.c.key.desc())).all()
    known = [canonical.decode(row.variables) for row in rows]
    order_id = next((row.order_id for row in rows if row.order_id), None)
    order = shop.order_facts(connection, order_id) if order_id else None
    parcels = [_text(facts, "waybill_no") for facts in (*known, order or {})]
    told = (shop.parcel_facts(connection, waybill_no) or {} for waybill_no in parcels if waybill_no)
    return next((name for facts in chain(known, told, [order or {}]) if (name := _text(facts, "courier"))), None)


def couriers_people(connection: Connection, courier: str | None, asker: str) -> list[str]:
    """Active people of the group courier who work for this one, without the asker.

    Raises:
        InvalidValue: the courier is not known, or nobody works for it.
    """
    if courier is None:
        raise InvalidValue(_NONE_EN, message_zh=_NONE)
    people = [
        one.id
        for one in colleagues(connection)
        if one.id != asker and access.COURIER in one.groups and access.serves_courier(one.actor, courier)
    ]
    if not people:
        raise InvalidValue(
            f"No account of {courier} can answer. Please choose another group or a colleague.",
            message_zh=f"目前没有负责“{courier}”的快递账号可以答复,请另选岗位或同事。",
        )
    return people


def check_serves(person: Account, courier: str | None) -> None:
    """Raise unless the person may be asked about a parcel of this courier.

    Raises:
        InvalidValue: the person works for other couriers only, or the courier is not known.
    """
    if access.serves_courier(person.actor, courier):
        return
    if courier is None:
        raise InvalidValue(_NONE_EN, message_zh=_NONE)
    raise InvalidValue(
        f"{person.name} does not work for {courier}. Please choose somebody else.",
        message_zh=f"{person.name}不负责“{courier}”的包裹,不能答复,请另选岗位或同事。",
    )


def _text(facts: Mapping[str, Value], name: str) -> str | None:
    value = facts.get(name)
    return value.strip() or None if isinstance(value, str) else None
