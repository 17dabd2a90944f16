"""How personal data look to those who need not know them: one rule a field, used by every list, message and export."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.model import Value, is_file
from engine.telephones import Telephone, is_mobile, telephones_within

#: What stands for a value that is hidden as a whole.
HIDDEN: Final = "***"

_REGION = re.compile(
    r"^\s*(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|特别行政区))?\s*(?:[\u4e00-\u9fff]{2,8}?(?:自治州|地区|盟|市))?"
)
_PHONE = re.compile(r"^1\d{10}$")
#: A number by itself: of an order, a parcel or a bill as well as anybody's.
_BARE: Final = re.compile(r"\d{0,12}")


def _person(text: str) -> str:
    return text[0] + "**"


def _phone(text: str) -> str:
    if _PHONE.match(text):
        return f"{text[:3]}****{text[-4:]}"
    found = telephones_within(text)
    if len(found) == 1 and not is_mobile(found[0].number) and not _beside(text, found[0]):
        return found[0].masked
    return "****" + text[-4:] if len(text) > 6 else HIDDEN


def _beside(text: str, one: Telephone) -> str:
    return (text[: one.begin] + text[one.end :]).strip()


def _address(text: str) -> str:
    match = _REGION.match(text)
    region = match.group().strip() if match else ""
    if region == text.strip():
        return region[:2] + HIDDEN
    return (region or text[:2]) + HIDDEN


def _first_two(text: str) -> str:
    return text[:2] + HIDDEN if len(text) > 2 else HIDDEN


def _last_four(text: str) -> str:
    return "****" + text[-4:] if len(text) > 4 else "****"


def _tax_number(text: str) -> str:
    return f"{text[:4]}****{text[-2:]}" if len(text) > 6 else "****"


def _email(text: str) -> str:
    name, at, domain = text.partition("@")
    return f"{name[:1]}***@{domain}" if at and name else HIDDEN


def _whole(_text: str) -> str:
    return HIDDEN


_RULES: Final[Mapping[str, Callable[[str], str]]] = {
    "receiver_name": _person,
    "receiver_phone": _phone,
    "receiver_address": _address,
    "new_address": _address,
    "receiver_info": _whole,
    "customer_id": _first_two,
    "pay_account": _last_four,
    "tax_no": _tax_number,
    "invoice_title": _person,
    "invoice_email": _email,
    "waybill_image": _whole,
}
#: Names of variables that hold personal data.
MASKED_FIELDS: Final = frozenset(_RULES)


def is_masked(name: str) -> bool:
    """Whether values of this name are personal data."""
    return name in _RULES


def mask(name: str, value: Value) -> Value:
    """A value as somebody without need sees it; names without a rule come back as they are.

    Contexts and lists are masked by the names inside them; a text is masked by the rule of its name.
    """
    rule = _RULES.get(name)
    if rule is not None and is_file(value):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: mask(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask(name, item) for item in value]
    if rule is None or value is None or value == "":
        return value
    return rule(value) if isinstance(value, str) else HIDDEN


def mask_within(text: str) -> str:
    """A free text for lists: telephone numbers of people that somebody wrote into it are masked."""
    parts, end = [], 0
    for one in telephones_within(text):
        parts += [text[end : one.begin], one.masked]
        end = one.end
    return "".join([*parts, text[end:]])


def numbers_within(text: str) -> list[str]:
    """The numbers that ``mask_within`` masks: eleven plain digits each, or 0571-88886666-8001 for a landline."""
    return [one.number for one in telephones_within(text)]


def without_numbers(value: Value) -> Value:
    """A value whose texts show no telephone number; digits by themselves are those of an order, a parcel or a bill."""
    if isinstance(value, list | tuple):
        return [without_numbers(item) for item in value]
    return mask_within(value) if isinstance(value, str) and not _BARE.fullmatch(value) else value
