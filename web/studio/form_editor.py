"""The page on which a form is built, beside what agents will see."""

from __future__ import annotations

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import studio
from engine.formcheck.lint_fields import RESERVED_KEYS
from engine.studio import Draft
from web.identity import needs, sees_studio
from web.security import lets_editors_style
from web.studio import form_preview
from web.studio.blueprint import bp
from web.studio.drafts import draft_of
from web.studio.editor_frame import frame_of
from web.studio.form_around import known_names, sample_choices, uses_of
from web.wiring import parts

__all__ = ["form_file", "form_preview", "page"]


def page(draft: Draft) -> ResponseReturnValue:
    """The editor of a form, with the names in use elsewhere, the steps that use it, and samples for its preview."""
    with parts().db.read() as connection:
        files = studio.files_around(connection, draft.change)
        drafts = {(head.kind, head.id) for head in studio.read_change(connection, draft.change).drafts}
    uses = uses_of(draft.id, files)
    settings = {
        "names": known_names(files, but=draft.id),
        "reserved": sorted(RESERVED_KEYS),
        "scenarios": sample_choices(uses, files),
        "previewUrl": url_for("studio.preview_form", key=draft.change, id=draft.id),
    }
    html = render_template(
        "studio/form_editor.html",
        uses=uses,
        drawn_here={resource_id for kind, resource_id in drafts if kind == "bpmn"},
        form_page=settings,
        file_url=url_for("studio.form_file", key=draft.change, id=draft.id),
        **frame_of(draft),
    )
    return lets_editors_style(html)


@bp.get("/studio/changes/<int:key>/preview/<path:id>")
@needs(sees_studio)
def form_file(key: int, id: str) -> Response:  # noqa: A002  # the word of the address
    """The form as it was saved last, as a file for a desktop modeler."""
    draft = draft_of(key, "form", id)
    answer = Response(draft.content, mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{draft.id}.form")
    return answer
