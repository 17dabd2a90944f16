"""What all pages of a change say: its words, who did what, which pages there are; and the runs of its scenarios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask import current_app, render_template

from engine import access, studio
from engine.queries.base import Names
from engine.studio import Candidate, ScenarioRun, ScenarioRuns
from web.i18n import lazy_gettext
from web.identity import actor
from web.studio.blueprint import bp
from web.studio.editor_frame import KIND_WORDS, compare_url
from web.wiring import parts

_RUNS: Final = "kefuflow-scenario-runs"

#: What has become of a change → sign and word.
STATUS_WORDS: Final = {
    "open": ("active", lazy_gettext("进行中")),
    "submitted": ("soon", lazy_gettext("待审核")),
    "approved": ("done", lazy_gettext("已批准")),
    "deployed": ("done", lazy_gettext("已发布")),
    "withdrawn": ("off", lazy_gettext("已撤回")),
}
#: How a draft stands to what is in force → sign and word.
STANDING_WORDS: Final = {
    "new": ("active", lazy_gettext("新增")),
    "changed": ("active", lazy_gettext("已修改")),
    "unchanged": ("off", lazy_gettext("没有修改")),
    "moved": ("incident", lazy_gettext("在用版本已变")),
}
#: What was done with a change.
ENTRY_WORDS: Final = {
    "opened": lazy_gettext("开始变更"),
    "edited": lazy_gettext("修改内容"),
    "restores": lazy_gettext("回到第几次发布"),
    "rebased": lazy_gettext("保留自己的内容"),
    "submitted": lazy_gettext("提交审核"),
    "approved": lazy_gettext("审核通过"),
    "returned": lazy_gettext("退回修改"),
    "reopened": lazy_gettext("批准后又有修改,须重新审核"),
    "withdrawn": lazy_gettext("撤回变更"),
    "deployed": lazy_gettext("发布"),
}


@bp.app_template_global("studio_page")
def has_page(endpoint: str) -> bool:
    """Whether the studio has a page of this name."""
    return f"studio.{endpoint}" in current_app.view_functions


def scenario_runs() -> ScenarioRuns:
    """The runs of this application."""
    found: ScenarioRuns = current_app.extensions.setdefault(_RUNS, ScenarioRuns())
    return found


def candidate_of(key: int) -> Candidate:
    """A change with what its deployment would be made of.

    Raises:
        NotFound: there is none.
    """
    with parts().db.read() as connection:
        return studio.read_candidate(connection, parts().definitions, key)


def run_of(candidate: Candidate) -> ScenarioRun | None:
    """The run of the scenarios on exactly its files, or None."""
    return scenario_runs().find(candidate.digest)


def people(ids: Iterable[str | None]) -> dict[str, str]:
    """Names of people by their ids."""
    wanted = {person for person in ids if person is not None}
    with parts().db.read() as connection:
        names = Names(connection, parts().definitions, wanted)
    return {person: names.person(person) for person in wanted}


def change_page(template: str, candidate: Candidate, tab: str, **more: Any) -> str:
    """A page of a change.

    Args:
        template: its name in ``studio``.
        candidate: the change.
        tab: content, tests or review.
        **more: what this page says besides.
    """
    change = candidate.change
    run = run_of(candidate)
    people_ids = {change.opened_by, change.submitted_by, change.reviewed_by}
    people_ids |= {entry.actor for entry in change.entries} | {draft.saved_by for draft in change.drafts}
    return render_template(
        f"studio/{template}",
        change=change,
        candidate=candidate,
        settings=candidate.settings,
        run=run,
        obstacles=studio.obstacles(candidate, run),
        tab=tab,
        may_edit=access.may_deploy(actor()) and change.alive,
        may_review=studio.may_review(actor()) and change.alive,
        names=people(people_ids),
        kind_words=KIND_WORDS,
        status_words=STATUS_WORDS,
        standing_words=STANDING_WORDS,
        entry_words=ENTRY_WORDS,
        compare_url=compare_url,
        **more,
    )
