"""The doors within the auditors' desk: who may open which of its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Flask, request

from engine import access, eventlogs, retention
from engine.inspection import words
from engine.model import Actor
from web.i18n import lazy_gettext
from web.identity import actor, audits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page of the desk."""

    word: object
    endpoint: str
    opens: Callable[[Actor], bool]
    #: Endpoints of pages within it.
    within: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether this request shows it, or a page within it."""
        return request.endpoint == self.endpoint or request.endpoint in self.within


def reads_system(person: Actor) -> bool:
    """P23 in full, or to read what administrators did: may see the system's record and its proofs."""
    return access.reach(person, "P23") in {access.Reach.YES, access.Reach.READ}


TABS: Final = (
    Tab(word=lazy_gettext("工单"), endpoint="audit.index", opens=audits),
    Tab(word=lazy_gettext("查询"), endpoint="inspection.questions", opens=audits, within=("inspection.question",)),
    Tab(word=lazy_gettext("抽样"), endpoint="inspection.samples", opens=audits, within=("inspection.sample",)),
    Tab(
        word=lazy_gettext("发现"),
        endpoint="inspection.findings",
        opens=words.may_open_findings,
        within=("inspection.finding", "inspection.new_finding"),
    ),
    Tab(word=lazy_gettext("规则监控"), endpoint="policy.index", opens=audits),
    Tab(word=lazy_gettext("系统记录"), endpoint="system_record.index", opens=reads_system),
    Tab(word=lazy_gettext("证明"), endpoint="proofs.index", opens=reads_system),
    Tab(word=lazy_gettext("导出历史"), endpoint="eventlogs.index", opens=eventlogs.may_take),
    Tab(word=lazy_gettext("保存期限"), endpoint="retention.index", opens=retention.may_read),
)


def install(app: Flask) -> None:
    """Let templates show the tabs that open to the person."""
    app.jinja_env.globals["audit_tabs"] = lambda: [tab for tab in TABS if tab.opens(actor())]
