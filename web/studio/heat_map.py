"""Where cases of a process spend their time, drawn on its diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, flow_analysis
from engine.clock import SHANGHAI
from engine.definitions import Deployed
from engine.errors import InvalidValue, NotFound
from engine.exports.files import Sheet, write_csv
from engine.flow_analysis import Analysis, Asked, Drawing, ElementFigures, Figure, Role
from engine.flow_analysis.choosing import version_keys, visible_roots
from engine.labels import labels_for
from engine.masking import is_masked
from engine.model import Actor
from engine.process_map import read_network
from engine.queries.cases import read_rows
from web import board, errors
from web.format import exact
from web.i18n import gettext
from web.identity import actor, needs, sees_cases, sees_studio
from web.studio import heat_table, heat_views
from web.studio.blueprint import bp
from web.studio.personal import personal_names
from web.wiring import parts

_MOST_LISTED: Final = 200
#: Days up to today.
_PRESETS: Final = (7, 30, 90, 365)


def may_look(person: Actor) -> bool:
    """Who works on processes, and who hands out the work that they bring: figures without names."""
    return sees_studio(person) or board.may_look(person)


@bp.get("/studio/heat")
@needs(may_look)
def heat_any() -> ResponseReturnValue:
    """303 to the process of which most is open."""
    with parts().db.read() as connection:
        found = read_network(connection, parts().definitions).nodes
    if not found:
        raise NotFound("no process is deployed", message_zh="还没有流程。")
    busiest = max(found, key=lambda node: (node.open, node.by_form))
    return redirect(url_for("studio.heat", process_id=busiest.id), code=303)


@bp.get("/studio/processes/<process_id>/heat")
@needs(may_look)
def heat(process_id: str) -> str:
    """The diagram with its figures, bottlenecks and ways back; which cases are counted stands in the address."""
    latest = _latest(process_id)
    reading = _read(latest)
    asked = reading.asked
    with parts().db.read() as connection:
        versions = version_keys(connection, process_id)
        shown = _shown(latest, asked, versions)
        drawing = flow_analysis.drawing_of(shown.xml)
        analysis = _analyse(connection, process_id, asked, drawing)
        names = _Names(versions, shown)
    labels = labels_for(latest)
    return render_template(
        "studio/heat_map.html",
        process=latest,
        shown=shown,
        processes=[(one.process_id, one.name) for one in parts().definitions.all_latest()],
        asked=asked,
        problems={name: errors.sentence(problem) for name, problem in reading.problems.items()},
        chips=heat_views.chips(asked, names.element, labels.name),
        versions=list(versions),
        analysis=analysis,
        rows=_rows(analysis),
        passing=[one for one in analysis.elements if one.part.role is Role.PASSING and one.visits],
        watchers=[one for one in analysis.elements if one.part.role is Role.WATCHER and one.armed],
        heat=heat_views.heat(analysis),
        names=names,
        views=heat_views,
        presets=list(_presets()),
        ends=[part for part in drawing.parts.values() if part.kind == "endEvent"],
        steps=[part for part in drawing.parts.values() if part.name and part.role is not Role.PASSING],
        variables=_variables(latest),
        most=flow_analysis.MOST_INSTANCES,
        most_variables=flow_analysis.MOST_VARIABLES,
        given=request.args,
        behind=_behind(process_id, asked) if sees_cases(actor()) else None,
        in_studio=sees_studio(actor()),
        may_deploy=access.may_deploy(actor()),
    )


@bp.get("/studio/processes/<process_id>/heat.csv")
@needs(may_look)
def heat_csv(process_id: str) -> Response:
    """The figures of every element as a table; durations in hours."""
    latest = _latest(process_id)
    asked = _read(latest).asked
    with parts().db.read() as connection:
        shown = _shown(latest, asked, version_keys(connection, process_id))
        analysis = _analyse(connection, process_id, asked, flow_analysis.drawing_of(shown.xml))
    now = exact(parts().clock.now())
    mark = gettext("%(name)s · %(who)s · %(at)s · 筛选:%(asked)s", name=latest.name, who=actor().name, at=now,
                   asked=asked.query() or gettext("无"))  # fmt: skip
    sheet = Sheet(
        title=latest.name,
        mark=mark,
        author=actor().name,
        header=heat_table.header(),
        rows=list(heat_table.cells(analysis)),
    )
    return send_file(
        write_csv(sheet), mimetype="text/csv", as_attachment=True, download_name=f"{process_id} 流程分析.csv"
    )


@bp.get("/studio/processes/<process_id>/heat/v<int:version>.bpmn")
@needs(may_look)
def heat_diagram(process_id: str, version: int) -> Response:
    """The diagram of a version, for the page to draw."""
    with parts().db.read() as connection:
        key = version_keys(connection, process_id).get(version)
    if key is None:
        raise NotFound("there is no such version", message_zh="没有这个版本。")
    return Response(parts().definitions.get(key).xml, mimetype="application/xml")


@bp.get("/studio/processes/<process_id>/heat/cases")
@needs(lambda person: may_look(person) and sees_cases(person))
def heat_cases(process_id: str) -> str:
    """The cases behind a figure, those that the person may see."""
    latest = _latest(process_id)
    asked, place = _read(latest).asked, request.args.get("place", "")[:100]
    figure = request.args.get("figure", "")
    if figure not in set(Figure):
        raise NotFound("there is no such figure")
    with parts().db.read() as connection:
        shown = _shown(latest, asked, version_keys(connection, process_id))
        ids = flow_analysis.cases_behind(
            connection, parts().definitions, process_id, asked, parts().clock.now(),
            place=place, figure=Figure(figure),
        )  # fmt: skip
        seen = visible_roots(connection, ids, actor())
        rows = read_rows(connection, parts().definitions, seen[:_MOST_LISTED])
    return render_template(
        "studio/heat_map_cases.html",
        process=latest,
        place=shown.element_name(place) if place not in shown.definition.flows else gettext("连线"),
        figure=heat_words()[figure],
        rows=rows,
        count=len(ids),
        seen=len(seen),
        most=_MOST_LISTED,
        back=url_for("studio.heat", process_id=process_id) + _and(asked.query()),
    )


def heat_words() -> dict[str, str]:
    """What the figures are called."""
    return {
        Figure.VISITS: gettext("走过这里"),
        Figure.RUNNING: gettext("正停在这里"),
        Figure.CANCELLED: gettext("在这里被取消"),
        Figure.REPEATED: gettext("回到这里"),
        Figure.STUCK: gettext("在这里发生异常"),
    }


# --- what is asked --------------------------------------------------------------------------------


def _latest(process_id: str) -> Deployed:
    parts().definitions.refresh()
    found = parts().definitions.find_latest(process_id)
    if found is None:
        raise NotFound(f"there is no process {process_id[:60]!r}", message_zh="没有这个流程。")
    return found


def _read(deployed: Deployed) -> flow_analysis.AskedReading:
    """The conditions in the address; nobody counts by personal data."""
    reading = flow_analysis.read(request.args.items(multi=True))
    personal = personal_names(deployed.process_id) if reading.asked.variables else frozenset()
    for one in reading.asked.variables:
        if is_masked(one.name) or one.name in personal:
            problem = InvalidValue(
                "Personal data cannot be filtered by. Please choose another variable.",
                message_zh="个人信息不能用来筛选,请选择其他变量。",
            )
            asked = reading.asked.without("", one)
            reading = flow_analysis.AskedReading(asked=asked, problems={**reading.problems, "var": problem})
    return reading


def _shown(latest: Deployed, asked: Asked, versions: dict[int, int]) -> Deployed:
    """The version whose diagram is drawn: the newest of those that are counted."""
    if any(number not in versions for number in asked.versions):
        raise NotFound("there is no such version", message_zh="没有这个版本。")
    return parts().definitions.get(versions[asked.versions[0]]) if asked.versions else latest


def _analyse(connection: Any, process_id: str, asked: Asked, drawing: Drawing) -> Analysis:
    found = parts()
    return flow_analysis.analyse(connection, found.definitions, process_id, asked, found.clock.now(), drawing=drawing)


def _presets() -> Iterator[tuple[int, str]]:
    today: date = parts().clock.now().astimezone(SHANGHAI).date()
    for days in _PRESETS:
        yield days, (today - timedelta(days=days - 1)).isoformat()


def _variables(deployed: Deployed) -> list[tuple[str, str]]:
    """Variables by which can be filtered, with what the forms call them."""
    personal, named = personal_names(deployed.process_id), labels_for(deployed).names.items()
    return [(name, label) for name, label in named if not is_masked(name) and name not in personal and "." not in name]


# --- what is shown --------------------------------------------------------------------------------


class _Names:
    """Names of elements, of whichever version has them: the shown one first."""

    def __init__(self, versions: dict[int, int], shown: Deployed) -> None:
        self._versions = list(versions.values())
        self._shown = shown

    def element(self, element: str) -> str:
        """An element's name."""
        if element in self._shown.definition.elements:
            return self._shown.element_name(element)
        for key in self._versions:
            deployed = parts().definitions.get(key)
            if element in deployed.definition.elements:
                return deployed.element_name(element)
        return element

    def path(self, path: Sequence[str]) -> str:
        """A way, step by step."""
        return " → ".join(self.element(one) for one in path)


def _rows(analysis: Analysis) -> list[ElementFigures]:
    """Bottlenecks first, then what took no time or holds what did."""
    first = [one for one in analysis.bottlenecks if one.part.role is Role.STEP or one.elapsed.total]
    known = {one.part.id for one in (*first, *analysis.elsewhere)}
    rest = [
        one
        for one in analysis.elements
        if one.part.id not in known and one.visits and one.part.role in (Role.STEP, Role.CONTAINER)
    ]
    on_diagram = {one.part.id for one in analysis.elements}
    return [one for one in first if one.part.id in on_diagram] + rest


def _behind(process_id: str, asked: Asked) -> Any:
    def link(place: str, figure: str) -> str:
        address = url_for("studio.heat_cases", process_id=process_id, place=place, figure=figure)
        return f"{address}&{asked.query()}" if asked.query() else address

    return link


def _and(query: str) -> str:
    return f"?{query}" if query else ""
