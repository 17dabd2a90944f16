"""`kefuflow audit verify`, `heads`, `prove` and `rotate-key`: what shows a third party that the record is whole."""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from engine import audit, casefile
from engine.cli.parts import Commands, open_parts, settings_of
from engine.errors import ConfigurationError, NotFound
from engine.history.checkpoint import SignedCheckpoint, read_checkpoints, read_verifier_key, verifier_key
from engine.model import SYSTEM
from engine.queries import Queries

_WIDTH: Final = 30


class Bar:
    """A progress bar on a terminal's error output; elsewhere a line for every tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._said = -1

    def __call__(self, done: int, total: int) -> None:
        """Show how far it has come."""
        share = 100 if total == 0 else done * 100 // total
        terminal = sys.stderr.isatty()
        step = share if terminal else share // 10
        if step == self._said:
            return
        self._said = step
        filled = share * _WIDTH // 100
        line = f"{self._what} [{'#' * filled}{'.' * (_WIDTH - filled)}] {share:3d} %  {done:,} / {total:,}"
        end = "\n" if not terminal or share == 100 else ""
        print(f"\r{line}" if terminal else line, end=end, file=sys.stderr, flush=True)


def add_commands(actions: Commands, shared: argparse.ArgumentParser) -> None:
    """Add them to `kefuflow audit`."""
    verify = actions.add_parser(
        "verify",
        parents=[shared],
        help="check that the whole record is unchanged",
        description="Computes every hash, commitment and tree anew, checks the signatures, and names what is not as it "
        "was (exit status 1). With heads that were kept elsewhere it also finds an end that was cut off, and somebody "
        "who computed everything anew. Changes nothing.",
    )
    verify.add_argument("--heads", metavar="FILE", action="append", default=[], help="signed heads kept elsewhere")
    verify.add_argument(
        "--key", metavar="KEY", help="the public key that signed them, as `audit heads --key` prints it"
    )
    verify.set_defaults(run=run_verify)
    heads = actions.add_parser(
        "heads",
        parents=[shared],
        help="print signed heads of the log, to be kept elsewhere",
        description="Signs what is new and prints the newest head. Keep it where nobody who can write to the database "
        "can: in a mail, on paper, at a notary's.",
    )
    heads.add_argument("--all", action="store_true", help="every head, the oldest first")
    heads.add_argument("--key", action="store_true", help="the public keys instead, the newest last")
    heads.add_argument("--output", metavar="FILE", help="append to a file instead of printing")
    heads.set_defaults(run=run_heads)
    prove = actions.add_parser(
        "prove",
        parents=[shared],
        help="print the proof that one head's log holds an earlier one's",
        description="Prints the hashes that lead from one signed head to a later one (RFC 9162 §2.1.4), as JSON.",
    )
    prove.add_argument("old", type=int, metavar="OLD", help="entries of the earlier head")
    prove.add_argument("new", type=int, metavar="NEW", help="entries of the later one")
    prove.set_defaults(run=run_prove)
    file = actions.add_parser(
        "case-file",
        parents=[shared],
        help="write a case's signed archive",
        description="Writes the case file (案卷): the case in words, its diagrams, every event with its proof, files, "
        "definitions and forms in force, and a verifier that needs nothing but Python. Personal data are masked unless "
        "--unmasked is given.",
    )
    file.add_argument("case", metavar="CASE", help="case id, as the case page shows it")
    file.add_argument("--output", metavar="FILE", required=True, help="the archive (ZIP)")
    file.add_argument("--reason", required=True, help="what it is for; stands in the file and in the history")
    file.add_argument("--unmasked", action="store_true", help="with personal data as they are")
    file.set_defaults(run=run_case_file)
    rotate = actions.add_parser(
        "rotate-key",
        parents=[shared],
        help="let a new key sign from now on",
        description="Makes a new key, which the old one names as its successor. The old secret is gone afterwards.",
    )
    rotate.set_defaults(run=run_rotate)


def run_verify(options: argparse.Namespace) -> int:
    """Check everything; 1 when something is not as it was."""
    heads = read_heads(options.heads)
    public = None if options.key is None else _public(options.key)
    with open_parts(options) as parts:
        found = audit.verify(parts.db, heads=heads, public=public, progress=Bar("verify"))
    print(
        f"{found.events:,} events in {found.streams:,} streams, {found.leaves:,} entries, {found.heads:,} signed heads"
    )
    if found.unsealed:
        print(f"{found.unsealed:,} events are under no signed head yet (还没有签名)")
    for flaw in found.flaws:
        print(f"{flaw.sentence}\n    {flaw.sentence_en}")
    if found.found > len(found.flaws):
        print(f"… {found.found - len(found.flaws):,} more (还有更多)")
    if not found.whole:
        print(f"damaged: {found.found:,} findings (记录有损)")
        return 1
    with_heads = f", and it holds {len(heads)} heads kept elsewhere" if heads else ""
    print(f"whole: the record is as it was written{with_heads} (完整)")
    if not heads:
        print("no head from elsewhere was compared: a cut-off end would not show (未与外部树头比对)")
    return 0


def read_heads(files: Sequence[str]) -> list[SignedCheckpoint]:
    """The signed heads of files.

    Raises:
        ConfigurationError: a file cannot be read, or holds something else.
    """
    found: list[SignedCheckpoint] = []
    for name in files:
        try:
            found += read_checkpoints(Path(name).read_text("utf-8"))
        except (OSError, ValueError) as problem:
            raise ConfigurationError(f"{name}: {problem}", message_zh=f"{name} 不是树头文件。") from problem
    return found


def _public(text: str) -> bytes:
    try:
        return read_verifier_key(text)[1]
    except ValueError as problem:
        raise ConfigurationError(
            f"the value of --key is no public key: {problem}", message_zh="--key 不是公钥。"
        ) from problem


def run_heads(options: argparse.Namespace) -> int:
    """Seal what is new and print heads or keys."""
    with open_parts(options) as parts:
        file = settings_of(options).signing_key or audit.key_file(parts.db)
        audit.seal(parts.db, audit.Signer(file), parts.clock.now())
        with parts.db.read() as connection:
            if options.key:
                origin = audit.origin_of(connection) or ""
                texts = [f"{verifier_key(origin, key.public)}\n" for key in audit.list_keys(connection)]
            else:
                heads = audit.list_heads(connection, limit=None if options.all else 1)
                texts = [f"{head.note}\n" for head in reversed(heads)]
    if options.output:
        with Path(options.output).open("a", encoding="utf-8") as file_out:
            file_out.writelines(texts)
    else:
        print("".join(texts), end="")
    return 0


def run_case_file(options: argparse.Namespace) -> int:
    """Write the archive."""
    with open_parts(options) as parts:
        signer = audit.Signer(settings_of(options).signing_key or audit.key_file(parts.db))
        queries = Queries(parts.db, parts.definitions, parts.clock)
        made = casefile.make(
            parts.db, parts.definitions, queries, signer, SYSTEM, options.case,
            at=parts.clock.now(), reason=options.reason, unmasked=options.unmasked,
        )  # fmt: skip
    with made.content, Path(options.output).open("wb") as out:
        shutil.copyfileobj(made.content, out)
    print(f"{options.output}: {made.size:,} bytes, SHA-256 {made.sha256}")
    return 0


def run_prove(options: argparse.Namespace) -> int:
    """Print the proof."""
    with open_parts(options) as parts, parts.db.read() as connection:
        proof = audit.prove_consistency(connection, options.old, options.new)
        heads = {head.size: head.note for head in audit.list_heads(connection)}
    made: dict[str, Any] = {
        "old": heads[proof.old],
        "new": heads[proof.new],
        "proof": [base64.b64encode(hash_).decode() for hash_ in proof.path],
    }
    print(json.dumps(made, ensure_ascii=False, indent=1))
    return 0


def run_rotate(options: argparse.Namespace) -> int:
    """Let a new key take over."""
    with open_parts(options) as parts:
        file = settings_of(options).signing_key or audit.key_file(parts.db)
        made = audit.rotate(parts.db, file, SYSTEM, parts.clock.now())
        with parts.db.read() as connection:
            origin = audit.origin_of(connection)
    if origin is None:
        raise NotFound("the log has no name", message_zh="日志没有名字。")
    print(f"key {made.number} signs from now on (已更换签名密钥)\n{verifier_key(origin, made.public)}")
    return 0
