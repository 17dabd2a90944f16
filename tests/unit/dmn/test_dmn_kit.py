"""The part of the DMN test kit that lies beside the checkout, where it does: all holds but what the README excuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"
README = (ROOT / "engine" / "dmn" / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not (SHARED / "dmn-tck").exists(), reason="the test kit is not beside this checkout")
def test_the_test_kit_holds_but_for_what_the_readme_lists():
    command = [sys.executable, str(SHARED / "tools" / "run_tck.py"), str(SHARED / "dmn-tck"), "--failures", "100"]
    done = subprocess.run([*command, "--min", "99"], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    failing = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    excused = [line for line in failing if "0076-feel-external-java" in line or "K2-MatchesFunc-17" in line]
    assert failing == excused
    said = re.search(r"(\d+) of (\d+) \(([\d.]+) %\)", README)
    held = re.search(r"(\d+) of (\d+) hold", done.stdout)
    assert said is not None
    assert held is not None
    assert said.groups()[:2] == held.groups()
