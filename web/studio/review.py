"""A change is tested, reviewed by somebody else, and put in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.definitions import Deployment
from engine.errors import DefinitionRefused, InvalidValue
from engine.model import Finding
from engine.queries.process_views import ProcessView
from engine.store.database import Transaction
from engine.studio import Candidate, DeploymentRefused
from engine.studio import history as past
from engine.studio.changes import MAX_TEXT
from engine.studio.history_lines import DeploymentView
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.posted import text
from web.studio import backtest, pages
from web.studio.blueprint import bp
from web.wiring import parts

#: So long a deployment waits for the scenarios before it shows how far they are.
_PATIENCE: Final = 8.0


@bp.get("/studio/changes/<int:key>/tests")
@needs(sees_studio)
def change_tests(key: int) -> ResponseReturnValue:
    """The scenarios of the processes that a change touches, and what came of them."""
    return _tests_page(key)


@bp.post("/studio/changes/<int:key>/tests")
@needs(studio.may_review)
def run_tests(key: int) -> ResponseReturnValue:
    """303 to the page on which the run can be watched."""
    candidate = pages.candidate_of(key)
    pages.scenario_runs().start(candidate.around, candidate.changed, again=True)
    return redirect(url_for("studio.change_tests", key=key), code=303)


@bp.get("/studio/changes/<int:key>/review")
@needs(sees_studio)
def review(key: int) -> ResponseReturnValue:
    """What stands in the way of a change, who did what, and what can be done next."""
    return _review_page(key)


@bp.post("/studio/changes/<int:key>/submit")
@needs(access.may_deploy)
def submit(key: int) -> ResponseReturnValue:
    """303 to the review; the scenarios begin to run meanwhile."""

    def ask(tx: Transaction) -> None:
        studio.submit(tx, actor(), key, note=text("note", MAX_TEXT + 1), now=parts().clock.now())

    return _done(key, ask, gettext("已提交审核。另一位流程负责人或部门经理可以审核。"), run=True)


@bp.post("/studio/changes/<int:key>/review")
@needs(studio.may_review)
def decide(key: int) -> ResponseReturnValue:
    """303 to the review with the decision; 403 for an author; 409 when the change has moved on meanwhile."""
    note, now = text("note", MAX_TEXT + 1), parts().clock.now()
    approves = request.form.get("decision") == "approve"
    sent = request.form.get("revision", "")
    revision = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1

    def act(tx: Transaction) -> None:
        if approves:
            studio.approve(tx, actor(), key, revision=revision, note=note, now=now)
        else:
            studio.give_back(tx, actor(), key, note=note, now=now)

    return _done(key, act, gettext("已批准,可以发布。") if approves else gettext("已退回修改。"))


@bp.post("/studio/changes/<int:key>/deploy")
@needs(access.may_deploy)
def deploy_change(key: int) -> ResponseReturnValue:
    """303 to the review with what is in force now; to the tests while these run; 409 with what stands in the way."""
    candidate = pages.candidate_of(key)
    run = pages.run_of(candidate)
    if _only_untested(candidate):
        runs = pages.scenario_runs()
        runs.start(candidate.around, candidate.changed)
        run = runs.wait(candidate.digest, _PATIENCE)
        if run is None or run.running:
            notes.add(gettext("场景还在运行。运行完后请再点一次发布。"), "warn")
            return redirect(url_for("studio.change_tests", key=key), code=303)
    made = parts()
    try:
        deployment = studio.deploy_change(
            made.db,
            made.definitions,
            actor(),
            candidate,
            reason=text("reason", MAX_TEXT + 1),
            run=run,
            now=made.clock.now(),
        )
    except DeploymentRefused as refused:
        return _review_page(key, problem=errors.sentence(refused)), 409
    except DefinitionRefused as refused:
        findings = [finding for finding in refused.findings if isinstance(finding, Finding)]
        return _review_page(key, problem=errors.sentence(refused), findings=findings), 409
    notes.add(deployed_words(deployment))
    return redirect(url_for("studio.review", key=key), code=303)


def deployed_words(deployment: Deployment) -> str:
    """What a deployment has made, in a sentence."""
    if not deployment.versions:
        if deployment.number is None:
            return gettext("文件已保存。没有流程因此改变,不产生新版本。")
        return gettext("已发布。没有流程因此产生新版本。")
    names = [
        gettext("%(name)s v%(version)s", name=parts().definitions.get(made.key).name, version=made.version)
        for made in deployment.versions
    ]
    return gettext("已发布:%(versions)s。进行中的工单仍按原版本走完。", versions="、".join(names))


def _only_untested(candidate: Candidate) -> bool:
    """Whether nothing but scenarios that nobody has run stands in the way."""
    run = pages.run_of(candidate)
    missing = run is None or run.running
    return missing and {one.code for one in studio.obstacles(candidate, run)} == {"scenarios"}


def _done(key: int, act: Callable[[Transaction], None], said: str, *, run: bool = False) -> ResponseReturnValue:
    try:
        with parts().db.begin() as tx:
            act(tx)
    except InvalidValue as problem:
        return _review_page(key, problem=errors.sentence(problem)), 422
    if run:
        candidate = pages.candidate_of(key)
        if candidate.settings.scenarios:
            pages.scenario_runs().start(candidate.around, candidate.changed)
    notes.add(said)
    return redirect(url_for("studio.review", key=key), code=303)


def _tests_page(key: int) -> str:
    candidate = pages.candidate_of(key)
    if request.headers.get("HX-Request"):
        return render_template("studio/_test_run.html", change=candidate.change, run=pages.run_of(candidate))
    return pages.change_page("change_tests.html", candidate, "tests", may_run=studio.may_review(actor()))


def _review_page(key: int, *, problem: str | None = None, findings: list[Finding] | None = None) -> str:
    candidate = pages.candidate_of(key)
    author = candidate.settings.four_eyes and actor().id in candidate.change.authors
    return pages.change_page(
        "change_review.html",
        candidate,
        "review",
        problem=problem,
        refused_by=findings,
        author=author,
        processes=_processes(candidate),
        made=_made(candidate),
        backtest=backtest.last_told(candidate),
        can_backtest=bool(backtest.tried(candidate)),
        max_text=MAX_TEXT,
    )


def _made(candidate: Candidate) -> DeploymentView | None:
    """The deployment of a change that is in force; None: it was not deployed."""
    number = candidate.change.deployment
    if number is None:
        return None
    with parts().db.read() as connection:
        return next(iter(past.list_deployments(connection, number + 1)), None)


def _processes(candidate: Candidate) -> list[ProcessView]:
    """The processes that get a new version, as they are now."""
    if not candidate.change.alive:
        return []
    try:
        ids = studio.changed_processes(candidate.around, candidate.changed)
    except DefinitionRefused:  # the checks say what is wrong
        ids = tuple(draft.id for draft in candidate.change.effective if draft.kind == "bpmn")
    return [process for process in parts().queries.processes(actor()) if process.process_id in ids]
