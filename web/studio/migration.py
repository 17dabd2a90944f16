"""Running cases on a new version: which versions have some, what stands for what, the dry run, the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, migration
from engine.definitions import Deployed
from engine.errors import InvalidValue, NotFound
from engine.migration import CaseStatus, MigrationView, Status
from engine.queries.base import keyset
from web import errors, notes
from web.i18n import english, gettext, lazy_gettext
from web.identity import actor, needs, sees_studio
from web.links import number
from web.studio import pages
from web.studio.backtest import visible_cases
from web.studio.blueprint import bp
from web.wiring import parts

#: How far a migration is → sign and word.
STATUS_WORDS: Final = {
    Status.CHECKING: ("active", lazy_gettext("正在演练")),
    Status.CHECKED: ("soon", lazy_gettext("演练完成,等待决定")),
    Status.RUNNING: ("active", lazy_gettext("正在迁移")),
    Status.DONE: ("done", lazy_gettext("已完成")),
    Status.STOPPED: ("off", lazy_gettext("已停止")),
}
#: What becomes of a case → sign and word.
CASE_WORDS: Final = {
    CaseStatus.WAITING: ("off", lazy_gettext("还没有演练")),
    CaseStatus.POSSIBLE: ("done", lazy_gettext("可以迁移")),
    CaseStatus.UNPROVEN: ("soon", lazy_gettext("历史不符")),
    CaseStatus.REFUSED: ("incident", lazy_gettext("不能迁移")),
    CaseStatus.MIGRATED: ("done", lazy_gettext("已迁移")),
    CaseStatus.GONE: ("off", lazy_gettext("已结束或已换版本")),
}
_FIELD: Final = "to:"


@bp.get("/studio/processes/<process_id>/migrate")
@needs(sees_studio)
def migrations(process_id: str) -> ResponseReturnValue:
    """The versions of a process with their running cases, and what was migrated before."""
    process = next((one for one in parts().queries.processes(actor()) if one.process_id == process_id), None)
    if process is None:
        raise NotFound(f"there is no process {process_id[:60]!r}", message_zh="没有这个流程。")
    with parts().db.read() as connection:
        earlier = migration.list_migrations(connection, process_id)
    numbers = {version.key: version.version for version in process.versions}
    return render_template(
        "studio/migrations.html",
        process=process,
        earlier=earlier,
        numbers=numbers,
        names=pages.people(view.asked_by for view in earlier),
        may_migrate=access.may_deploy(actor()),
        status_words=STATUS_WORDS,
    )


@bp.get("/studio/processes/<process_id>/migrate/plan")
@needs(access.may_deploy)
def migration_plan(process_id: str) -> ResponseReturnValue:
    """What stands for what, as far as it can be suggested, and why."""
    return _plan_page(process_id)


@bp.post("/studio/processes/<process_id>/migrate/plan")
@needs(access.may_deploy)
def plan_migration(process_id: str) -> ResponseReturnValue:
    """303 to the dry run, which begins; 422 with the sentence where there is nothing to plan."""
    source, target = _versions(process_id)
    chosen = {
        name.removeprefix(_FIELD): value for name, value in request.form.items() if name.startswith(_FIELD) and value
    }
    made = parts()
    try:
        key = migration.plan(
            made.db,
            made.definitions,
            actor(),
            source=source.key,
            target=target.key,
            mapping=migration.with_flows(source.definition, target.definition, chosen),
            reason=request.form.get("reason", ""),
            now=made.clock.now(),
        )
    except InvalidValue as problem:
        return _plan_page(process_id, problem=errors.sentence(problem), chosen=chosen), 422
    made.migrations.wake()
    return redirect(url_for("studio.migration", n=key), code=303)


def _plan_page(process_id: str, *, problem: str | None = None, chosen: Mapping[str, str] | None = None) -> str:
    source, target = _versions(process_id)
    with parts().db.read() as connection:
        waiting = migration.read_waiting(connection, source.key)
    suggestions = migration.suggest(source.definition, target.definition, waiting)
    return render_template(
        "studio/migration_plan.html",
        source=source,
        target=target,
        suggestions=[one for one in suggestions if one.waiting or one.by != "id"],
        same=sum(one.by == "id" and not one.waiting for one in suggestions),
        choices=_choices(target),
        chosen=chosen or {},
        problem=problem,
        reason=request.form.get("reason", ""),
    )


def _versions(process_id: str) -> tuple[Deployed, Deployed]:
    """The two versions that the address names.

    Raises:
        NotFound: it names none, or those of another process.
    """
    try:
        keys = [number(request.values.get(name, "")) for name in ("source", "target")]
    except ValueError as problem:
        raise NotFound("no number of a version", message_zh="没有这个流程的这个版本。") from problem
    found = [parts().definitions.get(key) for key in keys]
    if any(one.process_id != process_id for one in found):
        raise NotFound("a version of another process", message_zh="没有这个流程的这个版本。")
    return found[0], found[1]


def _choices(target: Deployed) -> dict[str, list[tuple[str, str]]]:
    """Kind → (id, name) of the elements of the target."""
    choices: dict[str, list[tuple[str, str]]] = {}
    for element in target.definition.elements.values():
        choices.setdefault(element.kind, []).append((element.id, target.element_name(element.id)))
    return choices


# -- one migration --------------------------------------------------------------------------------


@bp.get("/studio/migrations/<int:n>", endpoint="migration")
@needs(sees_studio)
def show(n: int) -> ResponseReturnValue:
    """How far it is, and what becomes of each case; a poll gets the first, and the whole when it has ended."""
    with parts().db.read() as connection:
        view = migration.read_migration(connection, n)
        if request.headers.get("HX-Request"):
            answer = make_response(render_template("studio/_migration_run.html", **_run_parts(view)))
            if view.status not in (Status.CHECKING, Status.RUNNING):
                answer.headers["HX-Refresh"] = "true"
            return answer
        wanted = _wanted()
        after = keyset(request.args.get("after"))
        cases = migration.list_cases(connection, n, status=wanted, after=after or 0)
        seen = visible_cases(connection, [case.case_id for case in cases])
    return render_template(
        "studio/migration.html",
        **_run_parts(view),
        cases=cases,
        seen=seen,
        wanted=wanted,
        following=cases[-1].instance if len(cases) == migration.results.PAGE else None,
        case_words=CASE_WORDS,
        english=english(),
        renamed=_renamed(view),
    )


@bp.post("/studio/migrations/<int:n>/go")
@needs(access.may_deploy)
def go_migration(n: int) -> ResponseReturnValue:
    """303 to the migration, which begins; nothing where none of its cases can."""
    try:
        migration.go(parts().db, n, actor(), forced="forced" in request.form, now=parts().clock.now())
    except InvalidValue as problem:
        notes.add(errors.sentence(problem), "warn")
    else:
        parts().migrations.wake()
    return redirect(url_for("studio.migration", n=n), code=303)


@bp.post("/studio/migrations/<int:n>/stop")
@needs(access.may_deploy)
def stop_migration(n: int) -> ResponseReturnValue:
    """303 to the migration; what went over stays there."""
    migration.stop(parts().db, n, actor(), now=parts().clock.now())
    notes.add(gettext("已停止。已经迁移的工单留在新版本。"))
    return redirect(url_for("studio.migration", n=n), code=303)


def _wanted() -> CaseStatus | None:
    asked = request.args.get("status", "")
    if asked and asked not in set(CaseStatus):
        raise NotFound("there is no such kind of case", message_zh="没有这类工单。")
    return CaseStatus(asked) if asked else None


def _run_parts(view: MigrationView) -> dict[str, Any]:
    """What the part of the page needs that is asked for again while it runs."""
    source, target = parts().definitions.get(view.source), parts().definitions.get(view.target)
    return {
        "view": view,
        "source": source,
        "target": target,
        "asker": pages.people([view.asked_by]).get(view.asked_by, view.asked_by),
        "status_words": STATUS_WORDS,
        "at_work": view.status in (Status.CHECKING, Status.RUNNING),
        "may_act": access.may_deploy(actor()),
        "possible": view.counts.get(CaseStatus.POSSIBLE, 0),
        "unproven": view.counts.get(CaseStatus.UNPROVEN, 0),
        "refused": view.counts.get(CaseStatus.REFUSED, 0),
        "migrated": view.counts.get(CaseStatus.MIGRATED, 0),
    }


def _renamed(view: MigrationView) -> list[tuple[str, str]]:
    """Names of the elements that stand for others, old and new."""
    source, target = parts().definitions.get(view.source), parts().definitions.get(view.target)
    return [
        (source.element_name(old), target.element_name(new))
        for old, new in view.mapping.items()
        if old in source.definition.elements
    ]
