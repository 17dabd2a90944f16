"""The form of a script, read and shown again: its steps and variants as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flask import request

from engine import scripts, shop
from engine.definitions import Deployed
from engine.errors import InvalidValue
from engine.scripts import Blank, Script, Variant
from web import posted

#: Variants that a form has room for, beyond those that are there.
_SPARE = 2
_MOST = 40
_SEPARATED = re.compile("[、,;\uff0c\uff1b\\s]+")
_LONG = 4000


@dataclass(slots=True)
class Typed:
    """The form as somebody filled it in."""

    code: str
    situation: str = ""
    text: str = ""
    tags: str = ""
    #: process ids.
    processes: list[str] = field(default_factory=list)
    #: One a line: process.element.
    steps: str = ""
    channels: list[str] = field(default_factory=list)
    shops: str = ""
    note: str = ""
    condition: str = ""
    closing: bool = False
    forbidden: bool = False
    retired: bool = False
    #: (channel, shop, text).
    variants: list[tuple[str, str, str]] = field(default_factory=list)
    reason: str = ""
    based_on: int = 0


def of_script(script: Script, version: int, *, retired: bool = False) -> Typed:
    """The form with what is in force."""
    whole = [process for process, element in script.steps if not element]
    return Typed(
        code=script.code,
        situation=script.situation,
        text=script.text,
        tags="、".join(script.tags),
        processes=whole,
        steps="\n".join(f"{process}.{element}" for process, element in script.steps if element),
        channels=list(script.channels),
        shops="、".join(script.shops),
        note=script.note,
        condition=script.condition,
        closing=script.closing,
        forbidden=script.forbidden,
        retired=retired,
        variants=[(variant.channel, variant.shop, variant.text) for variant in script.variants],
        based_on=version,
    )


def of_request(code: str) -> Typed:
    """The form as it was sent."""
    form = request.form
    channels, shops = form.getlist("variant_channel"), form.getlist("variant_shop")
    texts = [_line(text, _LONG) for text in form.getlist("variant_text")]
    based_on = form.get("based_on", "")
    return Typed(
        code=code,
        situation=posted.text("situation", 300),
        text=posted.text("text", _LONG),
        tags=posted.text("tags", 300),
        processes=form.getlist("processes")[:60],
        steps=posted.text("steps", _LONG),
        channels=form.getlist("channels")[:20],
        shops=posted.text("shops", 300),
        note=posted.text("note", 300),
        condition=form.get("condition", ""),
        closing=form.get("closing") == "1",
        forbidden=form.get("forbidden") == "1",
        retired=form.get("retired") == "1",
        variants=[
            (channel, _line(shop_, 120).strip(), text)
            for channel, shop_, text in zip(channels[:_MOST], shops[:_MOST], texts[:_MOST], strict=False)
            if text.strip() or channel or shop_.strip()
        ],
        reason=posted.text("reason", 400),
        based_on=int(based_on) if based_on.isascii() and based_on.isdigit() and len(based_on) < 10 else 0,
    )


def script_of(typed: Typed, before: Script | None, versions: Iterable[Deployed]) -> Script:
    """The script that the form describes; what the form does not show stays as it was.

    Raises:
        InvalidValue: a step is none of a process in force.
    """
    return Script(
        code=typed.code,
        situation=typed.situation,
        text=typed.text,
        tags=_several(typed.tags),
        steps=_steps(typed, {deployed.process_id: deployed for deployed in versions}),
        channels=tuple(typed.channels),
        shops=_several(typed.shops),
        blanks=_blanks(typed, before),
        variants=tuple(Variant(channel=channel, shop=name, text=text) for channel, name, text in typed.variants),
        note=typed.note,
        condition=typed.condition,
        forbidden=typed.forbidden,
        closing=typed.closing,
        message=before.message if before else "",
        seed=before.seed if before else "",
        source=before.source if before else "",
    )


def variants_shown(typed: Typed) -> list[tuple[str, str, str]]:
    """The variants with room for more."""
    return [*typed.variants, *[("", "", "")] * _SPARE]


def channels() -> Mapping[str, str]:
    """Channel → what people call it."""
    return shop.CHANNELS


def _steps(typed: Typed, known: Mapping[str, Deployed]) -> tuple[tuple[str, str], ...]:
    found = [(process, "") for process in typed.processes if process]
    for line in typed.steps.split():
        process, _, element = line.partition(".")
        deployed = known.get(process)
        if deployed is None or element not in deployed.definition.elements:
            said = f"没有步骤“{line[:60]}”,请写成 流程编号.步骤编号,如 p10_courier_query.check_logistics。"
            raise InvalidValue(
                f"There is no step {line[:60]!r}. Write process.step, such as p10_courier_query.check_logistics.",
                message_zh=said,
            )
        found.append((process, element))
    unknown = next((process for process, element in found if not element and process not in known), None)
    if unknown is not None:
        raise InvalidValue(
            f"There is no process {unknown[:40]!r}. Please choose one of the list.",
            message_zh="没有这个流程,请重新选择。",
        )
    return tuple(dict.fromkeys(found))


def _blanks(typed: Typed, before: Script | None) -> tuple[Blank, ...]:
    """The blanks of the text; those that stood there keep what people call them, ``**`` by their order."""
    old = list(before.blanks) if before else []
    stars = iter([blank for blank in old if blank.mark == "**"])
    named = {blank.mark: blank for blank in old}
    found: list[Blank] = []
    for mark in scripts.MARK.findall(typed.text):
        if mark == "**":
            found.append(next(stars, None) or Blank(mark=mark, name="", label="待填"))
        elif mark in named:
            found.append(named[mark])
        else:
            name = mark[1:-1].strip()
            found.append(Blank(mark=mark, name=name, label=scripts.SOURCES.get(name, name or "待填")))
    return tuple(found)


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, _SEPARATED.split(text))))


def _line(text: str, most: int) -> str:
    return "".join(char for char in text if char == "\n" or char.isprintable())[:most]
