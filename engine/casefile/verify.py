#!/usr/bin/env python3
"""Checks a case file (案卷) of Kefuflow with nothing but Python 3.9 or newer. 只用 Python 标准库核验案卷。

    python3 verify.py [FILE.zip or folder] [--key KEY] [--heads FILE] [--prove FILE]

--key    the public key, got by another way than with this file (另行取得的公钥)
--heads  signed heads that you kept (自己保存的签名树头)
--prove  what `kefuflow audit prove OLD NEW` printed, for a kept head that this file does not know

Sources: RFC 8032 (Ed25519), RFC 9162 §2.1 (Merkle tree), C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # a json.py that somebody has put beside this file is not the library's
    beside = __file__.replace("\\", "/").rpartition("/")[0]
    sys.path = [place for place in sys.path if place.replace("\\", "/") not in ("", ".", beside)]

import argparse
import base64
import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Point = tuple[int, int, int, int]
b64 = base64.b64decode


def sha256(data: bytes) -> bytes:
    """The 32 bytes of SHA-256."""
    return hashlib.sha256(data).digest()


# --- Ed25519, verification only: RFC 8032 §5.1 ------------------------------------------------------
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
BROKEN = (OSError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error)
PINNED = ("process", "version", "hash")


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    three, four = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n: int, point: Point) -> Point:
    """A point added to itself n times."""
    result: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def read_point(data: bytes) -> Point | None:
    """A point from its 32 bytes; None: there is none."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y, 1, (P - x if x & 1 != sign else x) * y % P


def is_signed(public: bytes, text: str, signature: bytes) -> bool:
    """Whether an Ed25519 key made the signature of a text."""
    base = read_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    key, r, s = read_point(public), read_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or base is None or key is None or r is None or s >= L or times(8, key)[0] % P == 0:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text.encode()).digest(), "little") % L
    one, two = times(s, base), add(r, times(h, key))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


# --- signed notes and the Merkle tree ----------------------------------------------------------------
class Note(NamedTuple):
    """A text with one signature."""

    text: str
    name: str
    signature: bytes


class Head(NamedTuple):
    """A signed head of the log."""

    note: Note
    size: int
    root: bytes


def read_note(note: str) -> Note:
    """Take a signed note apart."""
    text, _, line = note.strip().rpartition("\n\n")
    name, _, encoded = line[2:].partition(" ")
    return Note(text + "\n", name, b64(encoded, validate=True)[4:])


def read_head(note: str) -> Head:
    """Take a head apart."""
    read = read_note(note)
    lines = read.text.split("\n")
    return Head(read, int(lines[1]), b64(lines[2]))


def read_heads(text: str) -> list[Head]:
    """The heads of a file, one behind the other."""
    found, block = [], ""
    for line in text.replace("\r\n", "\n").split("\n"):
        block += line + "\n"
        if line.startswith("\u2014 "):
            found.append(read_head(block))
            block = ""
    if not found or block.strip():
        raise ValueError("these are no signed heads")
    return found


def read_key(text: str) -> bytes:
    """The 32 bytes of a public key that is written name+hash+key."""
    key = b64(text.strip().split("+", 2)[2], validate=True)
    if len(key) != 33:
        raise ValueError("this is no public key")
    return key[1:]


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (§2.1.1)."""
    return sha256(b"\1" + left + right)


def root_by_inclusion(index: int, size: int, hash_: bytes, path: list[bytes]) -> bytes | None:
    """The root to which a leaf and its path lead (§2.1.3.2)."""
    last = size - 1
    if not 0 <= index < size:
        return None
    for other in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            hash_ = node(other, hash_)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hash_ = node(hash_, other)
        index, last = index >> 1, last >> 1
    return hash_ if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> bool:
    """Whether the newer tree begins with the older one (§2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    path = path if old & (old - 1) else [old_root, *path]
    if not 0 < old < new or not path:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = node(other, first), node(other, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node(second, other)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def is_opened(value: dict[str, str], commitment: str) -> bool:
    """Whether a value is masked, or the one that was committed to under a salt of 32 bytes."""
    if set(value) == {"masked"}:
        return len(commitment) == 64
    hidden = bytes.fromhex(value["salt"])
    return (
        len(hidden) == 32
        and set(value) == {"text", "salt"}
        and sha256(hidden + value["text"].encode()).hex() == commitment
    )


def is_commanded(step: dict[str, Any], commitment: str | None) -> bool:
    """Whether a step's command is left out, or the one that was committed to; older steps have no commitment."""
    command = step["command"]
    if command is None or commitment is None:
        return commitment is None or len(commitment) == 64
    bound = step["core_events"].to_bytes(4, "big") + command["text"].encode()
    hidden = bytes.fromhex(command["salt"])
    return len(hidden) == 32 and sha256(hidden + bound).hex() == commitment


# --- the case file -----------------------------------------------------------------------------------
class CaseFile:
    """The files of a case file, and what was found wrong with them."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self.zip = zipfile.ZipFile(path) if path.is_file() else None
        self.path, self.given, self.bad = path, key, 0
        self.names = sorted(self.found())
        self.proof: dict[str, Any] = json.loads(self.read("proof.json"))
        self.keys = [b64(key["public"]) for key in self.proof["keys"]]
        self.heads = [read_head(note) for note in self.proof["heads"]]
        self.pinned: set[str] = set()
        self.called: Counter[str] = Counter()
        # A key vouches for those that it has named, which check_heads follows.
        self.ours = [key] if key and key not in self.keys else self.keys[self.keys.index(key) if key else 0 :]

    def found(self) -> Iterator[str]:
        """All files."""
        if self.zip:  # who packs a folder anew has entries of folders, too
            yield from (one.filename for one in self.zip.infolist() if one.file_size or not one.is_dir())
            return
        for name in self.path.rglob("*"):
            if name.is_symlink() or not name.is_dir():
                yield name.relative_to(self.path).as_posix()

    def read(self, name: str) -> bytes:
        """A file."""
        if name not in self.names:
            raise KeyError(name)
        return self.zip.read(name) if self.zip else (self.path / name).read_bytes()

    def tell(self, good: bool, zh: str, en: str) -> None:
        """Tell of a check; names from the file cannot paint over the line."""
        self.bad += not good
        said = f"{'[ ok ]' if good else '[FAIL]'} {zh} / {en}"
        print("".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in said))

    def is_ours(self, note: Note, *, kept: bool = False) -> bool:
        """Whether the key that was given, or one that the file names, signed a note; any of them one that was kept."""
        keys = [*self.ours, *(self.keys if kept else ())]
        right = note.name == self.proof["origin"] == note.text.split("\n")[0]
        return right and any(is_signed(key, note.text, note.signature) for key in keys)

    def check_files(self) -> None:
        """Every file is the one that the signed list names, and there is no other."""
        listing, note = self.read("manifest.json"), read_note(self.read("manifest.sig").decode())
        self.case, digest = json.loads(listing)["case"], base64.b64encode(sha256(listing)).decode()
        named = note.text.split("\n")[1:3] == [f"case file {self.case}", digest]
        self.tell(named and self.is_ours(note), "文件清单的签名有效", "the list of files is signed")
        listed: dict[str, str] = json.loads(listing)["files"]
        there = set(self.names) - {"manifest.json", "manifest.sig"}
        wrong = sorted(there ^ set(listed)) + [one for one, n in Counter(self.names).items() if n > 1]
        wrong += sorted(name for name in there & set(listed) if sha256(self.read(name)).hex() != listed[name])
        for name in wrong:
            self.tell(False, f"文件 {name} 缺失、多出或被改动", f"file {name} is missing, added or changed")
        if not wrong:
            self.tell(True, f"{len(listed)} 个文件与清单一致", f"{len(listed)} files are those of the list")
        streams = {f"history/{proof['stream']}.json" for proof in self.proof["inclusion"]}
        whole = {name for name in there if name.startswith("history/")} == streams | {f"history/{self.case}.json"}
        zh, en = f"工单 {self.case} 的流程实例都有证明", f"the instances of case {self.case} have proofs"
        self.tell(whole, zh, en)

    def check_heads(self) -> None:
        """Each key was named by the one before, each head was signed by one of them and is part of the newest."""
        before = self.keys[0]
        for number, key in enumerate(self.proof["keys"], 1):
            note = read_note(key["note"])
            named = note.text.split("\n")[1:3] == [f"key {number}", key["public"]]
            good = named and is_signed(before, note.text, note.signature)
            self.tell(good, f"第 {number} 把密钥由前一把指定", f"key {number} was named by the one before it")
            before = b64(key["public"])
        good = all(
            any(is_signed(key, *head.note[::2]) for key in self.keys)
            and head.note.name == head.note.text.split("\n")[0] == self.proof["origin"]
            for head in self.heads
        )
        self.tell(good, f"{len(self.heads)} 个树头的签名有效", f"{len(self.heads)} heads are signed")
        if self.given:
            self.tell(self.is_ours(self.heads[-1].note), "最新树头由给定的公钥签名", "your key signed the newest head")
        for head in self.heads[:-1]:
            if not self.holds(head, self.proof["consistency"], self.heads[-1]):
                size = head.size
                self.tell(
                    False, f"最新树头不含 {size} 项的树头", f"the newest head does not hold the one of {size} entries"
                )

    def holds(self, old: Head, proofs: list[dict[str, Any]], new: Head) -> bool:
        """Whether some proof shows that a head is part of another."""
        paths = [[b64(hash_) for hash_ in proof["path"]] for proof in proofs if proof["old"] == old.size]
        same = old.size == new.size and old.root == new.root
        return same or any(is_consistent(old.size, old.root, new.size, new.root, path) for path in paths)

    def check_kept(self, kept: Head, proofs: list[dict[str, Any]]) -> None:
        """A head that the reader kept is part of this file's newest, or of one for which there is a proof."""
        good = self.holds(kept, self.proof["consistency"], self.heads[-1])
        for proof in proofs:
            old, new = read_head(proof["old"]), read_head(proof["new"])
            path = [b64(hash_) for hash_ in proof["proof"]]
            right = is_consistent(old.size, old.root, new.size, new.root, path) and self.is_ours(new.note)
            good = good or (right and kept[1:] == old[1:] and new[1:] == self.heads[-1][1:])
            good = good or (right and kept[1:] == new[1:] and old[1:] == self.heads[-1][1:])
        size, good = kept.size, good and self.is_ours(kept.note, kept=True)
        self.tell(good, f"您保存的 {size} 项树头与案卷相符", f"the head of {size} entries that you kept fits")

    def check_history(self, name: str) -> None:
        """A stream's events are chained, their opened values are what was committed to, and a signed head has them."""
        data = json.loads(self.read(name))
        stream, hashes, opened = data["stream"], [""], 0
        pinned: list[dict[str, Any]] = []
        self.called[data["process"]] -= name != f"history/{self.case}.json"
        for revision, step in enumerate(data["steps"], 1):
            good = step["revision"] == revision and len(step["events"]) == len(step["values"]) > 0
            for n, (row, value) in enumerate(zip(step["events"], step["values"])):  # noqa: B905  not in Python 3.9
                hash_ = self.chained(stream, hashes[-1], step, row)
                good = good and row[1] == n and row[0] == len(hashes) and hash_ == row[8] and is_opened(value, row[7])
                if not good or (n == 0 and not is_commanded(step, row[9])):
                    zh, en = f"第 {row[0]} 条事件被改动", f"event {row[0]} was changed"
                    self.tell(False, f"流程实例 {stream} {zh}", f"instance {stream}: {en}")
                    return
                opened += "salt" in value
                if row[4] == "call.started":
                    self.called[(json.loads(value.get("text", value.get("masked"))) or {}).get("process", "?")] += 1
                hashes.append(hash_)
                if row[4] == "definition.pinned":
                    pinned.append(json.loads(value["text"]))
            if not good:
                zh, en = f"第 {revision} 步不完整", f"step {revision} is not whole"
                self.tell(False, f"流程实例 {stream} {zh}", f"instance {stream}: {en}")
                return
        for place, one in enumerate(pinned, 1):
            self.check_definition(one, data if place == len(pinned) else None)
        sealed, count = self.sealed(stream, hashes), len(hashes) - 1
        zh = f"流程实例 {stream}:{count} 条事件相连,{sealed} 条在签名树头之下,{opened} 个值可证,{count - opened} 个打码"
        en = f"instance {stream}: {count} events, {sealed} under the head, {opened} values proved, the others masked"
        self.tell(sealed == count > 0 and name == f"history/{stream}.json", zh, en)

    def chained(self, stream: int, before: str, step: dict[str, Any], row: list[Any]) -> str:
        """The hash that an event must have behind the one before it."""
        place = json.dumps([stream, row[0], step["revision"], *row[1:7]], ensure_ascii=False, separators=(",", ":"))
        commitments = bytes.fromhex(row[7]) + bytes.fromhex(row[9] or "")
        return sha256((bytes.fromhex(before) or bytes(32)) + place.encode() + commitments).hex()

    def sealed(self, stream: int, hashes: list[str]) -> int:
        """How many of a stream's events the newest head covers."""
        for proof in self.proof["inclusion"]:
            seq = proof["seq"]
            if proof["stream"] == stream and seq < len(hashes) and hashes[seq] == proof["hash"]:
                leaf = sha256(b"\0" + f"{stream} {seq} {hashes[seq]}".encode())
                path = [b64(hash_) for hash_ in proof["path"]]
                if root_by_inclusion(proof["leaf"], self.heads[-1].size, leaf, path) == self.heads[-1].root:
                    return int(seq)
        return 0

    def check_definition(self, pinned: dict[str, Any], data: dict[str, Any] | None) -> None:
        """Diagram, forms and tables are those whose hash the instance recorded when it began, or went over to them."""
        folder = f"definitions/{pinned['process']}-v{pinned['version']}/"
        text = self.read(folder + "manifest.json")
        parts = json.loads(text)
        wanted = {f"{pinned['process']}.bpmn": parts["bpmn"]}
        wanted.update({f"{name}.form": hash_ for name, hash_ in parts["forms"].items()})
        wanted.update({f"{name}.dmn": hash_ for name, hash_ in parts["decisions"].items()})
        inside = {name[len(folder) :]: sha256(self.read(name)).hex() for name in self.names if name.startswith(folder)}
        good = inside.pop("manifest.json") == pinned["hash"] and set(wanted.values()) == set(inside.values())
        good = good and all(wanted.get(name) == hash_ for name, hash_ in inside.items())
        now = [data["process"], data["version"], data["definition"]] if data else list(map(pinned.get, PINNED))
        good = good and now == list(map(pinned.get, PINNED))  # of a version that was left nothing else is said
        self.pinned.add(folder)
        what = f"{pinned['process']} v{pinned['version']}"
        self.tell(
            good,
            f"{what} 的图、表单和决策表就是当时生效的",
            f"{what}: diagram, forms and tables are those then in force",
        )


def main() -> int:
    """Check the file that the command line names; 1 when something is wrong."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("file", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    ask.add_argument("--key")
    ask.add_argument("--heads", type=Path)
    ask.add_argument("--prove", type=Path, action="append", default=[])
    given = ask.parse_args()
    file = CaseFile(given.file, None if given.key is None else read_key(given.key))
    file.check_files()
    file.check_heads()
    for name in file.names:
        if name.startswith("history/"):
            file.check_history(name)
    for folder in sorted({name.rpartition("/")[0] + "/" for name in file.names if name.startswith("definitions/")}):
        if folder not in file.pinned:
            print(f"[note] {folder!r} 没有流程实例记下 / no instance has recorded that it runs on it")
    for process in sorted(process for process, left in file.called.items() if left):
        print(f"[note] {process!r} 被调用的次数与流程实例数不同 / was not called as often as there are instances of it")
    proofs = [json.loads(name.read_text("utf-8-sig")) for name in given.prove]
    for head in read_heads(given.heads.read_text("utf-8-sig")) if given.heads else ():
        file.check_kept(head, proofs)
    if given.key is None:
        print("[note] 公钥取自案卷本身,请与另行取得的核对 / compare this key, which the file brings, with yours:")
        print(f"       {base64.b64encode(file.keys[-1]).decode()}")
    print("案卷完整 / the case file is whole" if not file.bad else f"{file.bad} 处不符 / {file.bad} checks failed")
    return 1 if file.bad else 0


if __name__ == "__main__":
    try:
        code = main()
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, *BROKEN) as problem:
        print(f"[FAIL] 案卷无法读取 / the case file cannot be read: {problem!r}")
        code = 1
    sys.exit(code)
