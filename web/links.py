"""Addresses that a browser sent back: only those of this site are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_target(target: str | None, default: str = "/") -> str:
    """The path to go to; anything that would leave this site gives the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return default
    split = urlsplit(target)
    return target if not split.scheme and not split.netloc and "\\" not in target else default
