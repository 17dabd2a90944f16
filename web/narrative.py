"""A case told in plain sentences, for auditors: each sentence leads to the events that it is told from."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from engine.narrative import MOST_EVENTS, events_of, tell_case
from engine.queries import EventView
from web.i18n import english
from web.identity import actor, audits, needs
from web.wiring import parts

bp = Blueprint("narrative", __name__)
#: Events on a page of the history; its pages begin behind every so many.
PAGE: Final = 500


@bp.get("/audit/<case_id>/story")
@needs(audits)
def show(case_id: str) -> ResponseReturnValue:
    """The summary, then day by day."""
    case = parts().queries.case(case_id, actor())
    events = events_of(parts().queries, case.case_id, actor())
    story = tell_case(
        parts().db, parts().definitions, case, events, now=parts().clock.now(), english=english()
    )  # fmt: skip
    return render_template(
        "audit/story.html",
        case=case,
        story=story,
        places=_places(case.case_id, events),
        shortened=len(events) > MOST_EVENTS,
        most=MOST_EVENTS,
    )


def _places(case_id: str, events: list[EventView]) -> dict[tuple[int, int], str]:
    """Event → its address in the history."""
    found, page = {}, url_for("audit.show", case_id=case_id)
    for index, event in enumerate(events):
        if index and index % PAGE == 0:
            page = url_for("audit.show", case_id=case_id, after=events[index - 1].cursor)
        found[event.stream, event.seq] = f"{page}#event-{event.stream}-{event.seq}"
    return found
