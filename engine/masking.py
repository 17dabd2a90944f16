"""How personal data look to those who need not know them: one rule a field, used by every list, message and export."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.model import Value, is_file

#: What stands for a value that is hidden as a whole.
HIDDEN: Final = "***"

_REGION = re.compile(
    r"^\s*(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区|特别行政区))?\s*(?:[\u4e00-\u9fff]{2,8}?(?:自治州|地区|盟|市))?"
)
_PHONE = re.compile(r"^1\d{10}$")
#: Digits of a mobile number.
_NUMBER: Final = 11
#: What people and telephones put between the parts of a number; some of it nobody sees.
_GAP: Final = "[\\s\\-\u2010-\u2015\u200b-\u200f\u2060\ufeff]{0,2}"
_ONE: Final = "[1\uff11]"
_PHONE_WITHIN = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?"
    rf"(?:{_ONE}\d{{10}}|{_ONE}[3-9\uff13-\uff19]\d{_GAP}(?:\d{{4}}{_GAP}\d{{4}}|\d{_GAP}\d{{3}}{_GAP}\d{{4}}))(?!\d)"
)


def _person(text: str) -> str:
    return text[0] + "**"


def _phone(text: str) -> str:
    if _PHONE.match(text):
        return f"{text[:3]}****{text[-4:]}"
    return "****" + text[-4:] if len(text) > 6 else HIDDEN


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
    """A free text for lists: mobile numbers that somebody wrote into it are masked."""
    return _PHONE_WITHIN.sub(_masked_number, text)


def numbers_within(text: str) -> list[str]:
    """The mobile numbers that ``mask_within`` masks, eleven plain digits each."""
    return [_number(found) for found in _PHONE_WITHIN.finditer(text)]


def _masked_number(found: re.Match[str]) -> str:
    number = _number(found)
    return f"{number[:3]}****{number[-4:]}"


def _number(found: re.Match[str]) -> str:
    return "".join(str(int(char)) for char in found.group() if char.isdecimal())[-_NUMBER:]


def without_numbers(value: Value) -> Value:
    """A value whose longer texts show no mobile number; a number by itself is that of an order, a parcel or a bill."""
    if isinstance(value, list | tuple):
        return [without_numbers(item) for item in value]
    return mask_within(value) if isinstance(value, str) and len(value) > _NUMBER else value
