"""Personal data of a case on a click: written into its history first, then shown for a minute."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import NotFound, StaleInstance
from engine.model import Event
from engine.runtime.revealing import reveal as keep
from web import live
from web.identity import actor, needs, sees_cases
from web.security import limiter
from web.wiring import parts, surroundings

bp = Blueprint("reveal", __name__)
#: How long a value stays on the page.
SHOWN_SECONDS: Final = 60
#: One person's looks: a task needs three or four.
RATE: Final = "60 per minute"
_MAX_NAME: Final = 64
_TRIES: Final = 3


def _who() -> str:
    return actor().id


@bp.post("/cases/<case_id>/reveal")
@needs(sees_cases)
@limiter.limit(RATE, key_func=_who)
def show(case_id: str) -> ResponseReturnValue:
    """The field ``field`` as it is: a part of a page for a script, else a page of its own; never kept by a browser.

    NotFound and NotAllowed become 404 in the app's error handlers; nothing is written then.
    """
    name = request.form.get("field", "")[:_MAX_NAME]
    found = surroundings().personal(case_id, actor(), name)
    write_down(case_id, Event(kind="personal.revealed", value={"field": name}), name)
    template = "reveal/_value.html" if live.wants_fragment() else "reveal/page.html"
    answer = make_response(render_template(template, found=found, case_id=case_id, seconds=SHOWN_SECONDS))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def write_down(case_id: str, event: Event, name: str) -> None:
    """The event that the person looks at something of a case, counted with the others of the day."""
    for left in range(_TRIES, 0, -1):
        try:
            keep(parts().runtime, case_id, event, name, actor())
        except StaleInstance:  # somebody works on the case at this moment
            if left == 1:
                raise
        else:
            return
    raise NotFound("not reached")
