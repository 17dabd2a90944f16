"""What the auditors' searches, samples and findings have in common: their blueprint, signs and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, request

from engine import accounts, inspection
from engine.inspection import asking, choices
from engine.inspection.question import Question, Reading, read
from engine.queries.cases import read_rows
from web.i18n import lazy_gettext
from web.identity import actor
from web.wiring import parts

bp = Blueprint("inspection", __name__)

#: State of a finding → sign and word.
STATES: Final[Mapping[str, tuple[str, object]]] = {
    "open": ("sign-active", lazy_gettext("待答复")),
    "replied": ("sign-soon", lazy_gettext("已答复,待结论")),
    "closed": ("sign-done", lazy_gettext("已关闭")),
    "dismissed": ("sign-off", lazy_gettext("不成立")),
}
SEVERITIES: Final[Mapping[str, tuple[str, object]]] = {
    "high": ("sign-late", lazy_gettext("严重")),
    "medium": ("sign-soon", lazy_gettext("一般")),
    "low": ("sign-off", lazy_gettext("轻微")),
}
SOURCES: Final[Mapping[str, object]] = {
    "person": lazy_gettext("人工"),
    "policy": lazy_gettext("规则监控"),
    "verification": lazy_gettext("存证核验"),
    "re_execution": lazy_gettext("重新执行"),
}
#: State of a case in a sample → sign and word.
LOOKS: Final[Mapping[str, tuple[str, object]]] = {
    "unseen": ("sign-off", lazy_gettext("未看")),
    "seen": ("sign-done", lazy_gettext("已看")),
    "found": ("sign-late", lazy_gettext("有发现")),
}
_AROUND: Final = frozenset({"after", "add", "in", "value", "times", "who"})
_MOST_COUNTED: Final = 1000


def reading_here() -> Reading:
    """The question in the address."""
    return read((name, text) for name, text in request.args.items(multi=True) if name not in _AROUND)


def answered(question: Question, *, limit: int = 50) -> dict[str, Any]:
    """The page of the answer that the address asks for, as templates show it."""
    person, now = actor(), parts().clock.now()
    with parts().db.read() as connection:
        answer = asking.ask(connection, question, person, now=now, after=request.args.get("after"), limit=limit)
        return {
            "rows": read_rows(connection, parts().definitions, answer.keys),
            "sums": choices.sums_of_cases(connection, answer.keys),
            "count": asking.count(connection, question, person, now=now, most=_MOST_COUNTED),
            "most": _MOST_COUNTED,
            "page": answer,
            "after": request.args.get("after"),
            "whole": inspection.is_whole(connection),
        }


def people() -> list[tuple[str, str]]:
    """(id, name) of every account, by name; those who left acted too."""
    return sorted(((one.id, one.name) for one in accounts.list_accounts(parts().db)), key=lambda one: one[1])


def yuan(fen: int | None) -> str:
    """¥1,234.50 of 分; — of nothing."""
    return "—" if fen is None else f"¥{fen // 100:,}.{fen % 100:02d}"


def span_of(seconds: int) -> timedelta:
    """Seconds as a duration."""
    return timedelta(seconds=seconds)
