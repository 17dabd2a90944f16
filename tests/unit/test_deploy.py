"""What lies in deploy/ fits this checkout: files, commands, settings, routes and limits that it names are there."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest

from engine import config
from engine.cli import serve
from engine.cli.parser import build_parser
from engine.config import Settings
from tests.each import each
from web.request_log import HEADER

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = ["kefuflow.service", "kefuflow-backup.service", "kefuflow-backup.timer"]
SERVICES = UNITS[:2]
#: Where an installation lies: what the files name there must be in the checkout.
HOME = "/opt/kefuflow"
PROGRAM = f"{HOME}/.venv/bin/kefuflow"


class Unit(RawConfigParser):
    """A file of systemd; keys keep their case, and one that stands twice keeps all its values."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",), interpolation=None)
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.text = (DEPLOY / name).read_text(encoding="utf-8")
        self.read_string(self.text)

    def all(self, key: str) -> list[str]:
        return re.findall(rf"^{key}=(.*)$", self.text, re.M)


def check_command(words: list[str]) -> argparse.Namespace:
    """The options of a command line as the program reads it; SystemExit where it does not know it."""
    return build_parser().parse_args(words)


def paths_of(text: str) -> Iterator[str]:
    yield from re.findall(rf"{HOME}/([\w./-]*\w)", text)


# --- systemd ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_reads_as_one_and_names_files_that_are_there(name: str) -> None:
    unit = Unit(name)
    assert unit["Unit"]["Description"]
    assert all(unit[section] for section in unit.sections())
    for path in paths_of(unit.text):
        assert path == ".venv/bin/kefuflow" or (ROOT / path).exists(), path


def test_the_service_starts_a_command_that_there_is() -> None:
    (line,) = Unit("kefuflow.service").all("ExecStart")
    program, *words = shlex.split(line)
    assert program == PROGRAM
    check_command(words)


def test_the_backup_starts_a_script_whose_commands_there_are() -> None:
    (line,) = Unit("kefuflow-backup.service").all("ExecStart")
    shell, script, folder, days = shlex.split(line)
    assert (shell, script) == ("/bin/sh", f"{HOME}/deploy/nightly-backup.sh")
    assert folder.startswith("/")
    assert days.isdigit()
    commands = re.findall(r'^"\$kefuflow" (.*)$', (DEPLOY / "nightly-backup.sh").read_text(), re.M)
    assert len(commands) == 2
    for command in commands:
        check_command(shlex.split(command))


def test_the_server_listens_to_the_web_server_beside_it_only() -> None:
    (line,) = Unit("kefuflow.service").all("ExecStart")
    options = check_command(shlex.split(line)[1:])
    assert (options.host, options.port, options.demo) == ("127.0.0.1", 8000, False)
    for name in ("nginx.conf", "Caddyfile"):
        assert "127.0.0.1:8000" in (DEPLOY / name).read_text(), name


#: What a program that needs a folder, a port and nothing else may be denied.
HARDENED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "NoNewPrivileges": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes",
    "RestrictSUIDSGID": "yes",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "StateDirectoryMode": "0700",
    "LimitCORE": "0",
    "User": "kefuflow",
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_it_must(name: str) -> None:
    service = Unit(name)["Service"]
    assert {key: service.get(key) for key in HARDENED} == HARDENED
    assert Unit(name).all("SystemCallFilter")[0] == "@system-service"


def test_a_second_server_is_the_first_one_but_for_its_port_and_part() -> None:
    second = Unit("kefuflow-second.conf")
    first, options = (
        check_command(shlex.split(Unit(name).all("ExecStart")[-1])[1:])
        for name in ("kefuflow.service", "kefuflow-second.conf")
    )
    assert (first.secondary, options.secondary) == (False, True)
    assert (options.host, options.port) == ("127.0.0.1", 8001)
    assert second.all("ExecStart")[0] == "", "the first one's is taken away"
    assert second["Unit"]["PartOf"] == second["Unit"]["After"] == "kefuflow.service"
    assert second.all("RestartPreventExitStatus") == [""]
    assert second.all("WantedBy") == ["", "kefuflow.service"]
    for name in ("nginx.conf", "Caddyfile"):
        assert re.search(r"^\s*#(?:server|to) 127\.0\.0\.1:8001;?$", (DEPLOY / name).read_text(), re.M), name


def test_systemd_has_time_to_see_it_end_and_starts_none_that_cannot() -> None:
    service = Unit("kefuflow.service")["Service"]
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) > serve._GRACE_SECONDS + 5
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "2"


def test_the_timer_starts_the_backup_and_makes_up_for_a_night_without() -> None:
    timer = Unit("kefuflow-backup.timer")
    assert timer["Timer"]["Unit"] == "kefuflow-backup.service"
    assert timer["Timer"]["Persistent"] == "yes"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_backup_may_write_where_it_is_told_to() -> None:
    unit = Unit("kefuflow-backup.service")
    target = shlex.split(unit["Service"]["ExecStart"])[2]
    assert unit["Service"]["ReadWritePaths"].split() == [target]
    assert re.search(rf"^d {target} 0700 kefuflow kefuflow -$", (DEPLOY / "kefuflow.tmpfiles").read_text(), re.M)
    assert re.search(r"^u kefuflow ", (DEPLOY / "kefuflow.sysusers").read_text(), re.M)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    for name in UNITS:
        text = Unit(name).text.replace(PROGRAM, "/bin/true").replace("EnvironmentFile=", "EnvironmentFile=-")
        (tmp_path / name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


# --- settings -----------------------------------------------------------------------------------


def known() -> set[str]:
    return {config._PREFIX + name for name in config._KNOWN}


def environment(text: str) -> dict[str, str]:
    """The settings of an environment file, those in comments too."""
    return dict(re.findall(r"^#?(KEFUFLOW_\w+)=(.*)$", text, re.M))


def test_the_environment_file_starts_the_program_as_it_is_and_with_every_line_of_it() -> None:
    text = (DEPLOY / "kefuflow.env").read_text(encoding="utf-8")
    plain = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    found = Settings.from_env(plain)
    assert found.behind_tls
    assert found.database_url == "sqlite:////var/lib/kefuflow/kefuflow.db"
    whole = Settings.from_env(environment(text))
    assert whole.mail_server is not None
    assert str(whole.heads_file).startswith("/var/lib/kefuflow/")


@each("path", [*sorted(DEPLOY.iterdir()), ROOT / "docs/operating.md"], ids=lambda path: path.name)
def test_every_setting_that_is_written_of_is_one(path: Path) -> None:
    named = set(re.findall(r"KEFUFLOW_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
    of_tests = {config._PREFIX + name for name in config._FOR_TESTS}
    assert named <= known() | (of_tests if path.suffix == ".md" else set())


def test_every_setting_is_written_of() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert {name for name in known() if f"| `{name}` |" not in text} == set()


def test_every_file_for_deployment_is_written_of() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert {path.name for path in DEPLOY.iterdir() if f"deploy/{path.name}" not in text} == set()


# --- container ----------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """(instruction, the rest), lines joined, comments left out."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines.splitlines() if line.strip()]


def of_kind(kind: str) -> list[str]:
    return [rest for name, rest in instructions() if name == kind]


def test_the_container_is_built_in_stages_from_plain_images() -> None:
    assert {name for name, _ in instructions()} <= {
        *("FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "VOLUME"),
        *("EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    images = [rest.split()[0] for rest in of_kind("FROM")]
    assert len(images) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", image) for image in images), "no address of a registry"
    text = (DEPLOY / "Containerfile").read_text()
    assert not re.search(r"https?://(?!127\.0\.0\.1)|--index-url|curl|wget|ADD ", text)


def test_every_file_that_the_container_takes_is_there() -> None:
    ignored = [line.rstrip("/") for line in (ROOT / ".dockerignore").read_text().split()]
    for rest in of_kind("COPY"):
        *sources, _ = [word for word in rest.split() if not word.startswith("--")]
        for source in sources:
            if "--from=build" in rest:
                assert source == HOME
                continue
            assert (ROOT / source).exists(), source
            assert source not in ignored
    assert {"**/node_modules", ".git", "var", ".venv"} <= set(ignored), "neither large nor private things go along"


def test_what_setting_up_reads_is_in_the_container_before_it_is_set_up() -> None:
    before = [rest for name, rest in instructions()[: [n for n, _ in instructions()].index("RUN")] if name == "COPY"]
    copied = {word for rest in before for word in rest.split()[:-1]}
    needed = set(re.findall(r"requirements[\w-]*\.lock|pyproject\.toml", (ROOT / "scripts/setup.sh").read_text()))
    needed -= {"requirements-bench.lock", "requirements-fuzz.lock"}
    assert needed <= copied
    assert {"scripts", "engine", "web", "README.md"} <= copied


def test_what_is_removed_after_bundling_is_what_node_brought() -> None:
    (run,) = [rest for rest in of_kind("RUN") if "uninstall" in rest]
    brought = re.findall(r"^([\w-]+)==", (ROOT / "requirements-node.lock").read_text(), re.M)
    assert {name for name in brought if name in run.split()} == set(brought)


def test_the_container_runs_a_command_that_there_is_as_nobody_in_particular() -> None:
    (entry,), (command,) = of_kind("ENTRYPOINT"), of_kind("CMD")
    assert json.loads(entry) == ["kefuflow"]
    options = check_command(json.loads(command))
    assert options.host == "0.0.0.0"
    (user,) = of_kind("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "a number, which who runs containers can check"
    assert of_kind("STOPSIGNAL") == ["SIGTERM"]
    assert of_kind("EXPOSE") == [str(options.port)]


def test_the_container_keeps_its_data_in_its_volume() -> None:
    settings = dict(re.findall(r"(KEFUFLOW_\w+)=(\S+)", " ".join(of_kind("ENV"))))
    found = Settings.from_env(settings)
    (volume,) = of_kind("VOLUME")
    assert found.database_url == f"sqlite:///{volume}/kefuflow.db"
    assert found.outbox_dir.is_relative_to(volume)


def test_the_health_check_of_the_container_asks_whether_it_lives() -> None:
    (check,) = of_kind("HEALTHCHECK")
    _, command = check.split(" CMD ")
    program, flag, code = json.loads(command)
    assert (program, flag) == ("python", "-c")
    compile(code, "health check", "exec")
    assert "http://127.0.0.1:8000/healthz" in code


# --- web servers --------------------------------------------------------------------------------


def nginx() -> list[list[str]]:
    """Statements of nginx' configuration, blocks opened by `{` and ended by `}`, as words."""
    text = re.sub(r"^\s*#.*$", "", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"), flags=re.M)
    found: list[list[str]] = []
    words = shlex.shlex(text, posix=True, punctuation_chars="{};")
    words.whitespace_split = True
    words.commenters = ""
    now: list[str] = []
    for word in words:
        for part in re.findall(r"[{};]|[^{};]+", word) if set(word) <= set("{};") else [word]:
            if part in ("{", "}", ";"):
                found.append([*now, part])
                now = []
            else:
                now.append(part)
    assert now == []
    return found


def test_nginx_blocks_are_closed() -> None:
    depth = 0
    for *_, end in nginx():
        depth += {"{": 1, "}": -1, ";": 0}[end]
        assert depth >= 0
    assert depth == 0


def test_nginx_says_who_asks_and_lets_as_much_through_as_the_server() -> None:
    statements = [words[:-1] for words in nginx()]
    assert ["proxy_set_header", "X-Forwarded-For", "$remote_addr"] in statements
    assert ["proxy_set_header", "X-Forwarded-Proto", "https"] in statements
    assert ["proxy_set_header", "Host", "$http_host"] in statements
    assert ["proxy_set_header", HEADER, "$request_id"] in statements
    assert ["client_max_body_size", f"{serve._LARGEST_BODY // 1024**2}m"] in statements
    assert ["proxy_next_upstream", "off"] in statements


def with_a_second(name: str, second: bool) -> str:
    """An example, with the line of the second server in it if that is wanted."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    whole, found = re.subn(r"#(?=(?:server|to) 127\.0\.0\.1:8001)", "", text)
    assert found == 1
    return whole if second else text


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine")
def test_nginx_itself_finds_nothing_wrong(tmp_path: Path, second: bool) -> None:
    text = re.sub(r"ssl_certificate\w*.*;|(access|error)_log.*;", "", with_a_second("nginx.conf", second))
    text = text.replace(":443 ssl", ":443").replace("443 ssl", "443")
    whole = f"events {{}}\npid {tmp_path}/pid;\nerror_log stderr;\nhttp {{\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.skipif(shutil.which("caddy") is None, reason="no Caddy on this machine")
def test_caddy_itself_finds_nothing_wrong(tmp_path: Path, second: bool) -> None:
    text = with_a_second("Caddyfile", second).replace("/var/log/caddy", str(tmp_path))
    (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
    surroundings = {"PATH": "/usr/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)
    assert done.returncode == 0, done.stderr
    assert "not formatted" not in done.stderr


def test_caddy_blocks_are_closed_and_say_the_same_as_nginx() -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    depth = 0
    for line in lines:
        depth += line.endswith("{") - (line == "}")
        assert depth >= 0
    assert depth == 0
    assert "header_up X-Forwarded-For {remote_host}" in lines
    assert f"header_up {HEADER} {{http.request.uuid}}" in lines
    assert f"max_size {serve._LARGEST_BODY // 1024**2}MiB" in lines


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_machines_is_closed_to_the_world(path: str) -> None:
    statements = [words[:-1] for words in nginx()]
    at = statements.index(["location", "=", path])
    assert statements[at + 1] == ["return", "404"]
    caddy = (DEPLOY / "Caddyfile").read_text()
    (closed,) = re.findall(r"^\t@machines path (.*)$", caddy, re.M)
    assert path in closed.split()
    assert "\trespond @machines 404\n" in caddy


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_log_of_the_web_server_holds_no_address_and_no_query(name: str) -> None:
    text = (DEPLOY / name).read_text()
    if name == "nginx.conf":
        (logged,) = re.findall(r"log_format kefuflow.*?;", text, re.S)
        for variable in ("$request ", "$request_uri", "$uri", "$args", "$query_string", "$http_", "$remote_user"):
            assert variable not in logged
        assert re.findall(r"access_log (.*);", text) == ["/var/log/nginx/kefuflow.log kefuflow"]
        # Below that it writes the whole request beside what went wrong with it.
        assert re.findall(r"error_log (.*);", text) == ["/var/log/nginx/kefuflow-error.log alert"]
    else:
        logs = re.split(r"^\t+log \{$", text, flags=re.M)[1:]
        assert len(logs) == 2, "that of requests, and the one in which their failures stand"
        for log in logs:
            deleted = set(re.findall(r"^\s+(\S+) delete$", log, re.M))
            assert {"request>uri", "request>headers", "resp_headers"} <= deleted


# --- logs ---------------------------------------------------------------------------------------


def test_logrotate_cuts_the_file_that_the_server_keeps_open() -> None:
    text = (DEPLOY / "logrotate.conf").read_text()
    assert "copytruncate" in text
    assert text.count("{") == text.count("}") == 1
    assert re.search(r"^/var/log/kefuflow/kefuflow\.log \{$", text, re.M)
