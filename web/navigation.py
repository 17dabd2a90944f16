"""The rail's words, by role: nobody is shown a door that does not open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import access, registers
from engine.model import Actor
from engine.queries import scripts
from web import calendar, identity, shop_settings
from web.i18n import lazy_gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One word of the rail."""

    word: object
    endpoint: str
    #: Blueprints whose pages light the word up.
    subjects: tuple[str, ...]
    opens: Callable[[Actor], bool]
    #: Doors of the same block stand together.
    block: int


DOORS = (
    Door(word=lazy_gettext("待办"), endpoint="desk.inbox", subjects=("desk",), opens=identity.works_on_cases, block=0),
    Door(
        word=lazy_gettext("工单"),
        endpoint="cases.index",
        subjects=("cases", "case_events", "case_repairs"),
        opens=identity.sees_cases,
        block=0,
    ),
    Door(word=lazy_gettext("发起"), endpoint="start.index", subjects=("start",), opens=identity.starts_cases, block=0),
    Door(
        word=lazy_gettext("异常处理"),
        endpoint="repairs.index",
        subjects=("repairs",),
        opens=identity.repairs_cases,
        block=0,
    ),
    Door(word=lazy_gettext("流程"), endpoint="studio.index", subjects=("studio",), opens=identity.sees_studio, block=1),
    Door(word=lazy_gettext("审计"), endpoint="audit.index", subjects=("audit",), opens=identity.audits, block=2),
    Door(
        word=lazy_gettext("管理"), endpoint="admin.index", subjects=("admin",), opens=access.may_manage_users, block=3
    ),
    Door(
        word=lazy_gettext("工作日历"),
        endpoint="calendar.index",
        subjects=("calendar",),
        opens=calendar.may_look,
        block=3,
    ),
    Door(
        word=lazy_gettext("店铺设置"),
        endpoint="shop_settings.index",
        subjects=("shop_settings",),
        opens=shop_settings.may_edit,
        block=3,
    ),
    # Behind the others, so that nobody's day begins with them.
    Door(
        word=lazy_gettext("台账"),
        endpoint="registers.index",
        subjects=("registers",),
        opens=registers.reads_registers,
        block=0,
    ),
    Door(
        word=lazy_gettext("外发消息"),
        endpoint="outbox.index",
        subjects=("outbox",),
        opens=identity.sees_cases,
        block=0,
    ),
    Door(
        word=lazy_gettext("话术"),
        endpoint="message_templates.index",
        subjects=("message_templates",),
        opens=scripts.may_read,
        block=0,
    ),
)


def doors(person: Actor) -> list[list[Door]]:
    """The doors that open to the person, in blocks."""
    blocks: dict[int, list[Door]] = {}
    for door in DOORS:
        if door.opens(person):
            blocks.setdefault(door.block, []).append(door)
    return list(blocks.values())


def home(person: Actor) -> str:
    """The endpoint where the person's day begins."""
    return next((door.endpoint for door in DOORS if door.opens(person)), "login.nothing")
