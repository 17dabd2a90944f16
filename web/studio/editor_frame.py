"""What the page of any draft says to its frame and its script: addresses, revision, texts."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, url_for
from flask_wtf.csrf import generate_csrf

from engine import studio
from engine.studio import Draft, file_name
from web.i18n import gettext, lazy_gettext
from web.wiring import parts

#: What a kind of resource is called.
KIND_WORDS: Final = {
    "bpmn": lazy_gettext("流程图"),
    "decision": lazy_gettext("决策表"),
    "form": lazy_gettext("表单"),
    "template": lazy_gettext("话术"),
    "scenario": lazy_gettext("场景"),
}


def frame_of(draft: Draft) -> dict[str, Any]:
    """What ``studio/editor.html`` needs: draft, change, words of kinds and ``editor``, which scripts read as JSON."""
    with parts().db.read() as connection:
        change = studio.read_change(connection, draft.change)
    place: dict[str, Any] = {"key": draft.change, "kind": draft.kind, "id": draft.id}
    return {
        "draft": draft,
        "change": change,
        "kind_words": KIND_WORDS,
        "editor": {
            "kind": draft.kind,
            "id": draft.id,
            "file": file_name(draft.kind, draft.id),
            "change": draft.change,
            "draft": draft.key,
            "editable": draft.editable,
            "revision": draft.revision,
            "content": draft.content.decode(errors="replace"),
            "csrf": generate_csrf(),
            "saveUrl": url_for("studio.save_draft", **place),
            "lintUrl": url_for("studio.lint_draft", **place),
            "surroundingsUrl": url_for("studio.surroundings", key=draft.change),
            "changeUrl": url_for("studio.change", key=draft.change),
            "compareUrl": compare_url(draft.base_hash, f"draft:{draft.key}"),
            "texts": _texts(),
        },
    }


def compare_url(left: str | None, right: str | None) -> str | None:
    """The address that shows two contents beside each other; None: there is nothing to compare with."""
    if left is None or right is None or "studio.compare" not in current_app.view_functions:
        return None
    return url_for("studio.compare", left=left, right=right)


def _texts() -> dict[str, str]:
    """What the scripts say about saving and checking."""
    return {
        "saved": gettext("已保存"),
        "dirty": gettext("有未保存的修改"),
        "saving": gettext("正在保存"),
        "conflict": gettext("别人刚保存过,请先处理"),
        "offline": gettext("连接中断,稍后自动再保存"),
        "refused": gettext("没有保存"),
        "unavailable": gettext("服务器暂时不能保存,稍后自动再试。请不要关闭页面。"),
        "login": gettext("登录已过期或页面已过期,没有保存。请在另一个窗口登录,复制您的内容后刷新本页。"),
        "large": gettext("内容超过 2 MB,没有保存。"),
        "gone": gettext("这份草稿已不在变更里,或您已没有权限,没有保存。"),
        "found": gettext("错误 {errors} · 提醒 {warnings}"),
        "clean": gettext("检查通过"),
        "error": gettext("错误"),
        "warning": gettext("提醒"),
        "conflictTitle": gettext("这份草稿刚被别人保存过"),
        "conflictWho": gettext("{who} 于 {at} 保存了另一份内容。您的修改还没有保存,请选择怎样处理。"),
        "compare": gettext("对比两份内容"),
        "copy": gettext("复制我的内容"),
        "copied": gettext("已复制。"),
        "selectToCopy": gettext("已选中,请按复制键。"),
        "takeTheirs": gettext("用对方的,放弃我的"),
        "overwrite": gettext("用我的,覆盖对方的"),
        "compareForce": gettext("看对方的内容与在用版本的差别"),
        "theirs": gettext("对方"),
        "mine": gettext("我的"),
        "same": gettext("两份内容相同。"),
    }
