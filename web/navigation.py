"""The rail's words, by role: nobody is shown a door that does not open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine import access, customers, registers
from engine.model import Actor
from engine.queries import scripts
from web import board, calendar, identity, inquiries, kpi, lookups, quality_pages, roster, shop_settings, transfers
from web.audit_tabs import reads_system
from web.i18n import lazy_gettext, lazy_pgettext

#: Endpoint → the key that leads there after g.
_KEYS: Final = {
    "inbox.show": "i",
    "cases.index": "c",
    "start.index": "s",
    "repairs.index": "x",
    "customers.index": "u",
    "registers.index": "r",
    "message_templates.index": "h",
    "board.index": "b",
    "kpi.index": "k",
    "quality.index": "q",
    "transfers.index": "t",
    "roster.index": "p",
    "studio.index": "f",
    "audit.index": "a",
    "admin.index": "m",
}


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
    #: Whether somebody's day may begin here.
    begins_days: bool = True

    @property
    def key(self) -> str:
        """The key that leads there after g; "": none does."""
        return _KEYS.get(self.endpoint, "")


DOORS = (
    Door(
        word=lazy_gettext("待办"),
        endpoint="inbox.show",
        subjects=("inbox", "saved_filters", "desk", "drafts"),
        opens=identity.works_on_cases,
        block=0,
    ),
    Door(
        word=lazy_gettext("工单"),
        endpoint="cases.index",
        subjects=("cases", "case_events", "case_repairs", "case_print", "case_results", "reveal"),
        opens=identity.sees_cases,
        block=0,
    ),
    Door(
        word=lazy_gettext("发起"),
        endpoint="start.index",
        subjects=("start",),
        opens=identity.starts_cases,
        block=0,
    ),
    Door(
        word=lazy_pgettext("several", "客户"),
        endpoint="customers.index",
        subjects=("customers", "calls", "call_cases", "visits", "documents"),
        opens=customers.may_read,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("资料"),
        endpoint="documents.index",
        subjects=("documents",),
        opens=lambda person: customers.reads_papers(person) and not customers.may_read(person),
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("协作"),
        endpoint="inquiries.index",
        subjects=("inquiries", "exceptions"),
        opens=inquiries.may_use,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("交接"),
        endpoint="transfers.index",
        subjects=("transfers", "handover"),
        opens=transfers.may_use,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("台账"),
        endpoint="registers.index",
        subjects=("registers", "flag_notes"),
        opens=registers.reads_registers,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("外发消息"),
        endpoint="outbox.index",
        subjects=("outbox",),
        opens=identity.sees_cases,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("话术"),
        endpoint="message_templates.index",
        subjects=("message_templates", "scripts", "script_changes", "script_proposals", "wording_lists"),
        opens=scripts.may_read,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("查规则"),
        endpoint="lookups.index",
        subjects=("lookups",),
        opens=lookups.may_look,
        block=0,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("看板"),
        endpoint="board.index",
        subjects=("board",),
        opens=board.may_look,
        block=1,
    ),
    Door(
        word=lazy_gettext("绩效"),
        endpoint="kpi.index",
        subjects=("kpi", "kpi_rows", "kpi_sheets", "kpi_import", "kpi_rules"),
        opens=kpi.opens,
        block=1,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("排班"),
        endpoint="roster.index",
        subjects=("roster", "roster_absences", "duties"),
        opens=roster.may_read,
        block=1,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("异常处理"),
        endpoint="repairs.index",
        subjects=("repairs",),
        opens=identity.repairs_cases,
        block=1,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("流程"),
        endpoint="studio.index",
        subjects=("studio",),
        opens=identity.sees_studio,
        block=2,
    ),
    Door(
        word=lazy_gettext("审计"),
        endpoint="audit.index",
        subjects=(
            "audit",
            "eventlogs",
            "inspection",
            "narrative",
            "policy",
            "proofs",
            "replay",
            "retention",
            "system_record",
        ),
        opens=identity.audits,
        block=3,
    ),
    Door(
        word=lazy_gettext("系统记录"),
        endpoint="system_record.index",
        subjects=("system_record", "proofs", "retention"),
        opens=lambda person: reads_system(person) and not identity.audits(person),
        block=3,
        begins_days=False,
    ),
    Door(
        word=lazy_gettext("质检"),
        endpoint="quality.index",
        subjects=("quality", "reports", "appraisals", "survey", "feedback"),
        opens=quality_pages.opens,
        block=1,
    ),
    Door(
        word=lazy_gettext("管理"),
        endpoint="admin.index",
        subjects=("admin", "teams"),
        opens=access.may_manage_users,
        block=4,
    ),
    Door(
        word=lazy_gettext("工作日历"),
        endpoint="calendar.index",
        subjects=("calendar",),
        opens=calendar.may_look,
        block=4,
    ),
    Door(
        word=lazy_gettext("店铺设置"),
        endpoint="shop_settings.index",
        subjects=("shop_settings",),
        opens=shop_settings.may_edit,
        block=4,
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
    opened = sorted((door for door in DOORS if door.opens(person)), key=lambda door: not door.begins_days)
    return opened[0].endpoint if opened else "login.nothing"
