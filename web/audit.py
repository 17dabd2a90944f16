"""The auditor's pages: every event of a case in order, and the proof that the rules give the same again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import audit as proofs
from engine.queries import CaseView, EventView
from web import history
from web.cases import case_labels, shown_diagram
from web.i18n import lazy_gettext
from web.identity import actor, audits, needs
from web.wiring import parts

bp = Blueprint("audit", __name__)
_PAGE = 500
#: What re-execution says → the same in the page's language; other sentences stay as they are.
_REASONS = {
    "the event differs": lazy_gettext("事件不同"),
    "the row's hash or commitment does not fit its content": lazy_gettext("这一行的哈希或承诺与内容不符"),
    "the stored state is not what the commands give": lazy_gettext("保存的状态与命令得出的不同"),
}


@bp.get("/audit")
@needs(audits)
def index() -> ResponseReturnValue:
    """Cases to look into."""
    query = {name: request.args.get(name, "").strip()[:64] for name in ("text", "after")}
    query = {name: text for name, text in query.items() if text}
    page = parts().queries.cases(actor(), text=query.get("text"), after=query.get("after"))
    return render_template("audit/index.html", page=page, query=query)


@bp.get("/audit/<case_id>")
@needs(audits)
def show(case_id: str) -> ResponseReturnValue:
    """Who did what, when, at which element, with values before and after."""
    return _page(parts().queries.case(case_id, actor()), None)


@bp.post("/audit/<case_id>/re-execution")
@needs(audits)
def re_execute(case_id: str) -> ResponseReturnValue:
    """Execute the recorded commands again and say whether every event is the same; nothing is written."""
    case = parts().queries.case(case_id, actor())
    return _page(case, proofs.re_execute(parts().db, case.case_id))


def _page(case: CaseView, report: proofs.CaseReport | None) -> str:
    after = request.args.get("after")
    events = parts().queries.events(case.case_id, actor(), after=after, limit=_PAGE)
    everything = request.args.get("fine", "1") != "0"
    lines = history.lines(events, case_labels(case, events))
    return render_template(
        "audit/case.html",
        case=case,
        lines=[line for line in lines if everything or not line.fine],
        everything=everything,
        next_after=_next_after(events),
        after=after,
        report=report,
        reasons=_REASONS,
        **shown_diagram(case),
    )


def _next_after(events: Iterable[EventView]) -> str | None:
    """Where the next page begins; None on the last."""
    last = next(islice(events, _PAGE - 1, None), None)
    return None if last is None else last.cursor
