"""Setting up on machines that lack something: one sentence says what."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIND = ". scripts/python.sh; python=$(find_python) || exit 1; echo found $python"


def fake_python(folder: Path, name: str, version: str, *, venv: bool = True) -> None:
    major, minor = version.split(".")
    script = folder / name
    script.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"*'%d.%d'*) echo {version} ;;\n"
        f"*'(3, 11)'*) [ {int(major) * 100 + int(minor)} -ge 311 ] ;;\n"
        f"*ensurepip*) {'true' if venv else 'false'} ;;\n"
        "esac\n"
    )
    script.chmod(0o755)


def find_python(folder: Path, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", FIND],
        cwd=ROOT,
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("pythons", "sentence"),
    [
        ([], "no python3 was found: install python3 and python3-venv"),
        ([("python3", "3.9", True)], "only 3.9 was found"),
        ([("python3", "3.11", False)], "Python 3.11 lacks its venv module: install the package python3-venv"),
        ([("python3.12", "3.12", False), ("python3", "3.9", True)], "Python 3.12 lacks its venv module"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    tmp_path: Path, pythons: list[tuple[str, str, bool]], sentence: str
) -> None:
    for name, version, venv in pythons:
        fake_python(tmp_path, name, version, venv=venv)
    status, out, err = find_python(tmp_path)
    assert (status, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_the_first_python_that_can_make_an_environment_is_taken(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3.13", "3.13", venv=False)
    fake_python(tmp_path, "python3.12", "3.12")
    fake_python(tmp_path, "python3", "3.11")
    assert find_python(tmp_path)[:2] == (0, "found python3.12\n")
    assert find_python(tmp_path, PYTHON="python3")[:2] == (0, "found python3\n")


def test_a_python_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.13").chmod(0o755)
    fake_python(tmp_path, "python3", "3.11")
    assert find_python(tmp_path)[:2] == (0, "found python3\n")


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "scripts").glob("*.sh")))
def test_scripts_are_plain_shell(script: str) -> None:
    assert subprocess.run(["/bin/sh", "-n", ROOT / "scripts" / script], check=False).returncode == 0


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_lock_files_pin_by_version_and_hash_and_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
    assert pins
    assert all(line.endswith("\\") for line in pins), "a hash follows every pin"
    assert "://" not in text
    assert os.sep + "work" not in text


def pinned(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return dict(line.removesuffix(" \\").split("==", maxsplit=1) for line in lines if re.match(r"[a-z0-9._-]+==", line))


@pytest.mark.parametrize("name", ["node", "bench", "fuzz"])
def test_what_only_one_command_needs_is_locked_and_installed_by_it_alone(name: str) -> None:
    wanted = (ROOT / "scripts" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    for line in wanted:
        if line and not line.startswith("#"):
            package, version = line.split("==")
            assert pinned(f"requirements-{name}.lock")[package] == version
            assert package not in pinned("requirements-dev.lock")
    setup = (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
    assert setup.count(f"-r requirements-{name}.lock") == 1


def test_the_fuzzers_packages_disturb_none_of_the_tests() -> None:
    tests = pinned("requirements-dev.lock")
    assert {name: tests[name] for name in pinned("requirements-fuzz.lock") if name in tests} == {}


@pytest.mark.parametrize("folder", ["web/assets", "bench/node"])
def test_the_locks_of_node_name_no_address(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text
