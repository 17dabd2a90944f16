"""Codes of six digits that an app makes of a secret and the time: RFC 6238 with HMAC-SHA-1 and steps of 30 seconds.

SHA-1 is what every app takes; a code is worth a minute, and nothing but the secret's 160 bits stands between.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from typing import Final
from urllib.parse import quote

#: Seconds for which a code is the current one.
STEP: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
#: So many steps a clock may be off, before or behind.
DRIFT: Final = 1


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a step (RFC 4226 §5.3).

    Args:
        secret: shared with the app.
        step: number of the step since 1970.
        digits: how many the code has.
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_at(seconds: int) -> int:
    """The step that holds a second since 1970."""
    return seconds // STEP


def matching_step(secret: bytes, typed: str, *, seconds: int, after: int) -> int | None:
    """Of which step a code is; None: of none that counts.

    Args:
        secret: shared with the app.
        typed: the code as somebody typed it; spaces do not matter.
        seconds: now, since 1970.
        after: the step whose code was taken last: each is taken once, and none before it.
    """
    digits = "".join(typed.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    current, found = step_at(seconds), None
    for step in range(max(current - DRIFT, after + 1, 0), current + DRIFT + 1):
        if hmac.compare_digest(code(secret, step), digits):
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """The secret as people type it into an app: Base32 in groups of four."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What a QR code says to an app: ``otpauth://totp/issuer:account?secret=…&issuer=…``."""
    of = quote(issuer, safe="")
    text = secret_text(secret).replace(" ", "")
    return f"otpauth://totp/{of}:{quote(account, safe='')}?secret={text}&issuer={of}"
