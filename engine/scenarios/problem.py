"""How a run says what is not as the scenario says."""

from __future__ import annotations


class Mismatch(Exception):
    """What happened is not what the scenario says; the text is the whole sentence."""
