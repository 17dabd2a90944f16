"""What a back-test found, in words: verdicts, ends, amounts, what is missing; nothing personal among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine import formcheck
from engine.backtest.candidate import Candidate
from engine.backtest.cases import CaseResult, Money
from engine.backtest.results import Backtest, Summary, Wanting
from engine.definitions import Deployed
from engine.errors import EngineError
from engine.flow_analysis.choosing import version_keys
from engine.labels import labels_for
from engine.masking import HIDDEN, is_masked, mask_within
from engine.model import Value
from engine.rerun import Rules
from web import format as words
from web.i18n import english, gettext, lazy_gettext
from web.studio.personal import personal_names
from web.wiring import parts

#: What has become of a back-test → sign and word.
STATUS_WORDS: Final[Mapping[str, tuple[str, object]]] = {
    "waiting": ("active", lazy_gettext("等待中")),
    "running": ("active", lazy_gettext("进行中")),
    "done": ("done", lazy_gettext("已完成")),
    "stopped": ("off", lazy_gettext("已停止")),
    "failed": ("incident", lazy_gettext("没有完成")),
}
#: Verdict → sign and word.
VERDICTS: Final[Mapping[str, tuple[str, object]]] = {
    "same": ("done", lazy_gettext("走同样的路")),
    "path": ("active", lazy_gettext("走另一条路")),
    "end": ("soon", lazy_gettext("结局不同")),
    "input": ("paused", lazy_gettext("缺少输入")),
    "cannot": ("incident", lazy_gettext("无法重走")),
}
MONEY: Final[Mapping[str, object]] = {
    Money.MORE: lazy_gettext("多付"),
    Money.LESS: lazy_gettext("少付"),
    Money.EQUAL: lazy_gettext("金额不变"),
    Money.UNKNOWN: lazy_gettext("金额未知"),
}
#: Longer texts of an owner's form or of a failed expression say no more.
_LONGEST: Final = 300
#: From so many on, minutes say more.
_MANY_SECONDS: Final = 90


def yuan(fen: int | None) -> str:
    """An amount that is kept in 分; — where it is not known."""
    if fen is None:
        return "—"
    return f"-{yuan(-fen)}" if fen < 0 else words.money(in_yuan(fen))


def in_yuan(fen: int) -> Decimal:
    """The amount in 元, with its two places."""
    return Decimal(fen).scaleb(-2)


def signed(fen: int | None) -> str:
    """A difference: +¥3.00, -¥3.00, ¥0.00."""
    return f"+{yuan(fen)}" if fen is not None and fen > 0 else yuan(fen)


def paid_words(fen: int) -> str:
    """多付 ¥3.00, 少付 ¥3.00 or 金额不变."""
    if fen > 0:
        return gettext("多付 %(sum)s", sum=yuan(fen))
    return gettext("少付 %(sum)s", sum=yuan(-fen)) if fen < 0 else gettext("金额不变")


class Names:
    """Names of processes and elements, of the versions that cases ran on and of what is tried."""

    def __init__(self, connection: Any, candidate: Candidate | None) -> None:
        """``candidate``: None where it cannot be compiled any more."""
        self._connection, self._candidate = connection, candidate
        self._versions: dict[str, list[int]] = {}

    def process(self, process_id: str) -> str:
        """A process's name."""
        found = parts().definitions.find_latest(process_id)
        return found.name if found is not None else process_id

    def before(self, process_id: str, element: str | None, version: int | None = None) -> str:
        """The name of an element in the version given, else in the newest that has it."""
        if element is None:
            return ""
        for key in [*([] if version is None else [version]), *self._keys(process_id)]:
            deployed = parts().definitions.get(key)
            if element in deployed.definition.elements:
                return deployed.element_name(element)
        return element

    def after(self, process_id: str, element: str | None) -> str:
        """The name of an element in what is tried."""
        if element is None:
            return ""
        rules = self._rules(process_id)
        if rules is not None and element in rules.definition.elements:
            return rules.definition.name_of(element)
        return self.before(process_id, element)

    def end(self, process_id: str, element: str | None, *, after: bool) -> str:
        """Where a case ended; a case that has not is under way."""
        if element is None:
            return gettext("未结束")
        return self.after(process_id, element) if after else self.before(process_id, element)

    def is_gateway(self, process_id: str, element: str) -> bool:
        """Whether an element only decides where to go on, in whichever version has it."""
        rules = self._rules(process_id)
        known = [] if rules is None else [rules.definition.elements]
        known += [parts().definitions.get(key).definition.elements for key in self._keys(process_id)]
        found = next((elements[element] for elements in known if element in elements), None)
        return found is not None and found.kind.endswith("Gateway")

    def field(self, process_id: str, element: str, key: str) -> str:
        """What a field is called in the form of a task that is tried."""
        rules = self._rules(process_id)
        task = None if rules is None else rules.definition.elements.get(element)
        form_id = None if task is None or rules is None else task.form_id or rules.definition.start_form
        if rules is None or form_id is None or form_id not in rules.forms:
            return key
        return next((one.label for one in formcheck.fields(rules.forms[form_id]) if one.key == key and one.label), key)

    def _rules(self, process_id: str) -> Rules | None:
        try:
            return None if self._candidate is None else self._candidate.after(process_id, None)
        except EngineError:
            return None

    def _keys(self, process_id: str) -> list[int]:
        if process_id not in self._versions:
            self._versions[process_id] = list(version_keys(self._connection, process_id).values())
        return self._versions[process_id]


def filter_words(found: Backtest, names: Names) -> list[str]:
    """Which cases were chosen."""
    wanted = found.wanted
    said = [names.process(wanted.process_id) if wanted.process_id else gettext("所有涉及的流程")]
    if wanted.opened_from is not None:
        said.append(gettext("发起不早于 %(day)s", day=f"{words.local(wanted.opened_from):%Y-%m-%d}"))
    if wanted.opened_to is not None:
        said.append(gettext("发起早于 %(day)s", day=f"{words.local(wanted.opened_to):%Y-%m-%d}"))
    if wanted.end_state:
        said.append(gettext("结束于「%(end)s」", end=names.before(wanted.process_id, wanted.end_state)))
    said.append(gettext("包括进行中的") if wanted.running else gettext("只看已结束的"))
    return said


def summary_words(found: Backtest, summary: Summary) -> str:
    """1 000 张中 448 张不变;552 张走另一条路."""
    counts = summary.verdicts
    other_money = counts.get("same", 0) - summary.unchanged
    said = [gettext("%(n)s 张不变", n=f"{summary.unchanged:,}")]
    for count, text in (
        (other_money, gettext("%(n)s 张走同样的路、金额不同", n=f"{other_money:,}")),
        (counts.get("path", 0), gettext("%(n)s 张走另一条路、结局相同", n=f"{counts.get('path', 0):,}")),
        (counts.get("end", 0), gettext("%(n)s 张结局不同", n=f"{counts.get('end', 0):,}")),
        (counts.get("input", 0), gettext("%(n)s 张缺少输入,无法判断", n=f"{counts.get('input', 0):,}")),
        (counts.get("cannot", 0), gettext("%(n)s 张无法重走", n=f"{counts.get('cannot', 0):,}")),
    ):
        if count:
            said.append(text)
    between = "; " if english() else ";"
    whole = gettext("%(n)s 张中 ", n=f"{summary.judged:,}")
    return f"{whole}{between.join(said)}{'.' if english() else '。'}"


def missing_words(lack: Mapping[str, Any], names: Names) -> str:
    """What the new version needs and the case never gave."""
    place = names.after(lack["process"], lack["element"]) or lack["name"]
    match lack["lack"]:
        case "task":
            return gettext("要办「%(place)s」,原来没有人办过。", place=place)
        case "waited":
            return gettext("「%(place)s」要等得更久,后来会怎样没有记录。", place=place)
        case "field":
            field = names.field(lack["process"], lack["element"], lack["field"])
            said = lack.get("en" if english() else "zh")
            if said:
                return gettext("「%(place)s」的「%(field)s」:%(said)s", place=place, field=field, said=said)
            return gettext("「%(place)s」的「%(field)s」:原来没有填,或填的不再合规定。", place=place, field=field)
        case "job":
            return gettext("系统步骤「%(place)s」问的和原来不同,没有当时的回答。", place=place)
    return gettext("在「%(place)s」等的消息,不知道当时会不会来。", place=place)


def wanting_words(wanting: Wanting, names: Names) -> str:
    """What several cases lack."""
    lack = {"lack": wanting.lack, "process": wanting.process_id, "element": wanting.element, "name": wanting.name}
    return missing_words({**lack, "field": wanting.field}, names)


def broken_words(broken: Mapping[str, Any], names: Names) -> str:
    """Why the new version cannot run the case; numbers of telephones within are masked."""
    said = mask_within(str(broken.get("en" if english() else "zh") or ""))[:_LONGEST]
    if not broken.get("element"):
        return said
    return gettext("在「%(place)s」:%(said)s", place=names.after(broken["process"], broken["element"]), said=said)


def reason_words(result: CaseResult, names: Names) -> str:
    """Why a case stopped short; "" where it did not."""
    if (missing := result.detail.get("missing")) is not None:
        return missing_words(missing, names)
    if (broken := result.detail.get("broken")) is not None:
        return broken_words(broken, names)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedView:
    """An answer that counts though what was shown with it is another value now."""

    place: str
    name: str
    before: str
    after: str


def assumed_views(result: CaseResult, names: Names) -> list[AssumedView]:
    """What was taken for granted, personal data and free texts masked."""
    return [
        AssumedView(
            place=names.after(one["process"], one["element"]),
            name=_label(one["process"], one["name"]),
            before=_shown(one["process"], one["name"], one["before"]),
            after=_shown(one["process"], one["name"], one["after"]),
        )
        for one in result.detail.get("assumed", ())
    ]


def _label(process_id: str, name: str) -> str:
    deployed = _deployed(process_id)
    return name if deployed is None else labels_for(deployed).name(name)


def _shown(process_id: str, name: str, value: Value) -> str:
    """A value as somebody reads it who may see no case: numbers, dates, yes and no, and words of a choice."""
    if value is None or isinstance(value, bool):
        return words.value(value)
    deployed = _deployed(process_id)
    if deployed is None:
        return HIDDEN
    labels = labels_for(deployed)
    if is_masked(name) or name in personal_names(process_id) or isinstance(value, Mapping | list | tuple):
        return HIDDEN
    if isinstance(value, str):
        said = labels.value(name, value)
        return str(said) if said != value or value in labels.options.get(name, {}) else HIDDEN
    return words.named_value(value, name)


def _deployed(process_id: str) -> Deployed | None:
    return parts().definitions.find_latest(process_id)


def steps_words(places: Sequence[Sequence[str]], names: Names, *, after: bool) -> list[tuple[str, str]]:
    """(process, step) that only one of the two ways went through; gateways are no steps."""
    named = names.after if after else names.before
    steps = [(process_id, element) for process_id, element in places if not names.is_gateway(process_id, element)]
    return [(names.process(process_id), named(process_id, element)) for process_id, element in steps]


def span_words(seconds: float) -> str:
    """Seconds of work, roughly."""
    whole = max(1, round(seconds))
    return gettext("%(n)s 秒", n=whole) if whole < _MANY_SECONDS else gettext("%(n)s 分钟", n=round(whole / 60))
