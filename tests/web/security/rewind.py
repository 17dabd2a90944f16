"""Takes a database back to how it was, as often as wanted: a test may press every button of every person once."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.store.database import Database


class Rewind:
    """Remembers the database's file as it stands; ``back`` puts it there again when something was written."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._log = Path(f"{db.file}-wal")
        self._kept = db.file.with_suffix(".kept")
        db.close()  # the last connection empties the log into the file
        assert not self._log.exists()
        shutil.copy(db.file, self._kept)

    def back(self) -> bool:
        """Whether anything had been written; it is gone now."""
        if not self._log.exists() or not self._log.stat().st_size:
            return False
        self._db.close()
        shutil.copy(self._kept, self._db.file)
        return True
