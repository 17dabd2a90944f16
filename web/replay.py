"""The replay of a case: its diagrams with tokens that move as they did, and beside them the history in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.queries import CaseView
from engine.queries.replay import Film, FilmInstance
from web import history
from web.cases import case_labels
from web.i18n import gettext, lazy_gettext
from web.identity import actor, audits, needs
from web.wiring import parts

bp = Blueprint("replay", __name__)
#: A moment in an address: key of the instance, number of the event.
_MOMENT = re.compile(r"^[1-9]\d{0,17}\.[1-9]\d{0,8}$")
#: What the page's script says; {n} and the like are filled in there.
_WORDS = {
    "play": lazy_gettext("播放"),
    "pause": lazy_gettext("暂停"),
    "days": lazy_gettext("{n}天"),
    "hours": lazy_gettext("{n}小时"),
    "minutes": lazy_gettext("{n}分"),
    "wait": lazy_gettext("等待 {span},已压缩"),
    "rows": lazy_gettext("第 {from}–{to} 条,共 {all} 条"),
    "none": lazy_gettext("没有符合的事件"),
    "before": lazy_gettext("还没有开始"),
    "empty": lazy_gettext("空"),
    "becomes": lazy_gettext("变为"),
    "unknown": lazy_gettext("链接里的时刻不在这个工单的历史里,从头开始。"),
    "cut": lazy_gettext("事件太多,回放只到第 {n} 条;全部在历史里。"),
    "failed": lazy_gettext("回放没有加载成功,请刷新页面,或到历史里看。"),
    "copied": lazy_gettext("链接已复制"),
    "place": lazy_gettext("第 {n} 条,共 {all} 条"),
    "picked": lazy_gettext("步骤:{name}"),
}


@bp.get("/audit/<case_id>/replay")
@needs(audits)
def show(case_id: str) -> ResponseReturnValue:
    """The page of a case's replay; ``at`` is the moment to begin with, one that cannot be is told of there."""
    case = parts().queries.case(case_id, actor())
    asked = request.args.get("at", "")
    return render_template(
        "audit/replay.html",
        case=case,
        at=asked if _MOMENT.match(asked) else "",
        wrong_moment=bool(asked) and not _MOMENT.match(asked),
        words=json.dumps({name: str(text) for name, text in _WORDS.items()}, ensure_ascii=False),
    )


@bp.get("/audit/<case_id>/replay/film.json")
@needs(audits)
def film(case_id: str) -> Response:
    """The whole film with the words of its timeline, as JSON.

    ``frames`` and ``lines`` have an item for every event: frames [place of the instance, milliseconds since 1970, what,
    element or flow, token, seq]; lines [place of the person, what happened, name of the element, sign, whether it is
    one of the engine's small steps, details or 0]; texts that recur stand once in ``texts`` and by their place.
    """
    case = parts().queries.case(case_id, actor())
    told = _told(case, parts().queries.film(case.case_id, actor()))
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    answer = Response(text, mimetype="application/json")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _told(case: CaseView, found: Film) -> dict[str, Any]:
    people, texts = _Places(), _Places()
    lines = [
        [
            people.of((line.event.actor, line.event.actor_name)),
            texts.of(line.said),
            texts.of(line.event.element_name or ""),
            line.sign,
            int(line.fine),
            _details(line),
        ]
        for line in history.lines(found.events, case_labels(case, found.events))
    ]
    return {
        "cut": found.is_cut,
        "instances": [_instance(case, instance) for instance in found.instances],
        "frames": [
            [frame.instance, frame.at, frame.what, frame.element, frame.token, frame.seq] for frame in found.frames
        ],
        "lines": lines,
        "people": [{"id": id_, "name": name} for id_, name in people.found],
        "texts": texts.found,
    }


class _Places:
    """Gives what recurs a place in a list, where it stands once."""

    def __init__(self) -> None:
        self._of: dict[Any, int] = {}

    @property
    def found(self) -> list[Any]:
        """Everything by its place."""
        return list(self._of)

    def of(self, item: Any) -> int:
        """The place of an item."""
        return self._of.setdefault(item, len(self._of))


def _details(line: history.Line) -> dict[str, Any] | int:
    """Notes, values before and after; 0 where there are none."""
    notes = [*_letter(line.event.kind, line.event.value), *line.notes]
    changes = [[change.label, change.name, change.before, change.after] for change in line.changes]
    if not notes and not changes:
        return 0
    return {"notes": notes, "changes": changes}


def _letter(kind: str, value: object) -> list[str]:
    """Of which template what was sent was made."""
    if kind != "outbox.written" or not isinstance(value, Mapping) or not value.get("template"):
        return []
    return [gettext("模板 %(code)s", code=value["template"])]


def _instance(case: CaseView, instance: FilmInstance) -> dict[str, Any]:
    xml = url_for("cases.diagram", case_id=case.case_id, definition_key=instance.definition_key)
    return {
        "key": instance.key,
        "name": instance.name,
        "version": instance.version,
        "definition": instance.definition_key,
        "xml": xml,
        "parent": instance.parent,
        "from": instance.called_from,
    }
