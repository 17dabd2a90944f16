"""How a run says what is not as the scenario says."""

from __future__ import annotations


class Mismatch(Exception):
    """What happened is not what the scenario says; a whole sentence in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh
