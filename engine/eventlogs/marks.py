"""What every file says of itself: who took it, when, how much it holds, and whether personal data are masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.clock import SHANGHAI

TITLE: Final = "工单历史"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The mark of a file."""

    #: Name and id of who takes it.
    taken_by: str
    #: Aware.
    taken_at: datetime
    cases: int
    events: int
    masked: bool

    @property
    def sentence(self) -> str:
        """All of it for people."""
        masked = "已打码" if self.masked else "未打码"
        return (
            f"{TITLE} · 导出人 {self.taken_by} · {local(self.taken_at)} · {self.cases} 个工单 · {self.events} 个事件"
            f" · {masked} · 内部资料,请勿外传"
        )


def local(instant: datetime) -> str:
    """For people: Asia/Shanghai, to the second."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def stamp(instant: datetime) -> str:
    """For programs: the same instant with its offset, to the microsecond, so that the order of events is kept."""
    return instant.astimezone(SHANGHAI).isoformat(timespec="microseconds")
