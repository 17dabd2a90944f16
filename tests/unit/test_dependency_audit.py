"""The audit of dependencies of `make check` sees what it is there for, and asks for vulnerabilities if it can."""

import importlib.util
import json
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic

import pytest

from tests.each import each

ROOT = Path(__file__).parents[2]
HASH = f"--hash=sha256:{'0' * 64}"
NOBODY = "http://127.0.0.1:9/"


def _script():
    spec = importlib.util.spec_from_file_location("audit_dependencies", ROOT / "scripts/audit_dependencies.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its frozen values look their module up
    spec.loader.exec_module(module)
    return module


AUDIT = _script()


# --- locks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", [f"flask==3.1.0 \\\n    {HASH}", f"Flask[async]==3.1 \\\n    {HASH} \\\n    {HASH}\n    # via x"]
)
def test_a_pin_with_its_hash_is_taken(line: str) -> None:
    assert list(AUDIT.problems_of_lock("x.lock", f"# made by make lock\n{line}\n", ["flask>=3"])) == []


@each(
    ("line", "said"),
    [
        ("flask==3.1.0", "has no hash"),
        (f"flask==3.1.0 \\\n    {HASH[:-1]}", "has no hash"),
        (f"other==1 \\\n    {HASH}\nflask==3.1.0", "flask==3.1.0 has no hash"),
        (f"flask>=3.1.0 \\\n    {HASH}", "is no pin"),
        ("flask @ https://example.org/flask.whl", "names an address"),
        (f"--index-url https://example.org/simple\nflask==3 \\\n    {HASH}", "names an address"),
        ("--find-links wheels", "names an address"),
        ("-e git+ssh://example.org/flask", "names an address"),
        (f"other==1 \\\n    {HASH}", "Flask is not pinned"),
        (f"# flask==3 \\\n#    {HASH}", "Flask is not pinned"),
        ("", "Flask is not pinned"),
    ],
)
def test_what_is_wrong_with_a_lock_is_said(line: str, said: str) -> None:
    assert said in " ".join(AUDIT.problems_of_lock("x.lock", f"{line}\n", ["Flask>=3,<4"]))


def npm(**changed: object) -> dict[str, object]:
    package = {"version": "1.0.0", "license": "MIT", "integrity": f"sha512-{'A' * 86}=="} | changed
    kept = {name: value for name, value in package.items() if value is not None}
    return {"packages": {"": {"dependencies": {"bpmn-js": "1.0.0"}}, "node_modules/bpmn-js": kept}}


def test_a_whole_npm_lock_is_taken() -> None:
    assert list(AUDIT.problems_of_npm("l", npm())) == []
    assert list(AUDIT.problems_of_npm("l", npm(license="SEE LICENSE IN LICENSE"))) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"integrity": None}, {"integrity": "sha1-abc"}, {"resolved": "https://registry.example/x.tgz"},
        {"license": None},
        {"version": "git+https://example.org/x"}, {"license": "AGPL-3.0-only"}, {"license": "UNLICENSED"},
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_npm_lock_is_said(changed: dict[str, object]) -> None:
    assert list(AUDIT.problems_of_npm("l", npm(**changed)))
    assert list(AUDIT.problems_of_npm("l", {}))


# --- licences ------------------------------------------------------------------------------------


@each(
    ("expression", "yes"),
    [
        ("MIT", True), ("MIT OR GPL-3.0-only", True), ("(MPL-2.0 OR Apache-2.0)", True), ("LGPL-3.0-or-later", True),
        ("Apache-2.0 AND BSD-2-Clause", True), ("MIT AND AGPL-3.0-or-later", False), ("AGPL-3.0", False),
        ("none", False),
        ("GPL", False), ("SSPL-1.0", False), ("", False), ("LicenseRef-Proprietary", False),
    ],
)  # fmt: skip
def test_a_licence_is_on_the_list_or_not(expression: str, yes: bool) -> None:
    assert AUDIT.allowed(expression) is yes


def installed(folder: Path, name: str, *lines: str) -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *lines]) + "\n")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["License-Expression: AGPL-3.0-or-later"], "AGPL"),
        (["License: GNU Affero General Public License v3"], "AGPL"),
        (["Classifier: License :: OSI Approved :: GNU Affero General Public License v3"], "AGPL"),
        (["License: MIT", "Classifier: License :: OSI Approved :: GNU General Public License (GPL)"], "GPL"),
        (["License: Commercial"], "none"),
        ([], "none"),
    ],
)
def test_a_package_that_must_not_be_shipped_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], said: str
) -> None:
    installed(tmp_path, "planted", *lines)
    monkeypatch.syspath_prepend(tmp_path)
    (problem,) = AUDIT.problems_of_licences(["planted>=1"])
    assert "planted" in problem
    assert said in problem


def test_a_package_that_is_not_there_is_named() -> None:
    assert "not installed" in " ".join(AUDIT.problems_of_licences(["no-such-package-here==1"]))


def test_whatever_is_shipped_is_under_a_licence_of_the_list() -> None:
    shipped = AUDIT.tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert not {AUDIT.normal(AUDIT._name_of(one)) for one in shipped} & AUDIT.TEST_TOOLS
    assert list(AUDIT.problems_of_licences(shipped)) == []


# --- known vulnerabilities -----------------------------------------------------------------------

Serve = Callable[[object], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A service that answers what it is given; gives its address."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def make(answer: object) -> str:
        class Service(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
                said = answer(asked) if callable(answer) else answer
                self.send_response(200)
                self.end_headers()
                self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Service)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield make
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def flask_is_vulnerable(asked: list[dict[str, object]]) -> object:
    hole = {"vulns": [{"id": "GHSA-2"}, {"id": "CVE-1"}]}
    return {"results": [hole if one["package"] == {"name": "flask", "ecosystem": "PyPI"} else {} for one in asked]}


PINS = [AUDIT.Pin("PyPI", "flask", "3.1"), AUDIT.Pin("npm", "flask", "1.0")]


def test_a_known_vulnerability_is_named_with_its_package(serve: Serve) -> None:
    found = AUDIT.known_vulnerabilities(PINS, serve(flask_is_vulnerable), 10)
    assert found == ["flask 3.1 has known vulnerabilities: CVE-1, GHSA-2"]


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", {"results": [{}]}, {"results": None}, {"results": [1, 2]}, {"error": "no"}]
)
def test_an_answer_that_is_none_is_not_taken_for_safety(serve: Serve, answer: object) -> None:
    assert AUDIT.known_vulnerabilities(PINS, serve(answer), 10) is None


def test_a_service_that_is_silent_keeps_nobody_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = monotonic()
        assert AUDIT.known_vulnerabilities(PINS, f"http://127.0.0.1:{silent.getsockname()[1]}/", 0.2) is None
        assert monotonic() - begun < 5


# --- the whole -------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "web/assets").mkdir(parents=True)
    for name in ("pyproject.toml", "web/assets/package-lock.json", *(p.name for p in ROOT.glob("requirements*.lock"))):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_checkout_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert AUDIT.main(["--service", NOBODY]) == 0
    assert "nobody could be asked" in capsys.readouterr().out


def test_a_vulnerability_of_what_is_pinned_fails_the_check(
    serve: Serve, capsys: pytest.CaptureFixture[str], checkout: Path
) -> None:
    assert AUDIT.main(["--root", str(checkout), "--service", serve(flask_is_vulnerable)]) == 1
    assert "flask" in capsys.readouterr().err
    assert AUDIT.main(["--root", str(checkout), "--service", serve(lambda asked: {"results": [{}] * len(asked)})]) == 0


def test_a_hash_taken_out_of_a_lock_fails_the_check(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = checkout / "requirements.lock"
    lines = lock.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("waitress=="))
    del lines[at + 1 : next(n for n in range(at + 1, len(lines)) if "--hash" not in lines[n])]
    lock.write_text("\n".join(lines).replace("waitress==3.0.2 \\", "waitress==3.0.2"))
    assert AUDIT.main(["--root", str(checkout), "--service", NOBODY]) == 1
    assert "waitress" in capsys.readouterr().err
    lock.unlink()
    assert AUDIT.main(["--root", str(checkout), "--service", NOBODY]) == 1


def test_make_check_runs_it() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert "check-all-else" in makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    assert "scripts/audit_dependencies.py" in makefile.partition("\ncheck-all-else:")[2].partition("\n\n")[0]
