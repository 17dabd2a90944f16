"""Two versions of a diagram, a table or a form beside each other."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from engine import studio
from engine.errors import NotFound
from engine.studio.pairs import pairs_of_change, pairs_of_versions, read_pair
from engine.studio.sides import Side, read_side
from web.i18n import gettext
from web.identity import needs, sees_studio
from web.studio.blueprint import bp
from web.studio.compare_views import MARKS, Section, halves, rows_of, section
from web.studio.editor_frame import KIND_WORDS
from web.studio.pages import STATUS_WORDS, people
from web.wiring import parts

_VERSION: Final = "version:"


@bp.get("/studio/compare")
@needs(sees_studio)
def compare() -> ResponseReturnValue:
    """Two sides, or all that two versions of a process consist of; 422 with a sentence where they are of two kinds.

    A side is a resource's hash, ``draft:<key>``, ``draft:<change>:<kind>:<id>``, ``current:<kind>:<id>``,
    ``at:<deployment>:<kind>:<id>`` or ``version:<definition key>``.
    """
    left, right = (request.args.get(name, "") for name in ("left", "right"))
    if left.startswith(_VERSION) and right.startswith(_VERSION):
        return _versions(left, right)
    if left.startswith(_VERSION) or right.startswith(_VERSION):
        return _page([], problem=gettext("流程版本只能和流程版本对比。")), 422
    with parts().db.read() as connection:
        sides = read_pair(connection, left, right)
    if sides[0].kind != sides[1].kind:
        kinds = {"left": KIND_WORDS[sides[0].kind], "right": KIND_WORDS[sides[1].kind]}
        problem = gettext("左边是%(left)s,右边是%(right)s,不同种类的内容不能对比。", **kinds)
        return _page([], sides=sides, problem=problem), 422
    return _page([section(*sides, "s0")], sides=sides)


@bp.get("/studio/compare/side")
@needs(sees_studio)
def compare_side() -> Response:
    """The content of a side; 409 where it is not the one that the page has compared any more."""
    with parts().db.read() as connection:
        side = read_side(connection, request.args.get("side", ""))
    status = 200 if request.args.get("hash", side.hash) == side.hash else 409
    return Response(b"" if status == 409 else side.content, status, mimetype="text/plain")


@bp.get("/studio/compare/picture")
@needs(sees_studio)
def compare_picture() -> Response:
    """A side's diagram as a picture with the marks of the comparison, for pages without scripts."""
    with parts().db.read() as connection:
        sides = read_pair(connection, request.args.get("left", ""), request.args.get("right", ""))
    which = "left" if request.args.get("which") == "left" else "right"
    pictures = section(*sides, "s0").pictures(which) if {side.kind for side in sides} == {"bpmn"} else []
    if not pictures:
        raise NotFound("there is no such picture")
    return Response(pictures[0], mimetype="image/svg+xml")


@bp.get("/studio/changes/<int:key>/differences")
@needs(sees_studio)
def differences(key: int) -> ResponseReturnValue:
    """Every draft of a change against what is in force, or was when the change was deployed."""
    with parts().db.read() as connection:
        change = studio.read_change(connection, key)
        pairs = pairs_of_change(connection, change)
    sections = [section(left, right, f"s{n}") for n, (left, right) in enumerate(pairs)]
    shown = _shown(sections)
    shown["names"] |= people([change.opened_by])
    return render_template(
        "studio/compare_paper.html" if _on_paper() else "studio/compare_change.html",
        change=change,
        tab="content",
        status_words=STATUS_WORDS,
        **shown,
    )


def _versions(left: str, right: str) -> ResponseReturnValue:
    keys = [_key(spec.removeprefix(_VERSION)) for spec in (left, right)]
    with parts().db.read() as connection:
        versions, process_id, pairs = pairs_of_versions(connection, *keys)
    sections = [section(*pair, f"s{n}") for n, pair in enumerate(pairs)]
    return _page(sections, versions=versions, process_id=process_id)


def _key(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise NotFound("there is no such version", message_zh="没有这个版本。")
    return int(text)


def _page(sections: list[Section], **more: Any) -> str:
    return render_template(
        "studio/compare_paper.html" if _on_paper() else "studio/compare.html",
        **_shown(sections, more.get("sides", ()), more.get("versions", ())),
        **more,
    )


def _on_paper() -> bool:
    return request.args.get("paper") == "1"


def _shown(sections: list[Section], sides: tuple[Side, ...] = (), versions: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What all pages of comparisons print with."""
    who = {side.actor for one in sections for side in (one.left, one.right)} | {side.actor for side in sides}
    return {
        "sections": sections,
        "names": people(who | {version.actor for version in versions}),
        "kind_words": KIND_WORDS,
        "marks": MARKS,
        "halves": halves,
        "rows_of": rows_of,
        "printed_at": parts().clock.now(),
    }
