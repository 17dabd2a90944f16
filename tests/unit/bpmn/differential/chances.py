"""Where random choices come from: hypothesis, which makes failing examples smaller, or a seed."""

from __future__ import annotations

import random

from hypothesis import strategies as st


class Drawn:
    """Choices drawn by hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def below(self, bound: int) -> int:
        return int(self._data.draw(st.integers(0, bound - 1))) if bound > 1 else 0


class Seeded:
    """Choices of a seed: the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)
