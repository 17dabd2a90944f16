"""Cases: the list, one case with its live diagram, and what it left behind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, attachments
from engine.definitions import Deployed
from engine.errors import NotFound
from engine.labels import ACCOUNTS, Labels, labels_of
from engine.queries import CaseView, EventView, InstanceView
from web import history, live
from web.case_parts import KINDS, changes_of, incoming_of, names_within, of_kind, step_times, time_words
from web.form_files import FileView
from web.i18n import lazy_gettext
from web.identity import actor, needs, sees_cases
from web.links import number
from web.wiring import parts, surroundings

bp = Blueprint("cases", __name__)
_STATUSES = ("active", "suspended", "completed", "cancelled")
_TABS = ("variables", "messages", "registers", "files")
#: What a token waits as → a word for it.
WAITS_AS = {
    "user_task": lazy_gettext("等人办理"),
    "job": lazy_gettext("系统步骤"),
    "timer": lazy_gettext("定时"),
    "message": lazy_gettext("等消息"),
    "signal": lazy_gettext("等信号"),
    "call": lazy_gettext("调用流程"),
    "incident": lazy_gettext("停在这里"),
    "join": lazy_gettext("等其他分支"),
    "scope": lazy_gettext("里面还有步骤"),
}
#: What an operator may type as a variable's value.
VALUE_TYPES = {
    "text": lazy_gettext("文本"),
    "number": lazy_gettext("数字"),
    "boolean": lazy_gettext("是/否"),
    "date": lazy_gettext("日期"),
    "datetime": lazy_gettext("日期时间"),
    "json": "JSON",
    "null": lazy_gettext("空"),
}
_EVENTS = 2000
#: More than a timeline can show; the audit page has them all.
_MOST_EVENTS = 10_000


@bp.get("/cases")
@needs(sees_cases)
def index() -> ResponseReturnValue:
    """The cases that the person may see, newest first; filters stand in the address."""
    query = {name: request.args.get(name, "").strip()[:64] for name in ("status", "process", "text", "after")}
    query = {name: text for name, text in query.items() if text}
    if query.get("status") not in _STATUSES:
        query.pop("status", None)
    page = parts().queries.cases(
        actor(),
        status=query.get("status"),
        process_id=query.get("process"),
        text=query.get("text"),
        after=query.get("after"),
    )
    processes = [(deployed.process_id, deployed.name) for deployed in parts().definitions.all_latest()]
    return render_template("cases/index.html", page=page, query=query, processes=processes)


@bp.get("/cases/<case_id>")
@needs(sees_cases)
def show(case_id: str) -> ResponseReturnValue:
    """Headline, diagram, timeline; tabs for what the case knows, said and registered."""
    return case_page(case_id)


@bp.get("/cases/<case_id>/live")
@needs(sees_cases)
def refreshed(case_id: str) -> Response:
    """Everything that moves on the case's page, for the poll."""
    return live.fragment(render_template("cases/_live.html", **shown(case_id)))


@bp.get("/cases/<case_id>/diagrams/<int:definition_key>.bpmn")
@needs(sees_cases)
def diagram(case_id: str, definition_key: int) -> Response:
    """The diagram of a version that an instance of the case runs on; it never changes."""
    case = parts().queries.case(case_id, actor())
    if definition_key not in {instance.definition_key for instance in case.instances}:
        raise NotFound("the case has no instance of this version")
    answer = Response(parts().definitions.get(definition_key).xml, mimetype="application/xml")
    # Opened by itself it is saved, not shown: a diagram may hold markup that a browser would run.
    answer.headers.set("Content-Disposition", "attachment", filename=f"{definition_key}.bpmn")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def case_page(case_id: str, *, problem: str | None = None, typed: object = None) -> str:
    """The case's page; after a repair that could not be done, with what is wrong and what had been typed."""
    known = shown(case_id)
    running = known["case"].status in ("active", "suspended")
    repairs = parts().queries.repairs(case_id, actor()) if known["may_repair"] and running else ()
    return render_template(
        "cases/case.html",
        seconds=live.SECONDS,
        repairs=repairs,
        value_types=VALUE_TYPES,
        waits_as=WAITS_AS,
        problem=problem,
        typed=typed,
        **known,
    )


def case_labels(case: CaseView, events: Iterable[EventView]) -> Labels:
    """What the forms of the case's processes call its variables; the root's words win.

    People's names are read where the case or these events hold the id of somebody.
    """
    forms: dict[str, Any] = {}
    versions = deployed_of(case)
    for deployed in versions:
        forms |= deployed.forms
    root = parts().definitions.get(case.instances[0].definition_key).definition
    labels = labels_of(forms, root.start_form, [deployed.definition.outcomes for deployed in versions])
    held = {fact.name for fact in case.variables} | names_within([event.value for event in events])
    return parts().queries.named(labels, [name for name in (*labels.people, *ACCOUNTS) if name in held])


def deployed_of(case: CaseView) -> list[Deployed]:
    """The versions that the case's instances are pinned to."""
    return [parts().definitions.get(instance.definition_key) for instance in case.instances]


def shown(case_id: str) -> dict[str, Any]:
    """What the case's page and its print show."""
    case = parts().queries.case(case_id, actor())
    tab = request.args.get("tab", "")
    events = _events(case_id)
    labels = case_labels(case, events)
    lines = history.lines(events, labels)
    told = [line for line in lines if not line.fine]
    kind = request.args.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    return {
        "case": case,
        "tab": tab if tab in _TABS else "variables",
        "timeline": of_kind(told, kind)[::-1],
        "kind": kind,
        "kinds": KINDS,
        "changes": changes_of(lines),
        "incoming": incoming_of(lines),
        "reveals": surroundings().reveals(case_id, actor()),
        "labels": labels,
        "files": _files(case_id),
        "may_audit": access.may_audit(actor()),
        "may_repair": access.may(actor(), "P07"),
        "may_work": access.may(actor(), "P04"),
        **shown_diagram(case),
    }


def _files(case_id: str) -> list[FileView]:
    """The case's files, those of personal fields masked; the case is visible to the person."""
    with parts().db.read() as connection:
        found = attachments.list_of_case(connection, case_id)
    return [FileView.of(file.value, personal=file.personal) for file in found]


def _events(case_id: str) -> list[EventView]:
    """The whole history: a case's page tells it from the end."""
    found: list[EventView] = []
    while True:
        page = parts().queries.events(case_id, actor(), after=found[-1].cursor if found else None, limit=_EVENTS)
        found += page
        if len(page) < _EVENTS or len(found) >= _MOST_EVENTS:
            return found


def shown_diagram(case: CaseView) -> dict[str, Any]:
    """What the diagram's part of a page needs."""
    instance = _chosen(case)
    deployed = parts().definitions.get(instance.definition_key)
    steps = step_times(instance, deployed, surroundings().times(instance))
    return {
        "instance": instance,
        "diagram_url": url_for("cases.diagram", case_id=case.case_id, definition_key=instance.definition_key),
        "diagram_state": diagram_state(instance, time_words(steps)),
        "waiting": _waiting(instance),
        "step_times": steps,
    }


def _chosen(case: CaseView) -> InstanceView:
    """The instance whose diagram is shown: the one asked for, else the case's own."""
    asked = request.args.get("instance", type=number)
    return next((instance for instance in case.instances if instance.key == asked), case.instances[0])


def diagram_state(instance: InstanceView, times: Mapping[str, str] | None = None) -> str:
    """What the diagram's script needs, as JSON; ``times`` says of an element when it was worked on."""
    state = {
        "tokens": dict(instance.tokens),
        "done": dict(instance.done),
        "flows": dict(instance.flows),
        "incidents": sorted(instance.incidents),
        "times": dict(times or {}),
    }
    return json.dumps(state, sort_keys=True)


def _waiting(instance: InstanceView) -> list[tuple[str, int, bool]]:
    """Where tokens stand, in words: (name, tokens, stuck)."""
    deployed = parts().definitions.get(instance.definition_key)
    return [
        (deployed.element_name(element), count, element in instance.incidents)
        for element, count in instance.tokens.items()
        if count > 0
    ]
