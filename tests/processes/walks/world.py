"""The world around the walks' shop: its orders, their parcels, and what customers, couriers and platforms tell."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine import shop
from engine.clock import VirtualClock
from engine.model import SYSTEM
from engine.runtime import Runtime
from engine.shop.intake import import_rows
from engine.shop.rows import RowKind
from engine.store.tables import parcel, shop_order

_AMOUNTS = ("0.01", "15", "30", "58.99", "59", "99", "100", "199.9", "500", "1280.5")
_SETTINGS = {
    "warehouse_address": "杭州市余杭区1号仓",
    "warehouse_contact": "老周 0571-1",
    "supervisor_1": "supervisor1",
    "supervisor_2": "supervisor2",
    "pack_tiles": shop.ON,
    "pack_cross_border": shop.ON,
    "pack_fines": shop.ON,
}
_STAGES = ("unpaid", "paid", "paid", "picking", "shipped", "shipped", "signed")
_ON = ("awaiting_pickup", "collected", "in_transit", "delivering")
_OFF = ("exception", "stuck", "lost", "rejected", "returned")


class World:
    """Tells the shop what happens outside, by the imports that a shop has."""

    def __init__(self, chance: random.Random, runtime: Runtime, clock: VirtualClock, orders: int) -> None:
        self._chance = chance
        self._runtime = runtime
        self._clock = clock
        self._number = 0
        for name, value in _SETTINGS.items():
            shop.change_setting(runtime.db, clock, SYSTEM, name, value)
        if chance.random() < 0.5:
            shop.change_setting(runtime.db, clock, SYSTEM, "one_cent_refund", shop.ON)
        self.orders = [f"SO-W{number}" for number in range(1, orders + 1)]
        for order_id in self.orders:
            self._tell(RowKind.ORDER, self._order(order_id))
            known = self.order(order_id)
            if known["waybill_no"]:
                stage = "signed" if known["order_stage"] == "signed" else chance.choice(_ON)
                self.parcel_moves(known["waybill_no"], stage, order_id)

    def moved(self, runtime: Runtime) -> None:
        """The program has begun anew."""
        self._runtime = runtime

    def order(self, order_id: str) -> dict[str, Any]:
        """What the shop knows of an order."""
        with self._runtime.db.read() as connection:
            found = shop.order_facts(connection, order_id)
        assert found is not None
        return found

    def waybills(self) -> list[str]:
        """Parcels that are still on their way."""
        over = select(parcel.c.waybill_no).where(parcel.c.stage.not_in(("signed", "rejected", "returned")))
        with self._runtime.db.read() as connection:
            return sorted(connection.execute(over).scalars())

    def pay(self) -> bool:
        """A customer pays an order."""
        unpaid = self._in_stage("unpaid")
        if unpaid is None:
            return False
        now = self._clock.now().isoformat()
        return self._tell(RowKind.ORDER, {"order_id": unpaid, "order_stage": "paid", "paid_at": now})

    def cancel(self) -> str | None:
        """A customer cancels an order in the shop itself; tells which."""
        order_id = self._in_stage("paid")
        if order_id is None or not self._tell(RowKind.ORDER, {"order_id": order_id, "order_stage": "cancelled"}):
            return None
        return order_id

    def parcel_moves(self, waybill_no: str, stage: str, order_id: str | None = None) -> bool:
        """A courier tells where a parcel is."""
        place = self._chance.choice(("杭州转运中心", "喀什", None))
        cells: dict[str, Any] = {
            "waybill_no": waybill_no,
            "stage": stage,
            "last_update_at": self._clock.now().isoformat(),
        }
        if place:
            cells["location"] = place
        if order_id:
            cells |= {"order_id": order_id, "courier": "圆通"}
        return self._tell(RowKind.PARCEL, cells)

    def some_stage(self, *, to_the_end: bool) -> str:
        """A courier's word; ``to_the_end``: one after which nothing comes any more."""
        if to_the_end:
            return self._chance.choices(("signed", "rejected"), (6, 1))[0]
        return self._chance.choices(_ON + _OFF + ("signed", "海关查验"), (2, 2, 4, 4, 1, 1, 1, 1, 1, 5, 0))[0]

    def payment(self, case_id: str, amount: Decimal) -> bool:
        """Money comes in for a case."""
        self._number += 1
        cells = {"case_id": case_id, "payment_no": f"PAY{self._number}", "amount": str(amount)}
        return self._tell(RowKind.PAYMENT, cells | {"paid_at": self._clock.now().isoformat()})

    def ruling(self, case_id: str) -> bool:
        """The platform rules in a case."""
        ruling = self._chance.choice(("seller_wins", "customer_wins", "split"))
        measure = self._chance.choice(("return", "exchange", "compensation", "reship", "repair", "explain"))
        cells = {"case_id": case_id, "ruling": ruling}
        if ruling != "seller_wins":
            cells["ruling_measure"] = measure
        if ruling != "seller_wins" and measure == "compensation":
            cells["ruling_amount"] = self._chance.choice(("5", "30", "88.8"))
        return self._tell(RowKind.RULING, cells)

    def sent_back(self, case_id: str) -> bool:
        """A customer has sent goods back."""
        self._number += 1
        return self._tell(
            RowKind.RETURN, {"case_id": case_id, "return_waybill_no": f"RT{self._number}", "courier": "中通"}
        )

    def another_order(self) -> str:
        """The shop sells something."""
        self._number += 1
        order_id = f"SO-N{self._number:04}"
        self._tell(RowKind.ORDER, self._order(order_id))
        self.orders.append(order_id)
        return order_id

    def some_parcel_moves(self) -> None:
        """A courier tells of one of the parcels that are on their way."""
        on_their_way = self.waybills()
        if on_their_way:
            self.parcel_moves(self._chance.choice(on_their_way), self.some_stage(to_the_end=False))

    def _in_stage(self, stage: str) -> str | None:
        found = select(shop_order.c.order_id).where(shop_order.c.order_stage == stage)
        with self._runtime.db.read() as connection:
            ids = sorted(connection.execute(found).scalars())
        return self._chance.choice(ids) if ids else None

    def _order(self, order_id: str) -> dict[str, Any]:
        stage = self._chance.choice(_STAGES)
        cells: dict[str, Any] = {
            "order_id": order_id,
            "customer_id": f"C-{order_id[-1]}",
            "channel": self._chance.choice(("marketplace", "social", "phone")),
            "order_stage": stage,
            "order_amount": self._chance.choice(_AMOUNTS),
            "items": self._chance.choice(("枕头×1", "床垫(1.2米)×1、枕套×2")),
            "receiver_name": "张三丰",
            "receiver_phone": self._chance.choice(("13800000000", "0571-88888888")),
            "receiver_address": "浙江省杭州市西湖区1号",
            "is_special_offer": self._chance.random() < 0.3,
        }
        if self._chance.random() < 0.2:
            cells["order_remark"] = "【赠品×1 客服/2026-01-01】"
        if self._chance.random() < 0.3:
            cells["packaging"] = "separate"
        if stage != "unpaid":
            cells["paid_at"] = self._clock.now().isoformat()
        if stage in ("shipped", "signed"):
            cells |= {"waybill_no": f"YT-{order_id}", "courier": "圆通"}
        return cells

    def _tell(self, kind: RowKind, cells: dict[str, Any]) -> bool:
        report = import_rows(self._runtime, [(1, kind, cells)])
        return not report.problems
