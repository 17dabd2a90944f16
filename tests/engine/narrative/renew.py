"""Writes the kept stories anew; read the difference before it is kept.

Run by hand when sentences have changed: ``python -m tests.engine.narrative.renew [STORY …]``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engine.narrative.theatre import CASES, Theatre, build

STORIES = Path(__file__).parent / "stories"
ENGLISH = "compensation_refused_then_lower"


def renew(names: list[str]) -> None:
    """Play the cases and write what is told of them."""
    with TemporaryDirectory() as name:
        deployed = build(Path(name))
        for story in names or CASES:
            folder = Path(name) / story
            folder.mkdir()
            theatre = Theatre(deployed, folder)
            CASES[story](theatre)
            (STORIES / f"{story}.txt").write_text(theatre.tell().as_text(), "utf-8")
            if story == ENGLISH:
                (STORIES / f"{story}.en.txt").write_text(theatre.tell(english=True).as_text(), "utf-8")
            theatre.db.close()


if __name__ == "__main__":
    renew(sys.argv[1:])
