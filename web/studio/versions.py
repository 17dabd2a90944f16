"""Versions of everything that was deployed: who, when, why; and back to an earlier one."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine import access
from engine.queries.base import keyset
from engine.studio import history as past
from engine.studio.kinds import check_kind, file_name
from web.identity import actor, needs, sees_studio
from web.studio.blueprint import bp
from web.studio.editor_frame import KIND_WORDS
from web.studio.pages import people
from web.wiring import parts


@bp.get("/studio/history/<kind>/<path:id>")
@needs(sees_studio)
def history(kind: str, id: str) -> ResponseReturnValue:  # noqa: A002  # the word of the address
    """A process version by version, or another resource deployment by deployment."""
    check_kind(kind)
    with parts().db.read() as connection:
        versions = past.process_history(connection, id) if kind == "bpmn" else ()
        lines = past.resource_history(connection, kind, id) if kind != "bpmn" else ()
    who = {line.actor for line in versions} | {line.told.actor for line in lines}
    return render_template(
        "studio/history.html",
        kind=kind,
        id=id,
        file=file_name(kind, id),
        name=versions[0].name if versions else "",
        versions=versions,
        lines=lines,
        names=people(who),
        kind_words=KIND_WORDS,
        may_deploy=access.may_deploy(actor()),
    )


@bp.get("/studio/deployments")
@needs(sees_studio)
def deployments() -> ResponseReturnValue:
    """All deployments, the newest first, a page at a time."""
    before = keyset(request.args.get("before"))
    with parts().db.read() as connection:
        found = past.list_deployments(connection, before)
    return render_template(
        "studio/deployments.html",
        deployments=found,
        first=before is None,
        older=found[-1].told.number if len(found) == past.PAGE and found[-1].told.number > 1 else None,
        names=people(one.told.actor for one in found),
        kind_words=KIND_WORDS,
        may_deploy=access.may_deploy(actor()),
    )
