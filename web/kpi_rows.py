"""The lists behind a number of the indicators: facts of cases and tasks, imported rows, what was entered."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import kpi
from engine.errors import NotFound
from engine.kpi import TOTAL, From, evidence
from engine.kpi.figures import BY_NAME, CHANNELS, KIND_NAMES, KIND_OF
from engine.kpi.scores import list_entries
from web.i18n import gettext
from web.identity import actor, needs
from web.kpi_frame import board_of, frame, name_of, period_here, person_here, process_name
from web.wiring import parts

bp = Blueprint("kpi_rows", __name__)
_ROWS: Final = 50


@bp.get("/kpi/<indicator_id>/rows")
@needs(kpi.sees_indicators)
def rows(indicator_id: str) -> ResponseReturnValue:
    """The list behind a number: it has as many lines as the number says."""
    indicator, period = kpi.get_indicator(indicator_id), period_here()
    kind = _kind(request.args.get("kind", ""))
    part_id, side, after = request.args.get("part", ""), request.args.get("side", "all"), request.args.get("after")
    with parts().db.read() as connection:
        board = board_of(connection, period)
        key = person_here(board)
        part = evidence.part_of(board, indicator, key, kind, part_id, side)
        people = evidence.people_of(board, key, whole_shop=indicator.credited == "全店")
        here = {"indicator_id": indicator.id, "period": period.code, "person": key or None, "kind": kind.value}
        here |= {"part": part_id, "side": side}
        context: dict[str, Any] = {
            "indicator": indicator, "key": key, "key_name": name_of(board, key), "part": part, "side": side,
            "here": here, "after": after, "place": kind.value, **frame(board),
        }  # fmt: skip
        if kind is From.FACTS:
            page, count = evidence.list_facts(board.scope, part_id, side, people, after=after, limit=_ROWS)
            open_cases = evidence.open_cases(connection, actor(), {one.case_id for one in page.items if one.case_id})
            context |= {"page": page, "count": count, "open_cases": open_cases, "what": _what}
        elif kind is From.FIGURES:
            figures = evidence.list_figures(connection, board, part_id, people, after=after, limit=_ROWS)
            context |= {
                "page": figures,
                "channels": CHANNELS,
                "figure": BY_NAME[part_id],
                "file_kind": KIND_NAMES[KIND_OF[part_id]],
            }
        else:
            asked = board.people if key == TOTAL else (key,)
            context["entries"] = [
                (person, score, by, at)
                for person in asked
                for score, by, at in list_entries(connection, part_id, person, period)
            ]
        context["names"] = {**{one: member.name for one, member in board.circle.members.items()}, "": gettext("未归人")}
    return render_template("kpi/rows.html", **context)


def _kind(text: str) -> From:
    try:
        return From(text)
    except ValueError:
        raise NotFound("there is no such list", message_zh="没有这个明细。") from None


def _what(text: str) -> str:
    """What a row is about: a process, a step of it, a register."""
    process, _, rest = text.partition("|")
    name = process_name(process)
    if not rest:
        return name
    try:
        element = parts().definitions.latest(process).element_name(rest)
    except NotFound:
        element = rest
    return f"{name} · {element}"
