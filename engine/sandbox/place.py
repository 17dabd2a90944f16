"""Where sandboxes live: a private folder with one folder a sandbox, and the deployed files that they are copies of.

Any number of programs may work in it: whoever opens a sandbox holds its lock.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

from engine.clock import SystemClock
from engine.definitions.bundle import SCENARIO, kind_of
from engine.errors import InvalidValue
from engine.sandbox.kept import Kept
from engine.sandbox.problems import NoSandbox, TooManySandboxes
from engine.scenarios import deploy_into
from engine.store import migrate

#: How long a sandbox, and what was deployed for it, is kept after somebody used it last.
LIFETIME: Final = timedelta(days=1)
#: Sandboxes of one person.
MOST: Final = 5
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_KEPT: Final = "sandbox.json"


class Sandboxes:
    """All sandboxes of an installation."""

    def __init__(self, root: Path, *, most: int = MOST) -> None:
        self.root = root
        self._most = most

    @classmethod
    def beside(cls, database_file: Path) -> Sandboxes:
        """Those of the shop with this database: in a folder of their own, with nothing of the shop's in it."""
        return cls(database_file.parent / "sandboxes")

    def make(
        self,
        owner: str,
        change: int,
        process_id: str,
        files: Mapping[str, bytes],
        *,
        aim: str = "",
        passed: frozenset[str] = frozenset(),
    ) -> str:
        """Make a sandbox; gives its token.

        Args:
            owner: id of the person.
            change: key of the change that it tries.
            process_id: the process.
            files: name → content of all that would be in force.
            aim: sequence flow that the person wants to take.
            passed: names of files that are in force as they are: they are not checked again.

        Raises:
            DefinitionRefused: the files do not pass the lint (``findings``).
            TooManySandboxes: the person has as many as one may have.
        """
        self.sweep()
        if len(self.of(owner)) >= self._most:
            raise TooManySandboxes
        deployed = self.deployed(files, passed)
        token = secrets.token_hex(16)
        folder = self._folder(token)
        folder.mkdir(mode=0o700)
        kept = Kept(
            owner=owner,
            change=change,
            process_id=process_id,
            deployed=deployed.name,
            made_at=SystemClock().now(),
            aim=aim,
        )
        shutil.copy(deployed, folder / database_name(kept))
        write_whole(folder / _KEPT, kept.encode())
        return token

    @contextmanager
    def open(self, token: str, owner: str, change: int) -> Iterator[tuple[Path, Kept]]:
        """The folder of a sandbox, and what is kept of it; nobody else has it meanwhile.

        Raises:
            NoSandbox: there is none, or it is another person's or of another change.
        """
        folder = self._folder(token) if _TOKEN.fullmatch(token) else None
        if folder is None or not folder.is_dir():
            raise NoSandbox
        with locked(folder / "lock"):
            kept = self._read(folder)
            if kept is None or kept.owner != owner or kept.change != change:
                raise NoSandbox
            yield folder, kept

    def of(self, owner: str) -> dict[str, Kept]:
        """The sandboxes of a person by token, the newest first."""
        found = {folder.name: self._read(folder) for folder in self._all()}
        own = {token: kept for token, kept in found.items() if kept is not None and kept.owner == owner}
        return dict(sorted(own.items(), key=lambda item: item[1].made_at, reverse=True))

    def end(self, token: str, owner: str, change: int) -> None:
        """Throw a sandbox away.

        Raises:
            NoSandbox: see ``open``.
        """
        with self.open(token, owner, change) as (folder, _):
            shutil.rmtree(folder, ignore_errors=True)

    def deployed(self, files: Mapping[str, bytes], passed: frozenset[str] = frozenset()) -> Path:
        """The database in which the files are deployed, made where there is none yet; ``passed`` as of ``make``.

        Raises:
            DefinitionRefused: they do not pass the lint (``findings``).
        """
        asked = {name: content for name, content in files.items() if kind_of(name) not in (None, SCENARIO)}
        path = self._room("deployed") / f"{digest_of(asked)}.db"
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                making = path.with_suffix(".making")
                for left in path.parent.glob(f"{making.name}*"):
                    left.unlink()
                deploy_into(making, asked, passed)
                os.replace(making, path)
        os.utime(path)
        return path

    def _room(self, name: str) -> Path:
        room = self.root / name
        if not room.is_dir():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            room.mkdir(mode=0o700, exist_ok=True)
        return room

    def results(self, files: Mapping[str, bytes]) -> Path:
        """The folder for what scenarios gave on these files."""
        asked = {name: content for name, content in files.items() if kind_of(name) not in (None, SCENARIO)}
        room = self._room("results") / digest_of(asked)
        room.mkdir(mode=0o700, exist_ok=True)
        return room

    def sweep(self, now: datetime | None = None) -> None:
        """Throw away what nobody has used for a day; by the machine's clock."""
        before = ((now or SystemClock().now()) - LIFETIME).timestamp()
        for folder in self._all():
            if _used_at(folder / _KEPT, folder) < before:
                shutil.rmtree(folder, ignore_errors=True)
        for room in ("deployed", "results"):
            for path in (self.root / room).glob("*"):
                if _used_at(path, path) < before:
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def _folder(self, token: str) -> Path:
        return self._room("runs") / token

    def _all(self) -> list[Path]:
        return [path for path in (self.root / "runs").glob("*") if _TOKEN.fullmatch(path.name)]

    def _read(self, folder: Path) -> Kept | None:
        try:
            return Kept.decode((folder / _KEPT).read_bytes())
        except (OSError, InvalidValue):
            return None


def keep(folder: Path, kept: Kept) -> None:
    """Write down what is kept of a sandbox."""
    write_whole(folder / _KEPT, kept.encode())


def database_name(kept: Kept) -> str:
    """The name of a sandbox's database."""
    return f"case{kept.generation}.db"


def digest_of(files: Mapping[str, bytes]) -> str:
    """Tells deployments apart: by the files, and the program that deploys and runs them."""
    whole = sha256(_program().encode())
    for name, content in sorted(files.items()):
        whole.update(f"\n{name}\n{len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:40]


@lru_cache(maxsize=1)
def _program() -> str:
    """Which release of the program this is, and what schema its databases have."""
    versions = Path(migrate.__file__).parent / "migrations" / "versions"
    return "\n".join([version("kefuflow"), *sorted(path.name for path in versions.glob("*.py"))])


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of this file: among threads and programs alike."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody reads half of it."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()


def _used_at(path: Path, instead: Path) -> float:
    for one in (path, instead):
        with suppress(OSError):
            return one.stat().st_mtime
    return 0.0
