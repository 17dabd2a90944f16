"""Filling a script in: what a case knows stands in the text, what nobody knows stays an open blank."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.scripts.model import MARK, Blank, Script

#: Name of a blank → what people call it, for those that cases fill.
SOURCES: Final[Mapping[str, str]] = {
    "brand": "店铺名",
    "shop": "店铺",
    "agent": "客服称呼",
    "product": "商品",
    "courier": "快递",
    "waybill_no": "运单号",
    "order_id": "订单号",
    "amount": "金额",
    "promised": "答复时间",
}
_SHOP_WORDS: Final = ("旗舰店", "专卖店", "专营店", "官方店")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a filled text: said as it stands, or a blank that is open."""

    text: str
    #: What has to be filled in; "": nothing.
    blank: str = ""
    #: The same name is the same blank.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A script with the values of a case."""

    pieces: tuple[Piece, ...]

    @property
    def open(self) -> tuple[str, ...]:
        """Labels of the blanks that are open, each once."""
        return tuple(dict.fromkeys(piece.blank for piece in self.pieces if piece.blank))

    @property
    def text(self) -> str:
        """As it reads, open blanks as 〔label〕."""
        return "".join(f"〔{piece.blank}〕" if piece.blank else piece.text for piece in self.pieces)


def fill(
    script: Script,
    known: Mapping[str, str],
    *,
    channel: str | None = None,
    shop: str | None = None,
    opened: Callable[[str], str] = str,
) -> Filled:
    """Fill a script in.

    Args:
        script: its most specific text is taken.
        known: name of a blank → text to be said; what is missing or empty stays open.
        channel: of the case; decides the variant.
        shop: of the case; the same.
        opened: gives a text the form of address of its reader.
    """
    text = opened(script.text_for(channel, shop))
    return Filled(pieces=tuple(_pieces(text, blanks_of(script, text), known)))


def blanks_of(script: Script, text: str) -> list[Blank]:
    """The blanks of a text of the script, in its order; ``**`` beyond those that the script names is one of its own."""
    stars = iter([blank for blank in script.blanks if blank.mark == "**"])
    named = {blank.mark: blank for blank in script.blanks}
    found = []
    for mark in MARK.findall(text):
        if mark == "**":
            found.append(next(stars, None) or Blank(mark=mark, name="", label="待填"))
        else:
            name = mark[1:-1].strip()
            found.append(named.get(mark) or Blank(mark=mark, name=name, label=SOURCES.get(name, name or "待填")))
    return found


def brand_of(shop: str) -> str:
    """A shop's name without what the texts say behind it: 好孩子旗舰店 → 好孩子; "" where nothing else is known."""
    for word in _SHOP_WORDS:
        shop = shop.removesuffix(word)
    return shop.removesuffix("天猫").strip()


def _pieces(text: str, blanks: list[Blank], known: Mapping[str, str]) -> Iterator[Piece]:
    at, following = 0, iter(blanks)
    for match in MARK.finditer(text):
        if match.start() > at:
            yield Piece(text=text[at : match.start()])
        blank, at = next(following), match.end()
        said = known.get(blank.name, "")
        yield Piece(text=said) if said else Piece(text="", blank=blank.label, name=blank.name or blank.label)
    if at < len(text):
        yield Piece(text=text[at:])
