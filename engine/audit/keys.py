"""The key that signs tree heads: kept in a file outside the database, so that who can write to one cannot sign.

Each key names its successor in a signed note. The database keeps the public halves, the file only the newest secret:
who breaks in tomorrow signs nothing in the name of yesterday.
"""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select

from engine.clock import from_microseconds, to_microseconds
from engine.config import secret_beside
from engine.errors import ConfigurationError
from engine.history import checkpoint
from engine.model import Actor, Event
from engine.store.database import Database, Transaction
from engine.store.streams import append_system
from engine.store.tables import installation, signing_key

FILE_NAME: Final = "signing.key"
_ORIGIN: Final = "log_origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The public half of a key that signs, or signed, tree heads."""

    number: int
    #: 32 bytes, Ed25519.
    public: bytes
    since: datetime
    #: Signed note by which the key before it names it.
    note: str

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether it signed the text."""
        return verifies(self.public, text, signature)


def verifies(public: bytes, text: str, signature: bytes) -> bool:
    """Whether a public key (32 bytes, Ed25519) belongs to the signature of a text."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def introduction(origin: str, number: int, public: bytes, since: datetime) -> str:
    """The text by which a key is named in the note of the one before it."""
    said = base64.b64encode(public).decode()
    return f"{origin}\nkey {number}\n{said}\n{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"


def list_keys(connection: Connection) -> tuple[PublicKey, ...]:
    """All keys, the oldest first."""
    rows = connection.execute(select(signing_key).order_by(signing_key.c.number))
    return tuple(
        PublicKey(number=row.number, public=row.public, since=from_microseconds(row.since), note=row.note)
        for row in rows
    )


def origin_of(connection: Connection) -> str | None:
    """Whose log it is, as its heads say; None before the first head."""
    return connection.execute(select(installation.c.value).where(installation.c.name == _ORIGIN)).scalar_one_or_none()


def make_origin(tx: Transaction) -> str:
    """The log's name, made by chance on first use."""
    origin = origin_of(tx.connection)
    if origin is None:
        origin = f"kefuflow/{secrets.token_hex(8)}"
        tx.connection.execute(insert(installation).values(name=_ORIGIN, value=origin))
    return origin


class Signer:
    """Signs with the secret in a file; notices when another process has changed it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._secret: Ed25519PrivateKey | None = None

    def key(self, tx: Transaction, origin: str, now: datetime) -> PublicKey:
        """The newest key, which is ours afterwards; named in the database when it is not yet.

        Raises:
            ConfigurationError: the file holds no key.
        """
        keys = list_keys(tx.connection)
        newest = keys[-1].public if keys else None
        if self._secret is None or _public(self._secret) != newest:
            self._secret = self._load(newest)
        public = _public(self._secret)
        if public == newest:
            return keys[-1]
        # The first of all, or one whose predecessor is lost: it can only name itself, which verification tells.
        return _introduce(tx, origin, len(keys) + 1, public, self._secret, now)

    def sign(self, text: str) -> bytes:
        """The signature of a text with the key that ``key`` gave; 64 bytes."""
        if self._secret is None:
            raise RuntimeError("nobody has asked for the key yet")
        return self._secret.sign(text.encode())

    def _load(self, newest: bytes | None) -> Ed25519PrivateKey:
        aside = _next_of(self._file)
        if aside.exists():  # somebody changed keys, and stopped before the last move
            made = _read(aside)
            if _public(made) == newest:
                aside.replace(self._file)
                return made
        return Ed25519PrivateKey.from_private_bytes(secret_beside(self._file, self._file.name))


def rotate(db: Database, file: Path, actor: Actor, now: datetime) -> PublicKey:
    """Let a new key take over: the old one names it, and its secret is gone afterwards.

    Raises:
        ConfigurationError: the file holds no key.
    """
    signer, aside = Signer(file), _next_of(file)
    with db.begin() as tx:
        origin = make_origin(tx)
        old = signer.key(tx, origin, now)
        secret = Ed25519PrivateKey.generate()
        _write(aside, secret.private_bytes_raw())
        made = _introduce(tx, origin, old.number + 1, _public(secret), signer._secret or secret, now)
        value = {"key": made.number, "public": made.public.hex(), "before": old.public.hex()}
        append_system(tx, [Event(kind="signing_key.changed", value=value)], at=now, actor=actor.id)
    aside.replace(file)
    return made


def _introduce(
    tx: Transaction, origin: str, number: int, public: bytes, by: Ed25519PrivateKey, now: datetime
) -> PublicKey:
    text = introduction(origin, number, public, now)
    hash_ = checkpoint.key_hash(origin, _public(by))
    note = checkpoint.sign_text(text, origin, hash_, by.sign(text.encode()))
    since = now.replace(microsecond=0)
    tx.connection.execute(
        insert(signing_key).values(number=number, public=public, since=to_microseconds(since), note=note)
    )
    return PublicKey(number=number, public=public, since=since, note=note)


def _public(secret: Ed25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes_raw()


def _next_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.next")


def _read(file: Path) -> Ed25519PrivateKey:
    data = file.read_bytes()
    if len(data) != 32:
        raise ConfigurationError(f"{file} does not hold a 32-byte key")
    return Ed25519PrivateKey.from_private_bytes(data)


def _write(file: Path, data: bytes) -> None:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
