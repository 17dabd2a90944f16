"""The words of audits: who may do what, the states and severities of findings, and how long texts may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine import access
from engine.access import GROUPS, Reach
from engine.errors import InvalidValue
from engine.masking import mask_within
from engine.model import Actor

#: Who or what noticed it.
SOURCES: Final[Mapping[str, str]] = {
    "person": "人工", "policy": "规则监控", "verification": "存证核验", "re_execution": "重新执行",
}  # fmt: skip
SEVERITIES: Final[Mapping[str, str]] = {"high": "高", "medium": "中", "low": "低"}
OPEN: Final = "open"
REPLIED: Final = "replied"
CLOSED: Final = "closed"
DISMISSED: Final = "dismissed"
#: States that a finding may be in.
STATES: Final[Mapping[str, str]] = {OPEN: "待答复", REPLIED: "已答复", CLOSED: "已关闭", DISMISSED: "不成立"}
#: Groups to which a finding may be put; auditors do not answer for what they found.
ANSWERING: Final = tuple(group for group in GROUPS if group != "auditor")
MAX_TITLE: Final = 80
MAX_TEXT: Final = 2000
MAX_NAME: Final = 40
PAGE: Final = 50


def may_search(actor: Actor) -> bool:
    """P23 on cases, be it of the own team only: asks questions, draws samples, notes findings."""
    return access.may_audit(actor)


def sees_all(actor: Actor) -> bool:
    """Who looks into everybody's cases: every finding and sample is theirs to see."""
    return access.reach(actor, "P23") is Reach.YES


def may_open_findings(actor: Actor) -> bool:
    """Who finds, or may be asked for a reply."""
    return may_search(actor) or not actor.groups.isdisjoint(ANSWERING)


def checked_text(text: str, what_zh: str, what_en: str, *, most: int = MAX_TEXT) -> str:
    """What somebody wrote, without mobile numbers.

    Raises:
        InvalidValue: there is nothing, or too much.
    """
    clean = text.strip()
    if not clean or len(clean) > most:
        raise InvalidValue(
            f"Please write {what_en} of at most {most} characters.", message_zh=f"请填写{what_zh},最长 {most} 字。"
        )
    return mask_within(clean)
