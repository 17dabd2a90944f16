"""Where the system's Chromium is."""

from __future__ import annotations

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Path of the browser; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
