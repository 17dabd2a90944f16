"""Tree heads as texts that anybody can keep: size and root of the log, signed, in the format of C2SP signed notes.

A head is a few lines of text: it goes into a mail, a file, a printed page, and ordinary tools for transparency logs
read it. Source: C2SP tlog-checkpoint and signed-note; signatures are Ed25519 (RFC 8032), made and checked elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

_ED25519: Final = b"\x01"
_DASH: Final = "\u2014 "
_LINES: Final = re.compile(
    r"(?P<origin>[^\s+]{1,200})\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a tree head says."""

    #: Whose log it is; also the name of the keys that sign it.
    origin: str
    #: How many leaves the tree has.
    size: int
    root: bytes
    #: When it was signed, to the second; an extension line of the format.
    at: datetime

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A tree head with one signature."""

    checkpoint: Checkpoint
    #: First four bytes of the key's hash.
    key_hash: bytes
    signature: bytes

    @property
    def note(self) -> str:
        """The whole text, its last line the signature."""
        return sign_text(self.checkpoint.text, self.checkpoint.origin, self.key_hash, self.signature)


def key_hash(origin: str, public: bytes) -> bytes:
    """Four bytes that name an Ed25519 key in a signature line."""
    return sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verifier_key(origin: str, public: bytes) -> str:
    """A public key as signed notes write it: ``name+hash+key``."""
    return f"{origin}+{key_hash(origin, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Name and the 32 bytes of a public key written by ``verifier_key``.

    Raises:
        ValueError: it is none.
    """
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise ValueError("a public key is written name+hash+key")
    try:
        key = base64.b64decode(parts[2], validate=True)
    except binascii.Error as problem:
        raise ValueError("the key is not in base64") from problem
    if len(key) != 33 or key[:1] != _ED25519 or key_hash(parts[0], key[1:]).hex() != parts[1]:
        raise ValueError("this is no Ed25519 key, or it was copied incompletely")
    return parts[0], key[1:]


def sign_text(text: str, name: str, hash_: bytes, signature: bytes) -> str:
    """A text with its signature line: a signed note."""
    return f"{text}\n{_DASH}{name} {base64.b64encode(hash_ + signature).decode()}\n"


def read_note(note: str) -> tuple[str, str, bytes, bytes]:
    """Text, name, key hash and signature of a note with one signature.

    Raises:
        ValueError: it is no signed note.
    """
    text, _, line = note.replace("\r\n", "\n").strip().rpartition("\n\n")
    if not text or not line.startswith(_DASH):
        raise ValueError("this is no signed note")
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signed = base64.b64decode(encoded, validate=True)
    except binascii.Error as problem:
        raise ValueError("the signature is not in base64") from problem
    if len(signed) != 68:
        raise ValueError("the signature does not have 64 bytes")
    return text + "\n", name, signed[:4], signed[4:]


def read_checkpoint(note: str) -> SignedCheckpoint:
    """A signed tree head; its signature is not checked here.

    Raises:
        ValueError: it is none.
    """
    text, name, hash_, signature = read_note(note)
    found = _LINES.fullmatch(text)
    if found is None:
        raise ValueError("this is no tree head")
    if name != found["origin"]:
        raise ValueError("a tree head is signed in its own name")
    at = datetime.strptime(found["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    checkpoint = Checkpoint(
        origin=found["origin"], size=int(found["size"]), root=base64.b64decode(found["root"]), at=at
    )
    return SignedCheckpoint(checkpoint=checkpoint, key_hash=hash_, signature=signature)


def read_checkpoints(text: str) -> list[SignedCheckpoint]:
    """All tree heads of a file into which one was written after the other.

    Raises:
        ValueError: something in it is no tree head.
    """
    lines, block = text.replace("\r\n", "\n").split("\n"), []
    found = []
    for line in lines:
        block.append(line)
        if line.startswith(_DASH):
            found.append(read_checkpoint("\n".join(block)))
            block = []
    if any(line.strip() for line in block):
        raise ValueError("behind the last tree head stands something else")
    return found
