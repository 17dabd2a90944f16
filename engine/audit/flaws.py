"""What verification finds wrong, and where: a row, a leaf, a head or a key, in sentences of both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FlawKind(StrEnum):
    """What can be wrong."""

    GUARD_MISSING = "guard_missing"
    ROW_MISSING = "row_missing"
    ROW_CHANGED = "row_changed"
    STEP_BROKEN = "step_broken"
    VALUE_CHANGED = "value_changed"
    COMMAND_CHANGED = "command_changed"
    VALUES_MISSING = "values_missing"
    VALUES_LEFT = "values_left"
    END_MISSING = "end_missing"
    STREAM_UNKNOWN = "stream_unknown"
    LEAF_DIFFERS = "leaf_differs"
    LEAF_WITHOUT_ROW = "leaf_without_row"
    LEAF_MISSING = "leaf_missing"
    NODE_DIFFERS = "node_differs"
    HEAD_DIFFERS = "head_differs"
    HEAD_CUT_OFF = "head_cut_off"
    HEAD_UNSIGNED = "head_unsigned"
    KEY_UNNAMED = "key_unnamed"


_SENTENCES: Final[Mapping[FlawKind, tuple[str, str]]] = {
    FlawKind.GUARD_MISSING: (
        "数据库里防止改动历史的触发器 {name} 不见了,或被换掉。",
        "The trigger {name}, which keeps the history from being changed, is not in the database, or another one.",
    ),
    FlawKind.ROW_MISSING: (
        "{place}缺第 {seq} 条事件:被删除或移走。",
        "{place_en}: event {seq} is missing. It was deleted or moved.",
    ),
    FlawKind.ROW_CHANGED: (
        "{place}第 {seq} 条事件的内容与它的哈希不符:被改动或插入。",
        "{place_en}: event {seq} does not fit its hash. It was changed or inserted.",
    ),
    FlawKind.STEP_BROKEN: (
        "{place}第 {seq} 条事件不接在前一步之后。",
        "{place_en}: event {seq} does not follow the step before it.",
    ),
    FlawKind.VALUE_CHANGED: (
        "{place}第 {seq} 条事件的值与当时的承诺值不符:值被改动。",
        "{place_en}: the value of event {seq} does not fit its commitment. It was changed.",
    ),
    FlawKind.COMMAND_CHANGED: (
        "{place}第 {seq} 条事件那一步的命令与当时的承诺值不符:命令被改动。",
        "{place_en}: the command of the step of event {seq} does not fit its commitment. It was changed.",
    ),
    FlawKind.VALUES_MISSING: (
        "{place}第 {seq} 条事件那一步的值不见了,又没有按保存期限去标识的记录。",
        "{place_en}: the values of the step of event {seq} are gone, and no redaction is recorded.",
    ),
    FlawKind.VALUES_LEFT: (
        "{place}第 {revision} 步有值,却没有事件:事件被删除。",
        "{place_en}: step {revision} has values and no events. These were deleted.",
    ),
    FlawKind.END_MISSING: (
        "{place}应有 {expected} 条事件,只有 {seq} 条与之相符:末尾被截断或改动。",
        "{place_en}: there should be {expected} events, and {seq} fit. The end was cut off or changed.",
    ),
    FlawKind.STREAM_UNKNOWN: (
        "{place}有事件,却没有对应的流程实例。",
        "{place_en}: there are events of no process instance.",
    ),
    FlawKind.LEAF_DIFFERS: (
        "{place}第 {seq} 条事件与总日志第 {leaf} 项记下的哈希不同:之前的历史被整体改写。",
        "{place_en}: event {seq} has another hash than entry {leaf} of the log. What stands before was rewritten.",
    ),
    FlawKind.LEAF_WITHOUT_ROW: (
        "总日志第 {leaf} 项记下的{place}第 {seq} 条事件不见了。",
        "{place_en}: event {seq}, which entry {leaf} of the log names, is gone.",
    ),
    FlawKind.LEAF_MISSING: (
        "总日志缺第 {leaf} 项。",
        "Entry {leaf} of the log is missing.",
    ),
    FlawKind.NODE_DIFFERS: (
        "总日志第 {leaf} 项处保存的树节点(第 {level} 层)与各项算出的不同。",
        "A stored node of the tree (level {level}) at entry {leaf} of the log is not what the entries give.",
    ),
    FlawKind.HEAD_DIFFERS: (
        "{size} 项的签名树头与现在的总日志不符:第 {leaf} 至 {last} 项之间被改写。",
        "The signed head of {size} entries does not fit the log: something between entries {leaf} and {last} was "
        "rewritten.",
    ),
    FlawKind.HEAD_CUT_OFF: (
        "签名树头证明曾有 {size} 项,现在只有 {leaf} 项:末尾被截断。",
        "A signed head shows that there were {size} entries. Now there are {leaf}: the end was cut off.",
    ),
    FlawKind.HEAD_UNSIGNED: (
        "{size} 项的树头没有有效签名。",
        "The head of {size} entries has no valid signature.",
    ),
    FlawKind.KEY_UNNAMED: (
        "第 {key} 把签名密钥不是由前一把密钥指定的。",
        "Signing key {key} was not named by the key before it.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong."""

    kind: FlawKind
    #: Key of the instance, 0 for the system's stream; None where it is about no stream.
    stream: int | None = None
    #: The event.
    seq: int | None = None
    #: Entry of the log, from 0.
    leaf: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In Chinese."""
        return self._say(0)

    @property
    def sentence_en(self) -> str:
        """In English."""
        return self._say(1)

    def _say(self, language: int) -> str:
        place = "系统记录" if self.stream == 0 else f"流程实例 {self.stream} "
        place_en = "System record" if self.stream == 0 else f"Instance {self.stream}"
        given = {"seq": self.seq, "leaf": self.leaf, "place": place, "place_en": place_en, **self.facts}
        return _SENTENCES[self.kind][language].format(**given)
