"""The page on which a process is drawn."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from engine.bpmn.fresh import new_process
from engine.bpmn.minimal import keep_unchanged
from engine.feel.static.catalogue import CATALOGUE, Entry
from engine.studio import Draft
from web.i18n import english, gettext
from web.security import lets_editors_style
from web.studio.editor_frame import frame_of

__all__ = ["in_old_words", "new_process", "page"]


def page(draft: Draft) -> ResponseReturnValue:
    """The modeller with its panel; who may not write looks."""
    shown = render_template("studio/bpmn_editor.html", functions=_functions(), words=_words(), **frame_of(draft))
    return lets_editors_style(shown)


def in_old_words(content: bytes, draft: bytes, in_force: bytes | None) -> bytes:
    """What an editor sent, written so that it differs from what was there only where it was edited.

    Args:
        content: as the modeller writes it: the whole file anew.
        draft: what was saved before.
        in_force: what the draft was begun from, for what was edited and put back.
    """
    kept = keep_unchanged(draft, content)
    return kept if in_force is None else keep_unchanged(in_force, kept)


def _functions() -> list[dict[str, Any]]:
    """The functions of formulas, as the editor of formulas offers them."""
    return [_function(entry) for entry in CATALOGUE.values()]


def _function(entry: Entry) -> dict[str, Any]:
    signature = entry.signatures[0]
    source, result = entry.example
    said = entry.en if english() else entry.zh
    return {
        "name": entry.name,
        "type": "function",
        "params": [{"name": parameter.name} for parameter in signature.parameters if not parameter.optional],
        "info": f"{said}\n{source} → {result}",
    }


def _words() -> dict[str, str]:
    """What the script says of this page."""
    return {
        "failed": gettext("编辑器没有打开,请刷新页面再试。"),
        "unreadable": gettext("这份文件画不出来,下面写着原因。可以下载后改好,再导入。"),
        "warnings": gettext("文件里有读不懂的地方,保存后会丢失:"),
        "noSurroundings": gettext("没有取到表单、决策表等可选的内容,请刷新页面再试。"),
        "noSimulation": gettext("图里还有 {n} 个错误,走不通。请先改正下面列出的错误。"),
        "noPicture": gettext("图片没有生成,请稍后再试。"),
        "notOpened": gettext("没有打开。请在变更页把它加进来。"),
        "large": gettext("文件超过 2 MB,没有导入。"),
        "refused": gettext("文件没有导入。"),
        "notAsked": gettext("现在不能检查这个文件,请稍后再试。"),
        "imported": gettext("已经换成导入的文件,可以撤销的修改从这里重新开始。"),
    }
