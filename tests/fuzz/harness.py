"""One target under atheris: ``python -m tests.fuzz.harness tree FOLDER… -max_total_time=60``."""

from __future__ import annotations

import contextlib
import io
import sys

import atheris

# Each instrumented module would be told of in a line.
with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["engine.feel", "engine.dmn"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
