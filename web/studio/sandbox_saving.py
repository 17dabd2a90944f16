"""Saves what was clicked in a sandbox as a scenario of its process: an entry of the draft in the change."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import sandbox, studio
from engine.errors import InvalidValue
from engine.sandbox import Sandbox, scenarios_of
from engine.scenarios import Scenario
from engine.scenarios.editing import append, next_number, replace
from engine.studio import file_name
from web import notes, posted
from web.i18n import gettext
from web.identity import actor
from web.wiring import parts

_SCENARIO: Final = "scenario"
_MAX_TITLE: Final = 120
_MOST_EXPECTED: Final = 60


def save(key: int, opened: Sandbox) -> ResponseReturnValue:
    """303 to the scenarios with the new one.

    Raises:
        InvalidValue: it has no title.
        NotRecordable: the run cannot be said.
        ScenarioRefused: the file cannot take it.
        ChangeClosed, DraftConflict: the draft cannot be written.
    """
    title = posted.text("title", _MAX_TITLE).replace("\n", " ")
    if not title:
        raise InvalidValue("a scenario has a title", message_zh="请写一个标题,说明这是什么情形。")
    process, person = opened.kept.process_id, actor()
    name, now = file_name(_SCENARIO, process), parts().clock.now()
    with parts().db.begin() as tx:
        draft = studio.add_resource(tx, person, key, _SCENARIO, process, now)
        files = {**studio.files_around(tx.connection, key), name: draft.content}
    known = scenarios_of(files)
    own = [one for one in known if one.file == name]
    others = [one.no for one in known if one.file != name]
    chosen = posted.text("replace", 60)
    blank = next((one for one in own if _is_blank(one)), None)
    taken_place = next((one for one in own if one.no == chosen), blank if len(own) == 1 else None)
    kept_numbers = [one.no for one in own if one is not blank]
    no = chosen if taken_place is not None and chosen else next_number(kept_numbers, process, others)
    scenario, _ = sandbox.record(
        opened,
        no=no,
        title=title,
        file=name,
        expect=request.form.getlist("expect")[:_MOST_EXPECTED],
        path=request.form.get("path") == "1",
    )
    content = (
        append(draft.content, scenario) if taken_place is None else replace(draft.content, taken_place.no, scenario)
    )
    with parts().db.begin() as tx:
        studio.save_draft(tx, person, key, _SCENARIO, process, content, draft.revision, now)
    notes.add(gettext("已保存为场景 %(no)s。它已经重放过一遍,结果一致。", no=no))
    return redirect(url_for("studio.edit_draft", key=key, kind=_SCENARIO, id=process, show=no), code=303)


def _is_blank(scenario: Scenario) -> bool:
    """Whether it is the one that stands in a new file, which says nothing."""
    said = (scenario.title, scenario.start, scenario.do, scenario.expect, scenario.end, scenario.path, scenario.order)
    return not any(said)
