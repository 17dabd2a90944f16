"""Where a rule, a text or a variable stands in the files in force; and a diagram to look at, with an element marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import current_app, render_template, request, url_for

from engine import access
from engine.errors import NotFound
from engine.process_map.entries import Entry, FileKind, Place
from engine.process_map.finding import LONGEST, MOST_HITS, Hit, find, texts_of
from web.i18n import lazy_gettext
from web.identity import actor, needs, sees_studio
from web.studio.blueprint import bp
from web.studio.process_map import history_of
from web.wiring import parts

KINDS: Final[Mapping[FileKind, object]] = {
    FileKind.BPMN: lazy_gettext("流程图"),
    FileKind.DECISION: lazy_gettext("决策表"),
    FileKind.FORM: lazy_gettext("表单"),
    FileKind.TEMPLATE: lazy_gettext("话术"),
    FileKind.SCENARIO: lazy_gettext("场景"),
}
PLACES: Final[Mapping[Place, object]] = {
    Place.NAME: lazy_gettext("名称"),
    Place.DOCUMENTATION: lazy_gettext("说明"),
    Place.CONDITION: lazy_gettext("条件"),
    Place.TIMER: lazy_gettext("时钟"),
    Place.HEADER: lazy_gettext("任务头"),
    Place.PROPERTY: lazy_gettext("属性"),
    Place.INPUT: lazy_gettext("输入"),
    Place.OUTPUT: lazy_gettext("输出"),
    Place.FORMULA: lazy_gettext("公式与设置"),
    Place.REFERENCE: lazy_gettext("引用"),
    Place.LABEL: lazy_gettext("字段标签"),
    Place.DESCRIPTION: lazy_gettext("说明"),
    Place.OPTION: lazy_gettext("选项"),
    Place.COLUMN: lazy_gettext("列"),
    Place.CELL: lazy_gettext("单元格"),
    Place.TEXT: lazy_gettext("文字"),
    Place.LINE: lazy_gettext("第几行"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHits:
    """What was found in one file."""

    entry: Entry
    #: Where the file is looked at; None: nowhere.
    href: str | None
    #: Hit, and the address of its place.
    hits: tuple[tuple[Hit, str | None], ...]


@bp.get("/studio/find", endpoint="find")
@needs(sees_studio)
def find_texts() -> str:
    """What is looked for stands in the address; nothing found says how to look for it."""
    query = request.args.get("q", "").strip()[:LONGEST]
    kind = request.args.get("kind", "")
    drafts = request.args.get("drafts") == "1"
    chosen = FileKind(kind) if kind in set(FileKind) else None
    found = None
    if query:
        with parts().db.read() as connection:
            found = find(connection, parts().definitions, query, kind=chosen, drafts=drafts)
    return render_template(
        "studio/find.html",
        query=query,
        longest=LONGEST,
        most=MOST_HITS,
        found=found,
        groups=_grouped(found.hits) if found else [],
        kinds=KINDS,
        places=PLACES,
        chosen=chosen,
        drafts=drafts,
    )


@bp.get("/studio/processes/<process_id>/view")
@needs(sees_studio)
def view(process_id: str) -> str:
    """The diagram in force to look at, and everything that is written at its elements."""
    parts().definitions.refresh()
    deployed = parts().definitions.find_latest(process_id)
    if deployed is None:
        raise NotFound(f"there is no process {process_id[:60]!r}", message_zh="没有这个流程。")
    with parts().db.read() as connection:
        entries = texts_of(connection, parts().definitions, FileKind.BPMN, process_id)
    wanted = request.args.get("element", "")[:100]
    # What is looked for stands first: without scripts nothing brings it into view.
    elements: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.element != wanted):
        elements.setdefault(entry.element or "", []).append(entry)
    return render_template(
        "studio/find_view.html",
        process=deployed,
        element=wanted if wanted in elements else None,
        may_deploy=access.may_deploy(actor()),
        elements=elements,
        places=PLACES,
        history=history_of("bpmn", process_id),
    )


def _grouped(hits: Iterable[Hit]) -> list[tuple[FileKind, list[FileHits]]]:
    """Kind by kind, file by file."""
    found: dict[FileKind, list[FileHits]] = {}
    for _, of_file in groupby(hits, lambda hit: (hit.entry.kind, hit.entry.file, hit.entry.change)):
        one = _of_file(list(of_file))
        found.setdefault(one.entry.kind, []).append(one)
    return list(found.items())


def _of_file(hits: list[Hit]) -> FileHits:
    first = hits[0].entry
    return FileHits(entry=first, href=_address(first), hits=tuple((hit, _place(hit.entry)) for hit in hits))


def _address(entry: Entry) -> str | None:
    """Where the file is looked at: the editor of a draft, the versions of what is in force, or the file itself."""
    if entry.change is not None:
        known = "studio.edit_draft" in current_app.view_functions
        return url_for("studio.edit_draft", key=entry.change, kind=entry.kind.value, id=entry.file) if known else None
    if entry.kind is FileKind.BPMN:
        return url_for("studio.view", process_id=entry.file)
    versions = history_of(entry.kind.value, entry.file)
    if versions is None and entry.kind is not FileKind.SCENARIO:
        return url_for("studio.resource", kind=entry.kind.value, resource_id=entry.file)
    return versions


def _place(entry: Entry) -> str | None:
    """The place within the file, where it can be shown."""
    if entry.kind is FileKind.BPMN and entry.change is None and entry.element:
        return url_for("studio.view", process_id=entry.file, element=entry.element)
    return None
