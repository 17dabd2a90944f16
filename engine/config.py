"""Settings from the environment; unknown or malformed ones refuse to start."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from engine.errors import ConfigurationError

_PREFIX = "KEFUFLOW_"
_KNOWN = frozenset({"DATABASE_URL", "OUTBOX_DIR", "POLL_SECONDS", "BEHIND_TLS", "SMTP_URL", "SIGNING_KEY", "HEADS_FILE",
    "HEADS_MAIL", "HEADS_HOOK", "LOG_FORMAT", "METRICS_TOKEN", "MIN_FREE_MB", "IDLE_MINUTES",
    "SECOND_FACTOR",
})  # fmt: skip
#: Not for shops: they make the program die on purpose (engine.failpoints).
_FOR_TESTS = frozenset({"FAULTS", "FAILPOINT"})
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
DEFAULT_DATABASE_URL = "sqlite:///var/kefuflow.db"
#: How the log is written: a JSON object a line for programs, or for a person at a terminal.
LOG_FORMATS = ("json", "text")
#: So many megabytes must be free beside the database, or `/readyz` says no.
DEFAULT_MIN_FREE_MB = 256
_MOST_MB = 1_000_000
#: After so many minutes without use a session ends.
DEFAULT_IDLE_MINUTES = 60
_IDLE_MINUTES = range(5, 721)
#: Codes of an app beside the password: nobody is asked for them; who has set them up is; who leads must set them up.
SECOND_FACTORS = ("off", "optional", "managers")
#: What nobody guesses, and what an HTTP header can carry.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,256}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MailServer:
    """Where notifications go that people want by mail; never printed, since it holds a password."""

    host: str
    port: int
    #: TLS from the first byte; without it STARTTLS where the server offers it.
    tls: bool
    user: str | None
    password: str | None
    #: The address in From.
    sender: str
    #: Address of the desk's first page, for links; None: mails have none.
    desk: str | None

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read ``smtp://user:password@host:port?from=desk@example.com&desk=https://desk.example.com``.

        Raises:
            ConfigurationError: it is malformed; the message does not repeat it.
        """
        try:
            split = urlsplit(url)
            port = split.port
            asked = parse_qs(split.query, keep_blank_values=True, strict_parsing=True, errors="strict")
        except ValueError as problem:
            raise _no_mail_server("it is no URL") from problem
        if split.scheme not in ("smtp", "smtps") or not split.hostname or split.path not in ("", "/") or split.fragment:
            raise _no_mail_server("it does not begin with smtp:// or smtps:// and a host")
        if asked.keys() - {"from", "desk"} or any(len(values) != 1 for values in asked.values()):
            raise _no_mail_server("behind the ? stand from= and desk=, once each")
        sender, desk = asked.get("from", [""])[0], asked.get("desk", [""])[0].rstrip("/")
        if not _ADDRESS.fullmatch(sender):
            raise _no_mail_server("from= is no mail address")
        if desk and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", desk):
            raise _no_mail_server("desk= is no address such as https://desk.example.com")
        return cls(
            host=split.hostname,
            port=port or (465 if split.scheme == "smtps" else 25),
            tls=split.scheme == "smtps",
            user=None if split.username is None else unquote(split.username),
            password=None if split.password is None else unquote(split.password),
            sender=sender,
            desk=desk or None,
        )


def _no_mail_server(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{_PREFIX}SMTP_URL: {why}; write smtp://user:password@host:port?from=desk@example.com",
        message_zh=f"{_PREFIX}SMTP_URL 有误,请写成 smtp://用户:密码@主机:端口?from=发件地址。",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the program needs to know of its surroundings."""

    #: SQLAlchemy URL of the database.
    database_url: str = DEFAULT_DATABASE_URL
    #: Folder into which messages to customers are delivered as JSON lines (the shop's chat bridge reads it).
    outbox_dir: Path = Path("var/outbox")
    #: Seconds between two looks at the job table when nothing wakes the worker.
    poll_seconds: int = 5
    #: A web server with TLS stands in front: cookies are sent over TLS only, and its word on who asks is taken.
    behind_tls: bool = False
    #: File of the key that signs the heads of the log; None: beside the database.
    signing_key: Path | None = None
    #: Where signed heads are carried: appended to a file, mailed to an address, posted to a web hook.
    heads_file: Path | None = None
    heads_mail: str | None = None
    heads_hook: str | None = None
    #: Where mail goes; None: nobody is told by mail.
    mail_server: MailServer | None = None
    #: One of LOG_FORMATS; None: text at a terminal, else JSON.
    log_format: str | None = None
    #: By which `/metrics` is read from other machines; None: from this one only. Never printed.
    metrics_token: str | None = field(default=None, repr=False)
    #: Megabytes that must be free on the database's disk for `/readyz` to say yes.
    min_free_mb: int = DEFAULT_MIN_FREE_MB
    #: After so many minutes in which its person has done nothing a session ends.
    idle_minutes: int = DEFAULT_IDLE_MINUTES
    #: One of SECOND_FACTORS.
    second_factor: str = "optional"
    #: Where the program dies on purpose, ``name:time:action``; for tests of crashes only.
    failpoint: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``KEFUFLOW_…`` variables.

        Raises:
            ConfigurationError: a variable is unknown or has a malformed value.
        """
        env = {k: v for k, v in (os.environ if environ is None else environ).items() if k.startswith(_PREFIX)}
        unknown = sorted(k for k in env if k.removeprefix(_PREFIX) not in _KNOWN | _FOR_TESTS)
        if unknown:
            raise ConfigurationError(f"unknown settings: {', '.join(unknown)}; known: {', '.join(sorted(_KNOWN))}")
        poll = env.get(_PREFIX + "POLL_SECONDS", "5")
        if not poll.isascii() or not poll.isdigit() or not 1 <= int(poll) <= 3600:
            raise ConfigurationError(f"{_PREFIX}POLL_SECONDS must be a whole number from 1 to 3600, not {poll!r}")
        behind_tls = env.get(_PREFIX + "BEHIND_TLS", "0")
        if behind_tls not in ("0", "1"):
            raise ConfigurationError(f"{_PREFIX}BEHIND_TLS must be 0 or 1, not {behind_tls!r}")
        return cls(
            database_url=env.get(_PREFIX + "DATABASE_URL", DEFAULT_DATABASE_URL),
            outbox_dir=Path(env.get(_PREFIX + "OUTBOX_DIR", "var/outbox")),
            poll_seconds=int(poll),
            behind_tls=behind_tls == "1",
            signing_key=_path(env, "SIGNING_KEY"),
            heads_file=_path(env, "HEADS_FILE"),
            heads_mail=_heads_mail(env),
            heads_hook=_heads_hook(env),
            mail_server=MailServer.from_url(env[_PREFIX + "SMTP_URL"]) if _PREFIX + "SMTP_URL" in env else None,
            log_format=_log_format(env),
            metrics_token=_metrics_token(env),
            min_free_mb=_min_free_mb(env),
            idle_minutes=_idle_minutes(env),
            second_factor=_second_factor(env),
            failpoint=_failpoint(env),
        )


def _path(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(_PREFIX + name, "")
    return Path(text) if text else None


def _heads_mail(env: Mapping[str, str]) -> str | None:
    address = env.get(_PREFIX + "HEADS_MAIL", "")
    if address and not _ADDRESS.fullmatch(address):
        raise ConfigurationError(f"{_PREFIX}HEADS_MAIL is no mail address", message_zh="HEADS_MAIL 不是邮箱地址。")
    if address and _PREFIX + "SMTP_URL" not in env:
        raise ConfigurationError(
            f"{_PREFIX}HEADS_MAIL needs {_PREFIX}SMTP_URL", message_zh="HEADS_MAIL 需要同时设置 SMTP_URL。"
        )
    return address or None


def _heads_hook(env: Mapping[str, str]) -> str | None:
    url = env.get(_PREFIX + "HEADS_HOOK", "")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?", url):
        raise ConfigurationError(
            f"{_PREFIX}HEADS_HOOK must begin with https:// or http:// and a host", message_zh="HEADS_HOOK 不是网址。"
        )
    return url or None


def _log_format(env: Mapping[str, str]) -> str | None:
    wanted = env.get(_PREFIX + "LOG_FORMAT")
    if wanted is not None and wanted not in LOG_FORMATS:
        raise ConfigurationError(
            f"{_PREFIX}LOG_FORMAT must be json or text, not {wanted!r}", message_zh="LOG_FORMAT 只能是 json 或 text。"
        )
    return wanted


def _metrics_token(env: Mapping[str, str]) -> str | None:
    token = env.get(_PREFIX + "METRICS_TOKEN", "")
    if token and not _TOKEN.fullmatch(token):  # the message does not repeat it
        raise ConfigurationError(
            f"{_PREFIX}METRICS_TOKEN must be 16 to 256 letters, digits or signs of . _ ~ + / = -",
            message_zh="METRICS_TOKEN 须为 16 至 256 个字母、数字或 . _ ~ + / = - 符号。",
        )
    return token or None


def _min_free_mb(env: Mapping[str, str]) -> int:
    text = env.get(_PREFIX + "MIN_FREE_MB", str(DEFAULT_MIN_FREE_MB))
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_MB:
        raise ConfigurationError(
            f"{_PREFIX}MIN_FREE_MB must be a whole number from 0 to {_MOST_MB}, not {text!r}",
            message_zh=f"MIN_FREE_MB 须为 0 至 {_MOST_MB} 的整数。",
        )
    return int(text)


def _idle_minutes(env: Mapping[str, str]) -> int:
    text = env.get(_PREFIX + "IDLE_MINUTES", str(DEFAULT_IDLE_MINUTES))
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) not in _IDLE_MINUTES:
        raise ConfigurationError(
            f"{_PREFIX}IDLE_MINUTES must be a whole number from 5 to 720, not {text!r}",
            message_zh="IDLE_MINUTES 须为 5 至 720 的整数。",
        )
    return int(text)


def _second_factor(env: Mapping[str, str]) -> str:
    wanted = env.get(_PREFIX + "SECOND_FACTOR", "optional")
    if wanted not in SECOND_FACTORS:
        raise ConfigurationError(
            f"{_PREFIX}SECOND_FACTOR must be off, optional or managers, not {wanted!r}",
            message_zh="SECOND_FACTOR 只能是 off、optional 或 managers。",
        )
    return wanted


def _failpoint(env: Mapping[str, str]) -> str | None:
    """The failpoint to arm; a program that dies on purpose must be asked for it twice."""
    name, faults = _PREFIX + "FAILPOINT", env.get(_PREFIX + "FAULTS", "0")
    if faults not in ("0", "1"):
        raise ConfigurationError(f"{_PREFIX}FAULTS must be 0 or 1, not {faults!r}")
    if name in env and faults == "0":
        raise ConfigurationError(
            f"{name} lets this program die on purpose; where that is wanted, set {_PREFIX}FAULTS=1 beside it",
            message_zh=f"{name} 仅供故障测试;正式使用请去掉该设置。",
        )
    return env.get(name)


def secret_beside(database_file: Path, name: str = "session.key") -> bytes:
    """The secret kept in a file beside the database (mode 0600), made on first use; 32 bytes."""
    path = database_file.parent / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_secret(path)
    value = path.read_bytes()
    if len(value) != 32:
        raise ConfigurationError(f"{path} does not hold a 32-byte key")
    return value


def _make_secret(path: Path) -> None:
    """Written aside and linked into place: whole for everybody, and the first of several programs wins."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())  # an empty one behind a power cut would keep the server from starting
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
