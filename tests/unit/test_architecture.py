"""The layers hold, and every contract turns red when it is broken: an import is planted against each."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Contract → (module in which an import is planted, the import).
PLANTS = {
    "Arrows point down": ("engine/feel/planted.py", "import engine.runtime"),
    "The engine knows nothing of the web": ("engine/cli/planted.py", "import web.format"),
    "The core is pure: no clock, no chance, no outside world": ("engine/dmn/planted.py", "import socket"),
    "SpiffWorkflow only behind engine.bpmn": ("engine/queries/planted.py", "import SpiffWorkflow.task"),
    "XML only where it is hardened": ("web/planted.py", "import lxml.etree"),
    "SQL only where data are kept and asked for": ("engine/access_planted.py", "import sqlalchemy"),
    "Keys are used in one place": ("engine/queries/planted_key.py", "import cryptography.fernet"),
    "Flask only in the web": ("engine/cli/planted_flask.py", "import flask"),
    "Pictures are decoded in one place": ("engine/cli/planted_picture.py", "import PIL.Image"),
    "APScheduler only ticks for the worker": ("engine/runtime/planted.py", "import apscheduler"),
    "Public holidays come through one door": ("engine/cli/planted_holidays.py", "import chinese_calendar"),
    "Numbers leave for Prometheus in one place": ("web/planted_figures.py", "import prometheus_client"),
    "YAML only in scenario files": ("engine/formcheck/planted.py", "import yaml"),
    "BPMN: step, reading, elements, tokens": ("engine/bpmn/specs/planted.py", "import engine.bpmn.codec"),
    "FEEL: text, tree, closures, functions": ("engine/feel/values/planted.py", "import engine.feel.syntax.parser"),
}


def copy_of_the_packages(target: Path) -> Path:
    for name, left_out in (("engine", []), ("web", ["node_modules", "static"])):
        ignore = shutil.ignore_patterns("__pycache__", "*.css", *left_out)
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    shutil.copy(ROOT / ".importlinter", target)
    return target


def lint_imports(folder: Path) -> tuple[int, str]:
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    arguments = [sys.executable, "-c", code, "--no-cache", "--no-logo"]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What lint-imports says of a copy with every contract broken once."""
    folder = copy_of_the_packages(tmp_path_factory.mktemp("planted"))
    for place, statement in PLANTS.values():
        (folder / place).write_text(f'"""Planted."""\n{statement}\n', encoding="utf-8")
    status, output = lint_imports(folder)
    assert status == 1, output
    return output


def test_every_contract_is_kept(tmp_path: Path) -> None:
    status, output = lint_imports(copy_of_the_packages(tmp_path))
    assert status == 0, output


def test_every_contract_has_a_plant() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    names = {contracts[section]["name"] for section in contracts.sections() if ":contract:" in section}
    assert names == PLANTS.keys()


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_import_breaks_its_contract(planted: str, contract: str) -> None:
    place, _ = PLANTS[contract]
    module = place.removesuffix(".py").replace("/", ".")
    section = re.search(rf"^{re.escape(contract)}\n-+\n(.*?)(?=^\S[^\n]*\n-+\n|\Z)", planted, re.M | re.S)
    assert section, planted
    assert module in section[1]


def test_a_module_of_no_layer_breaks_the_contract(tmp_path: Path) -> None:
    folder = copy_of_the_packages(tmp_path)
    (folder / "engine" / "helpers.py").write_text('"""Planted."""\n', encoding="utf-8")
    status, output = lint_imports(folder)
    assert status == 1
    assert "helpers" in output
