"""The policy monitor's page: which rules watch payments and steps, and what they have found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, render_template

from engine.inspection import finding_list
from engine.inspection.policy.overview import RuleLine, TableLines, read_overview
from engine.queries.base import Names
from web import format as words
from web.i18n import gettext, lazy_gettext
from web.identity import actor, audits, needs, sees_studio
from web.inspection_pages import SEVERITIES, STATES
from web.wiring import parts

bp = Blueprint("policy", __name__)

#: What each table watches, in the page's language.
SUBJECTS: Final[Mapping[str, tuple[object, object]]] = {
    "audit_payment": (lazy_gettext("付款"), lazy_gettext("每付出一笔退款或补偿,看收款账户、金额、批准人和经手人。")),
    "audit_agent_month": (
        lazy_gettext("每人每月的补偿"),
        lazy_gettext("每人每月提出并已付的补偿,与组内人均比较;人均包括组内没有补偿的售后客服和本人。"),
    ),
    "audit_step": (
        lazy_gettext("工作时间以外的操作"),
        lazy_gettext("有排班的人按自己的班次,没有的按工作日历,请假的按请假时间。时间以内的操作不留底。"),
    ),
    "audit_windows": (lazy_gettext("统计口径"), lazy_gettext("付款的各项次数往前数多少天,比上限少多少算接近上限。")),
}
#: Values that the monitor itself tells the tables.
VALUES: Final[Mapping[str, object]] = {
    "compensation": lazy_gettext("补偿"),
    "refund": lazy_gettext("退款"),
    "difference": lazy_gettext("差价"),
    "completed": lazy_gettext("办理任务"),
    "repaired": lazy_gettext("修复流程"),
    "revealed": lazy_gettext("查看个人信息"),
    "roster": lazy_gettext("排班"),
    "calendar": lazy_gettext("工作日历"),
    "absence": lazy_gettext("请假"),
}
_TOKEN: Final = re.compile(r'"([^"]*)"|[A-Za-z_][A-Za-z_0-9]*')
_NEWEST: Final = 10


@bp.get("/audit/policy")
@needs(audits)
def index() -> str:
    """The rules with their versions and findings, and the newest findings that the person may see."""
    person = actor()
    with parts().db.read() as connection:
        overview = read_overview(connection, person)
        deployers = {one.table.deployed_by for one in (*overview.tables, overview.windows) if one.table is not None}
        names = Names(connection, parts().definitions, deployers)
        newest = finding_list.list_findings(connection, person, source="policy").rows[:_NEWEST]
    return render_template(
        "policy/index.html",
        overview=overview,
        newest=newest,
        subjects=SUBJECTS,
        conditions=conditions,
        person_name=names.person,
        severities=SEVERITIES,
        states=STATES,
        sees_tables=sees_studio(person),
    )


def conditions(table: TableLines, rule: RuleLine) -> list[tuple[str, str]]:
    """(column, condition) of a rule, as people read them: other columns by their labels, values by their words."""
    return [(cell.label, words.rule_cell(_said(cell.text, table.labels), cell.name)) for cell in rule.conditions]


def _said(cell: str, names: Mapping[str, str]) -> str:
    def word(found: re.Match[str]) -> str:
        if found[1] is not None:
            return str(VALUES.get(found[1], found[0]))
        if found[0] in ("true", "false"):
            return gettext("是") if found[0] == "true" else gettext("否")
        return names.get(found[0], found[0])

    return _TOKEN.sub(word, cell)
