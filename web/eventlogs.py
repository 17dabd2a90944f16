"""Histories taken home by auditors: choose cases, see how many there are, take the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine import eventlogs
from engine.errors import InvalidValue
from engine.eventlogs import Counted, LogFile, Selection
from web import errors, posted
from web.i18n import lazy_gettext
from web.identity import actor, needs
from web.wiring import parts

bp = Blueprint("eventlogs", __name__)
#: Arguments of the page's address: the selection.
_ARGUMENTS: Final = ("process", "since", "until", "status", "cases")
_MOST_TEXT: Final = 500
_BETWEEN: Final = re.compile(r"[\s,,、;;]+")
#: What each format is good for.
USES: Final = {
    "csv": lazy_gettext("表格,一行一个事件"),
    "xlsx": lazy_gettext("表格,一行一个事件,最多 1,048,000 行"),
    "jsonl": lazy_gettext("一行一个对象,数值原样,供程序读取"),
    "xes": lazy_gettext("流程挖掘,IEEE 1849 标准,一个工单一条轨迹"),
    "ocel": lazy_gettext("流程挖掘,工单、订单、买家、包裹、员工互相关联"),
    "ocel-xml": lazy_gettext("同上,XML 文件"),
}


@bp.get("/audit/exports")
@needs(eventlogs.may_take)
def index() -> ResponseReturnValue:
    """Cases and events of the selection in the address, and the form that takes them."""
    return _page(_arguments(request.args))


@bp.post("/audit/exports")
@needs(eventlogs.may_take)
def take() -> ResponseReturnValue:
    """The file; 422 with the page when it cannot be made, 404 when personal data are not the person's to take."""
    arguments = _arguments(request.form)
    found = parts()
    try:
        file = eventlogs.export(
            found.db,
            found.definitions,
            found.clock,
            actor(),
            _selection(arguments),
            form=request.form.get("format", ""),
            unmasked=request.form.get("unmasked") == "1",
            reason=posted.text("reason", 500),
            most_cases=eventlogs.MOST_CASES,
        )
    except InvalidValue as problem:
        return _page(arguments, problem=errors.sentence(problem)), 422
    return _sent(file)


def _page(arguments: Mapping[str, str], *, problem: str | None = None) -> str:
    person = actor()
    counted: Counted | None = None
    try:
        counted = eventlogs.count_selected(parts().db, person, _selection(arguments))
    except InvalidValue as unreadable:
        problem = problem or errors.sentence(unreadable)
    return render_template(
        "eventlogs/index.html",
        query=arguments,
        counted=counted,
        most=eventlogs.MOST_CASES,
        formats={code: (one.name, USES[code]) for code, one in eventlogs.FORMATS.items()},
        chosen=request.form.get("format", "xes"),
        processes=[(one.process_id, one.name) for one in parts().definitions.all_latest()],
        may_unmask=eventlogs.may_take_unmasked(person),
        unmasked=request.form.get("unmasked") == "1",
        reason=posted.text("reason", 500),
        problem=problem,
    )


def _selection(arguments: Mapping[str, str]) -> Selection:
    return eventlogs.read_selection(
        process=arguments.get("process", ""),
        since=arguments.get("since", ""),
        until=arguments.get("until", ""),
        status=arguments.get("status", ""),
        case_ids=_BETWEEN.split(arguments.get("cases", "")),
    )


def _arguments(given: Any) -> dict[str, str]:
    """The selection among what came with an address or a form; empty ones are left out."""
    found = {name: str(given.get(name, "")).strip()[:_MOST_TEXT] for name in _ARGUMENTS}
    return {name: text for name, text in found.items() if text}


def _sent(file: LogFile) -> Response:
    return send_file(file.content, mimetype=file.mimetype, as_attachment=True, download_name=file.name)
