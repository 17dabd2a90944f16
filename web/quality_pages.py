"""What the pages about quality have in common: their tabs, by what the person may see, and words."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from engine import kpi
from engine.kpi import Period
from engine.model import Actor
from engine.quality import appraisals, causes, survey, weeks, words
from web.i18n import lazy_gettext
from web.identity import actor
from web.wiring import parts

#: Why a case is checked, and how far that has come: sign and word.
WHY = {"drawn": lazy_gettext("每周抽取"), "complaint": lazy_gettext("投诉全查"), "hand": lazy_gettext("人工加入")}
STATES = {
    words.WAITING: ("sign-active", lazy_gettext("待质检")),
    words.CHECKED: ("sign-done", lazy_gettext("已出结果")),
    words.OBJECTED: ("sign-late", lazy_gettext("有申诉")),
    words.DECIDED: ("sign-done", lazy_gettext("已裁定")),
}
_TABS = (
    ("quality.index", lazy_gettext("抽检"), words.may_look),
    ("quality.mine", lazy_gettext("我的结果"), words.is_checked),
    ("quality.week", lazy_gettext("质检周报"), words.may_look),
    ("reports.causes", lazy_gettext("原因统计"), causes.may_read),
    ("reports.issues", lazy_gettext("共性问题"), lambda person: words.may_look(person) or words.is_checked(person)),
    ("feedback.index", lazy_gettext("部门反馈"), words.may_look),
    ("appraisals.index", lazy_gettext("考评反馈"), lambda person: appraisals.may_read(person, person.id)),
    ("survey.show", lazy_gettext("员工问卷"), lambda person: survey.may_answer(person) or survey.may_read(person)),
    ("quality.form", lazy_gettext("质检表"), words.may_look),
)


def opens(person: Actor) -> bool:
    """Who checks, reads checks, or is checked."""
    return words.may_look(person) or words.is_checked(person)


def page(template: str, tab: str, /, **context: Any) -> str:
    """A page with the tabs that open to the person; ``tab`` is the endpoint of the present one."""
    tabs = [(endpoint, word) for endpoint, word, may in _TABS if may(actor())] if opens(actor()) else []
    return render_template(template, tabs=tabs, here_tab=tab, week_name=weeks.name_of, **context)


def this_week() -> str:
    """The present week."""
    return weeks.week_of(parts().clock.now())


def asked_month() -> Period:
    """The month that the address or the form names, else the last that is over."""
    code = request.values.get("month", "").strip()
    if code:
        return kpi.read_month(code)
    return kpi.month_of(kpi.today_of(parts().clock.now())).previous()
