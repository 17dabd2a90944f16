"""Files into a change, and out: from a desktop modeler, from another installation, into a folder of one's own."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, studio
from engine.errors import InvalidValue
from engine.store.database import Transaction
from web import errors, notes
from web.i18n import gettext
from web.identity import actor, needs, sees_studio
from web.studio.blueprint import bp
from web.studio.uploads import attachment, sent_files
from web.wiring import parts


@bp.get("/studio/changes/<int:key>/archive")
@needs(sees_studio)
def archive(key: int) -> Response:
    """The drafts of a change as files."""
    with parts().db.read() as connection:
        studio.read_change(connection, key)
        files = studio.draft_files(connection, key)
    return attachment(studio.pack(files), f"change-{key}.zip", "application/zip")


@bp.get("/studio/processes/<process_id>/archive")
@needs(sees_studio)
def process_archive(process_id: str) -> Response:
    """A process in force with its forms, decisions and scenarios as files."""
    definitions = parts().definitions
    definitions.refresh()
    deployed = definitions.latest(process_id)
    with parts().db.read() as connection:
        files = studio.files_of_process(studio.files_in_force(connection), deployed)
    return attachment(studio.pack(files), f"{process_id}.zip", "application/zip")


@bp.post("/studio/changes/<int:key>/import")
@needs(access.may_deploy)
def import_files(key: int) -> ResponseReturnValue:
    """303 to the change with the files as drafts, or with the reason why none of them was taken."""
    return _import(lambda _: key, url_for("studio.change", key=key))


@bp.post("/studio/import")
@needs(access.may_deploy)
def import_into() -> ResponseReturnValue:
    """The same into the change that was chosen, or into a new one."""

    def chosen(tx: Transaction) -> int:
        sent = request.form.get("change", "")
        if sent.isascii() and sent.isdigit() and len(sent) < 10:
            return int(sent)
        title = gettext("从桌面建模器导入")
        return studio.open_change(tx, actor(), title=title, why="", now=parts().clock.now())

    return _import(chosen, url_for("studio.files"))


def _import(into: Callable[[Transaction], int], back: str) -> ResponseReturnValue:
    """All files into one change, or none of them."""
    try:
        files = sent_files()
        if not files:
            notes.add(gettext("请先选择文件。"), "warn")
            return redirect(back, code=303)
        with parts().db.begin() as tx:
            key = into(tx)
            placed = studio.import_files(tx, actor(), key, files, parts().clock.now())
    except InvalidValue as problem:
        notes.add(gettext("没有导入:%(why)s", why=errors.sentence(problem)), "bad")
        return redirect(back, code=303)
    notes.add(gettext("已导入 %(n)s 个文件。", n=len(placed)))
    return redirect(url_for("studio.change", key=key), code=303)
