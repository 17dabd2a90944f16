"""The page on which the text of a message to customers is written."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from engine import studio
from engine.studio import Draft
from web.studio.editor_frame import frame_of
from web.wiring import parts


def page(draft: Draft) -> ResponseReturnValue:
    """The text, with the names that its placeholders may use."""
    with parts().db.read() as connection:
        around = studio.surroundings(studio.files_around(connection, draft.change))
    fields = {field["key"]: field["label"] for form in around["forms"] for field in form["fields"]}
    names = sorted({*around["facts"], *around["variables"], *around["derived"], *fields})
    return render_template("studio/text_editor.html", names=names, fields=fields, **frame_of(draft))
