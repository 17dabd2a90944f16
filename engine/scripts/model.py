"""A script (话术): what is said in a situation, where it is offered, and what has to be filled in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import InvalidValue

#: What has to have happened on a case before a script may be said there (003 严禁欺骗客户) → how people call it.
CONDITIONS: Final[Mapping[str, str]] = {
    "": "随时可用",
    "supervisor_answered": "主管或经理在本工单答复后",
    "refunded": "财务在本工单打款后",
}
MAX_TEXT: Final = 1000
MAX_LINE: Final = 120
MAX_VARIANTS: Final = 40
MAX_STEPS: Final = 60
MAX_TAGS: Final = 12
CODE: Final = re.compile(r"^S[0-9]{2,4}$")
#: ``**`` as the documents write it, or a name in braces.
MARK: Final = re.compile(r"\*\*|\{[^{}]*\}")
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A placeholder of a text, in the order of the text."""

    #: As it stands in the text: ``**`` or ``{name}``.
    mark: str
    #: What it is filled with, see scripts.filling.
    name: str
    #: What people call it.
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The text for a channel, a shop, or both; the most specific one wins."""

    channel: str = ""
    shop: str = ""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One script as it is stored."""

    code: str
    situation: str
    text: str
    tags: tuple[str, ...] = ()
    #: (process id, element; "" for every step of the process).
    steps: tuple[tuple[str, str], ...] = ()
    #: Channels and shops that it is for; empty: all.
    channels: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()
    variants: tuple[Variant, ...] = ()
    #: How to say it.
    note: str = ""
    #: Key of CONDITIONS.
    condition: str = ""
    #: A negative example: shown, never offered.
    forbidden: bool = False
    #: Offered when a case closes.
    closing: bool = False
    #: Id of the message of a process that says the same.
    message: str = ""
    #: What the document says where it gives the content and no text.
    seed: str = ""
    #: Sentence of the documents that it comes from.
    source: str = ""

    def text_for(self, channel: str | None, shop: str | None) -> str:
        """The text of the most specific variant: of channel and shop, of the shop, of the channel, of all."""
        found = {(one.channel, one.shop): one.text for one in self.variants}
        places = ((channel or "", shop or ""), ("", shop or ""), (channel or "", ""))
        return next((found[place] for place in places if place in found and any(place)), self.text)

    def suits(self, channel: str | None, shop: str | None) -> bool:
        """Whether the script is for a case of the channel and the shop; what is not known rules nothing out."""
        return not (
            (self.channels and channel and channel not in self.channels)
            or (self.shops and shop and shop not in self.shops)
        )


def read_script(content: Mapping[str, Any]) -> Script:
    """A script from its stored or shipped form.

    Raises:
        InvalidValue: something is missing or of the wrong kind.
    """
    try:
        return Script(
            code=str(content["code"]),
            situation=str(content["situation"]),
            text=str(content["text"]),
            tags=tuple(map(str, content.get("tags", ()))),
            steps=tuple((str(process), str(element)) for process, element in content.get("steps", ())),
            channels=tuple(map(str, content.get("channels", ()))),
            shops=tuple(map(str, content.get("shops", ()))),
            blanks=tuple(Blank(mark=b["mark"], name=b["name"], label=b["label"]) for b in content.get("blanks", ())),
            variants=tuple(
                Variant(channel=v.get("channel", ""), shop=v.get("shop", ""), text=v["text"])
                for v in content.get("variants", ())
            ),
            note=str(content.get("note", "")),
            condition=str(content.get("condition", "")),
            forbidden=content.get("forbidden") is True,
            closing=content.get("closing") is True,
            message=str(content.get("message", "")),
            seed=str(content.get("seed", "")),
            source=str(content.get("source", "")),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise InvalidValue("The content of the script is incomplete.", message_zh="话术的内容不完整。") from problem


_REST: Final = ("note", "condition", "message", "seed", "source", "forbidden", "closing")


def content_of(script: Script) -> dict[str, Any]:
    """A script as it is stored; what is empty is left out."""
    content: dict[str, Any] = {"code": script.code, "situation": script.situation, "text": script.text}
    content |= {
        "tags": list(script.tags),
        "steps": [list(step) for step in script.steps],
        "channels": list(script.channels),
        "shops": list(script.shops),
        "blanks": [{"mark": b.mark, "name": b.name, "label": b.label} for b in script.blanks],
        "variants": [{"channel": v.channel, "shop": v.shop, "text": v.text} for v in script.variants],
    }
    content |= {name: getattr(script, name) for name in _REST}
    return {name: value for name, value in content.items() if value not in ("", [], False)}


def normalised(text: str) -> str:
    """A text as it is sought: width and case do not matter, nor do blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def sought_by(script: Script) -> str:
    """Everything that people may seek a script by."""
    texts = (script.code, script.situation, script.text, script.seed, script.note, *script.tags)
    return "\n".join(map(normalised, (*texts, *(variant.text for variant in script.variants))))


def checked(script: Script, *, channels: Iterable[str]) -> Script:
    """The script, in order to be stored.

    Args:
        script: as somebody typed it.
        channels: those that the shop knows.

    Raises:
        InvalidValue: says what is wrong and what to do.
    """
    for broken, zh, en in _rules(script, frozenset(channels)):
        if broken:
            raise InvalidValue(en, message_zh=zh)
    return script


def _rules(script: Script, channels: frozenset[str]) -> Iterable[tuple[bool, str, str]]:
    texts = (script.text, *(variant.text for variant in script.variants))
    lines = (script.situation, script.note, *script.tags, *script.shops, *(v.shop for v in script.variants))
    places = [(variant.channel, variant.shop) for variant in script.variants]
    named = {*script.channels, *(variant.channel for variant in script.variants if variant.channel)}
    yield (
        CODE.match(script.code) is None,
        "编号须为 S 加 2 到 4 位数字,如 S47。",
        "The code must be S and 2 to 4 digits, such as S47.",
    )
    yield not script.situation.strip(), "请填写情境。", "Please fill in the situation."
    yield (
        not all(text.strip() for text in texts),
        "话术内容不能为空;不需要的变体请删去。",
        "The text must not be empty. Please remove variants that are not needed.",
    )
    yield max(map(len, texts)) > MAX_TEXT, f"话术不超过 {MAX_TEXT} 字。", f"A text may have {MAX_TEXT} characters."
    yield (
        any(_HIDDEN.search(text) or _controls(text) for text in texts),
        "话术含有不可见的控制字符,请删除。",
        "The text holds control characters that nobody sees. Please remove them.",
    )
    yield (
        any(_lonely(text) for text in texts),
        "花括号不成对,请改为 {名称}。",
        "A curly bracket stands alone. Please write {name}.",
    )
    yield (
        any(len(line) > MAX_LINE or not line.isprintable() for line in lines),
        f"情境、标签等须各在 {MAX_LINE} 字以内。",
        f"The situation, tags and the like may have {MAX_LINE} characters each.",
    )
    yield len(script.tags) > MAX_TAGS, f"标签最多 {MAX_TAGS} 个。", f"There may be {MAX_TAGS} tags."
    yield (
        len(script.variants) > MAX_VARIANTS or len(script.steps) > MAX_STEPS,
        "变体或步骤太多。",
        f"There may be {MAX_VARIANTS} variants and {MAX_STEPS} steps.",
    )
    yield (
        len(set(places)) != len(places),
        "同一渠道和店铺有两个变体,请删去一个。",
        "Two variants are for the same channel and shop. Please remove one.",
    )
    yield ("", "") in places, "变体须选择渠道或店铺。", "Please choose a channel or a shop for the variant."
    yield not named <= channels, "没有这个渠道,请重新选择。", "There is no such channel. Please choose one of the list."
    yield (
        script.condition not in CONDITIONS,
        "没有这个使用条件,请重新选择。",
        "There is no such condition. Please choose one of the list.",
    )


def _controls(text: str) -> bool:
    return any(unicodedata.category(char) == "Cc" and char != "\n" for char in text)


def _lonely(text: str) -> bool:
    return any(char in "{}" for char in MARK.sub("", text))
