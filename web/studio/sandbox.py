"""A sandbox (沙箱) of a change: a process clicked through as it would be, until the run becomes a scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, sandbox, studio
from engine.clock import SHANGHAI
from engine.definitions.bundle import BPMN
from engine.errors import DefinitionRefused, EngineError, NotFound
from engine.labels import labels_for
from engine.model import Finding
from engine.sandbox import Bench, NoSandbox, NotPossible, Sandbox, Sandboxes, scenarios_of
from engine.scenarios import Action, Result, ScenarioRefused, actions_of
from engine.scenarios.forms import COMMON
from engine.studio import file_name
from web import errors, live, posted
from web.identity import actor, needs
from web.links import number
from web.studio import sandbox_forms as forms
from web.studio import sandbox_views as views
from web.studio.blueprint import bp
from web.studio.sandbox_deeds import DEEDS, fields_again, typed_now
from web.studio.sandbox_forms import Typed
from web.studio.sandbox_saving import save
from web.wiring import parts

_PLACE: Final = "/studio/changes/<int:key>/sandbox"
#: The buttons of the clock, in minutes.
STRIDES: Final = (60, 24 * 60, 3 * 24 * 60)


def sandboxes() -> Sandboxes:
    """Those of this installation."""
    return Sandboxes.beside(parts().db.file)


def files_of(change: int) -> dict[str, bytes]:
    """All that would be in force once the change is deployed.

    Raises:
        NotFound: there is no such change.
    """
    with parts().db.read() as connection:
        studio.read_change(connection, change)
        return studio.files_around(connection, change)


def trial_of(change: int) -> tuple[dict[str, bytes], frozenset[str]]:
    """The same, and the names of those that the change leaves as they are in force.

    Raises:
        NotFound: there is no such change.
    """
    with parts().db.read() as connection:
        studio.read_change(connection, change)
        files = studio.files_around(connection, change)
        return files, frozenset(files.keys() - studio.draft_files(connection, change).keys())


@bp.get(_PLACE)
@needs(access.may_deploy)
def sandboxes_of(key: int) -> ResponseReturnValue:
    """Choose a process to try; one's own sandboxes that are open."""
    return _choose(key)


@bp.post(_PLACE)
@needs(access.may_deploy)
def start_sandbox(key: int) -> ResponseReturnValue:
    """303 to a new sandbox of ``process``: at its beginning, or ``step`` steps into the scenario ``no``, or near to
    the flow ``aim``. 422 with the findings where the files are in no order.
    """
    process_id, no, aim = (posted.text(name, 200) for name in ("process", "no", "aim"))
    (files, passed), place = trial_of(key), sandboxes()
    if file_name(BPMN, process_id) not in files:
        raise NotFound(f"there is no process {process_id[:60]!r}", message_zh="没有这个流程。")
    try:
        token = place.make(actor().id, key, process_id, files, aim=aim, passed=passed)
    except DefinitionRefused as refused:
        return _choose(key, findings=[one for one in refused.findings if isinstance(one, Finding)]), 422
    except sandbox.TooManySandboxes as problem:
        return _choose(key, problem=errors.sentence(problem)), 409
    with _open(key, token) as opened:
        try:
            steps = _so_far(opened, files, passed, process_id, no, aim)
            if steps:
                opened.replay(steps)
        except (NotPossible, ScenarioRefused) as problem:
            return _page(key, token, opened, problem=errors.sentence(problem)), 422
    return redirect(url_for("studio.show_sandbox", key=key, token=token), code=303)


@bp.get(f"{_PLACE}/<token>")
@needs(access.may_deploy)
def show_sandbox(key: int, token: str) -> ResponseReturnValue:
    """The case: its diagram, what waits, what was done."""
    with _open(key, token) as opened:
        return _page(key, token, opened)


@bp.get(f"{_PLACE}/<token>/diagrams/<int:definition>.bpmn")
@needs(access.may_deploy)
def sandbox_diagram(key: int, token: str, definition: int) -> Response:
    """The diagram of a process as it is deployed in the sandbox."""
    with _open(key, token) as opened:
        return as_diagram(opened.performer.definitions.get(definition).xml, f"{definition}.bpmn")


@bp.post(f"{_PLACE}/<token>/fields")
@needs(access.may_deploy)
def sandbox_fields(key: int, token: str) -> ResponseReturnValue:
    """A form's fields again, those that the answers so far ask for; nothing is done."""
    with _open(key, token) as opened:
        view = fields_again(opened)
    if view is None:
        raise NotFound("there is no such form")
    return render_template("forms/fragment.html", view=view, refresh_url=request.path)


@bp.post(f"{_PLACE}/<token>/<verb>")
@needs(access.may_deploy)
def act_in_sandbox(key: int, token: str, verb: str) -> ResponseReturnValue:
    """303 to the sandbox after something was done, to a script its page; 422 with the page when it was refused."""
    if verb == "end":
        sandboxes().end(token, actor().id, key)
        return redirect(url_for("studio.sandboxes_of", key=key), code=303)
    if verb not in DEEDS and verb != "save":
        abort(404)
    with _open(key, token) as opened:
        typed = typed_now()
        try:
            if verb == "save":
                return save(key, opened)
            refused = DEEDS[verb](opened, typed)
        except (EngineError, ScenarioRefused) as problem:
            if isinstance(problem, NoSandbox):
                raise
            return _page(key, token, opened, typed=typed, problem=errors.sentence(problem)), 422
        if refused is not None:
            return _page(key, token, opened, typed=refused), 422
        if live.wants_fragment():  # a script takes the page at once
            return _page(key, token, opened)
    shown = request.args.get("instance", type=number)
    return redirect(url_for("studio.show_sandbox", key=key, token=token, instance=shown), code=303)


# --- pages ---------------------------------------------------------------------------------------


def as_diagram(xml: bytes, name: str) -> Response:
    """A diagram for the page's script; opened by itself it is saved, as it may hold what runs."""
    answer = Response(xml, mimetype="application/xml")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _choose(key: int, *, findings: list[Finding] | None = None, problem: str = "") -> str:
    with parts().db.read() as connection:
        change = studio.read_change(connection, key)
        files = studio.files_around(connection, key)
    own = {token: kept for token, kept in sandboxes().of(actor().id).items() if kept.change == key}
    names = {one["id"]: one["name"] for one in studio.surroundings(files)["processes"]}
    return render_template(
        "studio/sandboxes.html",
        change=change,
        tab="tests",
        names=names,
        own=own,
        findings=findings,
        problem=problem,
        most=sandbox.MOST,
    )


def _page(key: int, token: str, opened: Sandbox, *, typed: Typed | None = None, problem: str = "") -> str:
    with parts().db.read() as connection:
        change = studio.read_change(connection, key)
    performer = opened.performer
    deployed = performer.deployed
    started = opened.instance is not None
    return render_template(
        "studio/sandbox.html",
        change=change,
        token=token,
        kept=opened.kept,
        deployed=deployed,
        problem=problem,
        typed=typed,
        now=performer.clock.now(),
        now_text=f"{performer.clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        start=forms.start_form(opened, typed) if not started else None,
        messages=[start.message_name for start in deployed.definition.message_starts],
        by_form=deployed.definition.none_start is not None,
        common=COMMON,
        waiting=views.waiting(opened, typed),
        done=views.done(opened),
        ahead=views.ahead(opened),
        pending=views.pending(opened),
        facts=views.facts(opened, labels_for(deployed)),
        trouble=opened.trouble(),
        strides=[(minutes, views.words_of_duration(minutes * 60)) for minutes in STRIDES],
        active=opened.is_active,
        aim=_aim(opened),
        saving=_saving(key, opened) if started and not opened.is_active else None,
        **_diagram(key, token, opened),
    )


def _diagram(key: int, token: str, opened: Sandbox) -> dict[str, Any]:
    """The diagram of the instance that was asked for, else of the case's own."""
    pictures = opened.pictures()
    asked = request.args.get("instance", type=number)
    shown = next((one for one in pictures if one.key == asked), pictures[0] if pictures else None)
    definition = opened.performer.deployed.key if shown is None else shown.definition
    state: dict[str, Any] = {}
    if shown is not None:
        marks = {"tokens": shown.tokens, "done": shown.done, "flows": shown.flows}
        state = {name: dict(counts) for name, counts in marks.items()} | {"incidents": sorted(shown.incidents)}
    return {
        "instances": pictures,
        "shown": shown,
        "diagram_url": url_for("studio.sandbox_diagram", key=key, token=token, definition=definition),
        "diagram_state": json.dumps(state, sort_keys=True),
    }


def _aim(opened: Sandbox) -> dict[str, str] | None:
    """The flow that is to be taken, and whether it was."""
    definition = opened.performer.deployed.definition
    ends = next((ends for ends, flow in definition.flow_ids.items() if flow == opened.kept.aim), None)
    if ends is None:
        return None
    source, target = (definition.name_of(end) for end in ends)
    return {
        "flow": opened.kept.aim,
        "source": source,
        "target": target,
        "name": definition.flows.get(opened.kept.aim) or "",
    }


def _saving(key: int, opened: Sandbox) -> dict[str, Any]:
    """What the form for saving offers."""
    process = opened.kept.process_id
    content = files_of(key).get(file_name("scenario", process))
    try:
        known = [] if content is None else scenarios_of({file_name("scenario", process): content})
    except ScenarioRefused:
        known = []
    row = opened.instance
    return {
        "end": opened.performer.definitions.get(row.definition).element_name(row.end_state),
        "known": [(one.no, one.title) for one in known if one.process == process],
        "proposed": set(sandbox.proposed(opened)),
    }


# --- small things --------------------------------------------------------------------------------


@contextmanager
def _open(key: int, token: str) -> Iterator[Sandbox]:
    with parts().db.read() as connection:
        studio.read_change(connection, key)
    with sandbox.opened(sandboxes(), token, actor().id, key) as opened:
        yield opened


def _so_far(
    opened: Sandbox, files: dict[str, bytes], passed: frozenset[str], process_id: str, no: str, aim: str
) -> list[Action]:
    """What has to be done to stand where the owner wants to begin."""
    if not no and not aim:
        return []
    name = file_name("scenario", process_id)
    bench = Bench(sandboxes(), files, passed)
    scenarios = [one for one in scenarios_of(files, name) if one.process == process_id]
    steps = request.form.get("step", type=number)
    if not no:
        results = [found for found in map(bench.find, scenarios) if found is not None]
        near = sandbox.nearest(opened.performer.deployed, aim, results)
        if near is None:
            return []
        no, steps = near
    scenario = next((one for one in scenarios if one.no == no), None)
    if scenario is None:
        raise NotPossible(f"there is no scenario {no}", message_zh=f"没有编号为 {no} 的场景,可能刚被改名。")
    result: Result = bench.run(scenario)
    return actions_of(result.steps if steps is None else result.steps[:steps])
