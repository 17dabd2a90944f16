"""Messages that go out (外发消息): what waits, what has gone, and what could not be delivered."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.errors import NotFound
from engine.queries.letters import AUDIENCES
from web import notes
from web.i18n import gettext, lazy_gettext
from web.identity import actor, needs, repairs_cases, sees_cases
from web.links import local_target
from web.wiring import parts, records

bp = Blueprint("outbox", __name__)
_FILTERS = ("state", "audience", "template", "since", "until", "text")
STATES = {"waiting": lazy_gettext("待发送"), "sent": lazy_gettext("已发送"), "failed": lazy_gettext("发送失败")}
WHOM = {
    "customer": lazy_gettext("发给客户"),
    "courier": lazy_gettext("发给快递"),
    "staff": lazy_gettext("发给同事"),
    "platform": lazy_gettext("提交给平台"),
}


@bp.get("/messages")
@needs(sees_cases)
def index() -> ResponseReturnValue:
    """Messages of the cases that the person may see, newest first; filters stand in the address."""
    given = {name: request.args.get(name, "").strip()[:64] for name in _FILTERS}
    query = {name: text for name, text in given.items() if text}
    after = request.args.get("after")
    page = records().letters(actor(), query, after=after)
    return render_template(
        "outbox/index.html",
        page=page,
        query=dict(page.filters),
        unread=sorted(query.keys() - page.filters.keys()),
        after=after,
        states=STATES,
        whom={code: WHOM[code] for code in AUDIENCES},
        may_retry=access.may(actor(), "P07"),
        here=request.full_path,
    )


@bp.post("/messages/<int:message_id>/retry")
@needs(repairs_cases)
def retry(message_id: int) -> ResponseReturnValue:
    """303 back: a message that was given up is tried again."""
    found = records().letter_given_up(message_id, actor())
    if found is None:
        raise NotFound(f"no message {message_id} waits for a person")
    parts().runtime.resolve_incident(found, actor())
    notes.add(gettext("已安排再发一次。"))
    return redirect(local_target(request.form.get("next"), url_for("outbox.index")), code=303)
