"""Whoever would make a forged case file or record pass is found: a forger without the key, and the shop itself."""

from __future__ import annotations

import base64
import io
import json
import runpy
import sqlite3
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import audit, casefile
from engine.audit import FlawKind
from engine.casefile import verify
from engine.history.checkpoint import key_hash, read_note, sign_text, verifier_key
from engine.model import Actor
from engine.queries import Queries
from tests.engine.audit.attacker import Attacker
from tests.engine.audit.conftest import CASE, Sealed, copy_of, seal
from tests.engine.shop_desk import COURIER, START, ShopDesk
from tests.engine.tampering import tamper

AUDITOR = Actor(id="zheng", name="郑审计", groups=frozenset({"auditor"}))
Files = dict[str, bytes]
Forgery = Callable[[Files], object]


def make(desk: ShopDesk, case_id: str, path: Path) -> Path:
    signer = audit.Signer(audit.key_file(desk.db))
    queries = Queries(desk.db, desk.definitions, desk.clock)
    made = casefile.make(
        desk.db, desk.definitions, queries, signer, AUDITOR, case_id, at=desk.clock.now(), reason="举证"
    )
    with made.content:
        path.write_bytes(made.content.read())
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A case file that was made honestly, the shop's key, and what was published of it."""

    files: Files
    secret: Ed25519PrivateKey
    key: str

    @property
    def proof(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["proof.json"])
        return found

    def sign(self, text: str) -> str:
        public = self.secret.public_key().public_bytes_raw()
        origin = self.proof["origin"]
        return sign_text(text, origin, key_hash(origin, public), self.secret.sign(text.encode()))

    def signed_anew(self, files: Files, case: str = CASE) -> None:
        """List and sign: the shop itself does so, with the key that everybody knows."""
        listing = json.loads(files["manifest.json"])
        kept = {name: data for name, data in files.items() if not name.startswith("manifest.")}
        listing["files"] = {name: sha256(content).hexdigest() for name, content in kept.items()}
        files["manifest.json"] = json.dumps(listing, ensure_ascii=False).encode()
        text = read_note(files["manifest.sig"].decode())[0].split("\n")
        text[1] = f"case file {case}"
        text[2] = base64.b64encode(sha256(files["manifest.json"]).digest()).decode()
        files["manifest.sig"] = self.sign("\n".join(text)).encode()


@pytest.fixture(scope="module")
def made(sealed_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("attacked") / "shop"
    desk = copy_of(sealed_shop, folder)
    path = make(desk, CASE, folder / "file.zip")
    with desk.db.read() as connection:
        key = verifier_key(audit.origin_of(connection) or "", audit.list_keys(connection)[-1].public)
    secret = Ed25519PrivateKey.from_private_bytes(audit.key_file(desk.db).read_bytes())
    desk.db.close()
    with zipfile.ZipFile(path) as file:
        files = {name: file.read(name) for name in file.namelist()}
    return Made(files=files, secret=secret, key=key)


def check(path: Path, *options: str) -> tuple[int, str]:
    """What our verifier, not the one in the file, says of it; as a program, but not in a process of its own."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        patch.setattr(sys, "argv", [str(verify.__file__), str(path), *options])
        patch.setattr(sys, "path", [*sys.path])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(verify.__file__), run_name="__main__")
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.getvalue()


def check_apart(path: Path, *options: str) -> tuple[int, str]:
    """What it says in a process that has nothing but the library's modules."""
    command = [sys.executable, "-I", verify.__file__, str(path), *options]
    environment = {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert not found.stderr, found.stderr
    return found.returncode, found.stdout


def unpacked(files: Files, folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def packed(entries: list[tuple[str, bytes]], path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        with zipfile.ZipFile(path, "w") as file:
            for name, content in entries:
                file.writestr(name, content)
    return path


def history(change: Callable[[dict[str, Any]], object], stream: str = CASE) -> Forgery:
    def done(files: Files) -> None:
        data = json.loads(files[f"history/{stream}.json"])
        change(data)
        files[f"history/{stream}.json"] = json.dumps(data, ensure_ascii=False).encode()

    return done


def proof(change: Callable[[dict[str, Any]], object]) -> Forgery:
    def done(files: Files) -> None:
        data = json.loads(files["proof.json"])
        change(data)
        files["proof.json"] = json.dumps(data, ensure_ascii=False).encode()

    return done


def test_the_honest_file_is_whole_unpacked_packed_and_packed_again_by_hand(made: Made, tmp_path: Path) -> None:
    for path in (
        unpacked(made.files, tmp_path / "unpacked"),
        packed([*made.files.items()], tmp_path / "x.zip"),
        packed([("history/", b""), ("diagrams/", b""), *made.files.items()], tmp_path / "again.zip"),
    ):
        code, said = check_apart(path, "--key", made.key)
        assert code == 0, said
        assert "[note]" not in said
        assert check(path, "--key", made.key) == (code, said)


# --- the shop itself forges, and signs with the key that everybody knows ---------------------------------


def opened(data: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The first step and place whose value is opened and says something."""
    return next(
        (step, place)
        for step in data["steps"]
        for place, value in enumerate(step["values"])
        if len(value.get("text", "")) > 10
    )


def split_elsewhere(data: dict[str, Any]) -> None:
    """salt ‖ value is the same, cut at another place: the value begins later."""
    step, place = opened(data)
    value = step["values"][place]
    value["salt"] += value["text"][:6].encode().hex()
    value["text"] = value["text"][6:]


def unproved(data: dict[str, Any]) -> None:
    step, place = opened(data)
    step["values"][place] = {"text": '{"amount":1}'}


def both(data: dict[str, Any]) -> None:
    step, place = opened(data)
    step["values"][place] = {"masked": '{"amount":1}', "text": '{"amount":1}'}


def fewer_values(data: dict[str, Any]) -> None:
    """Events without values were not looked at."""
    step = data["steps"][-1]
    step["events"].append([*step["events"][-1][:3], "boss", *step["events"][-1][4:]])


def another_actor_at_the_end(data: dict[str, Any]) -> None:
    """Nothing but the end of a step is changed, and its values are left out."""
    step = data["steps"][-1]
    step["events"][-1][3] = "boss"
    step["values"] = step["values"][:-1]


def huge(data: dict[str, Any]) -> None:
    step = next(step for step in data["steps"] if step["command"] is not None)
    step["core_events"] = 2**40


def empty_step(data: dict[str, Any]) -> None:
    """A command of nobody's, in a step without events."""
    command = {"text": '{"approve":true}', "salt": "00" * 32}
    revision = data["steps"][-1]["revision"] + 1
    data["steps"].append({"revision": revision, "core_events": 0, "command": command, "events": [], "values": []})


def divided_step(data: dict[str, Any]) -> None:
    """The second half of a step gets a command of its own, which no first row is bound to."""
    at = next(n for n, step in enumerate(data["steps"]) if len(step["events"]) > 2)
    step = data["steps"][at]
    later = {**step, "events": step["events"][1:], "values": step["values"][1:]}
    later["command"] = {"text": '{"approve":true}', "salt": "00" * 32}
    step["events"], step["values"] = step["events"][:1], step["values"][:1]
    data["steps"].insert(at + 1, later)


def beyond_the_head(data: dict[str, Any]) -> None:
    """Further events, chained as they should be; no signed head has them."""
    last, step = data["steps"][-1]["events"][-1], data["steps"][-1]["revision"] + 1
    text, hidden = '{"approved":true}', bytes(32)
    committed = sha256(hidden + text.encode()).digest()
    row = [last[0] + 1, 0, last[2], "boss", "user_task.completed", None, None]
    place = json.dumps([data["stream"], row[0], step, *row[1:]], separators=(",", ":")).encode()
    hash_ = sha256(bytes.fromhex(last[8]) + place + committed).hexdigest()
    data["steps"].append({
        "revision": step, "core_events": 1, "command": None,
        "events": [[*row, committed.hex(), hash_, None]], "values": [{"text": text, "salt": hidden.hex()}],
    })  # fmt: skip


def masked_version(data: dict[str, Any]) -> None:
    """Which version it ran on is behind its commitment, so that any diagram will do."""
    for step in data["steps"]:
        for place, row in enumerate(step["events"]):
            if row[4] == "definition.pinned":
                step["values"][place] = {"masked": step["values"][place]["text"]}


def cut_off(data: dict[str, Any]) -> None:
    data["steps"] = data["steps"][:-3]


def swap(files: Files) -> None:
    """Two forms change names: their hashes are the same set."""
    one, two = sorted(name for name in files if name.endswith(".form") and "p10_" in name)[:2]
    files[one], files[two] = files[two], files[one]


def one_stream_twice(files: Files) -> None:
    """A called instance is left out; the root's history stands in its place."""
    files["history/2.json"] = files[f"history/{CASE}.json"]


def without(name: str) -> Forgery:
    return lambda files: files.pop(name)


def no_history(files: Files) -> None:
    for name in [name for name in files if name.startswith("history/")]:
        del files[name]


def left_out_with_its_proof(files: Files) -> None:
    """The root itself."""
    del files[f"history/{CASE}.json"]
    proof(lambda data: data.update(inclusion=[one for one in data["inclusion"] if one["stream"] != int(CASE)]))(files)


BY_THE_SHOP: dict[str, Forgery] = {
    "a value cut elsewhere": history(split_elsewhere),
    "a value without its salt": history(unproved),
    "a value that is masked and shown": history(both),
    "an event more than values": history(fewer_values),
    "a value fewer than events": history(another_actor_at_the_end),
    "a command in an empty step": history(empty_step),
    "a command in half a step": history(divided_step),
    "events behind the head": history(beyond_the_head),
    "a version that is masked": history(masked_version),
    "an end that is cut off": history(cut_off),
    "another process in the file's first lines": history(lambda data: data.update(process="p07_delivery")),
    "another version in the file's first lines": history(lambda data: data.update(version=7)),
    "another stream": history(lambda data: data.update(stream=2)),
    "no steps": history(lambda data: data.update(steps=[])),
    "forms that changed names": swap,
    "a file more beside a definition": lambda files: files.update(
        {next(name for name in files if name.endswith(".form")) + ".form": b"{}"}
    ),
    "a stream twice": one_stream_twice,
    "a stream left out": without("history/2.json"),
    "all streams left out": no_history,
    "the root left out, with its proof": left_out_with_its_proof,
    "a proof of another stream": proof(lambda data: data["inclusion"][0].update(stream=2)),
    "a leaf that cannot be": proof(lambda data: data["inclusion"][0].update(leaf=10**9)),
    "a leaf before the first": proof(lambda data: data["inclusion"][0].update(leaf=-1)),
    "an event before the first": proof(lambda data: data["inclusion"][0].update(seq=-1)),
    "no heads": proof(lambda data: data.update(heads=[])),
    "no keys": proof(lambda data: data.update(keys=[])),
    "a huge number": history(huge),
}


@pytest.mark.parametrize("forgery", sorted(BY_THE_SHOP))
def test_what_the_shop_itself_forges_and_signs_is_found(made: Made, tmp_path: Path, forgery: str) -> None:
    files = dict(made.files)
    BY_THE_SHOP[forgery](files)
    assert files != made.files
    made.signed_anew(files)
    code, said = check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1, said
    assert "[FAIL]" in said
    assert "案卷完整" not in said


@pytest.mark.parametrize("text", ["[" * 100_000, '{"steps": NaN}', '{"steps": 1' + "0" * 5000 + "}", "\ud800"])
def test_a_file_that_breaks_readers_fails_without_a_traceback(made: Made, tmp_path: Path, text: str) -> None:
    files = made.files | {f"history/{CASE}.json": text.encode("utf-8", "surrogatepass")}
    made.signed_anew(files)
    code, said = check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1
    assert "[FAIL] 案卷无法读取" in said


def test_a_head_of_nothing_proves_nothing(made: Made, tmp_path: Path) -> None:
    files = dict(made.files)
    empty = base64.b64encode(sha256(b"").digest()).decode()
    head = made.sign(f"{made.proof['origin']}\n0\n{empty}\n2026-01-02T01:00:00Z\n")
    proof(lambda data: data.update(heads=[head], consistency=[]))(files)
    made.signed_anew(files)
    code, said = check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1, said


def test_a_smaller_head_at_the_end_does_not_hide_the_newest(made: Made, tmp_path: Path) -> None:
    files = dict(made.files)
    proof(lambda data: data["heads"].reverse())(files)
    made.signed_anew(files)
    assert check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)[0] == 1


def test_a_calls_instance_that_is_left_out_with_its_proof_is_told_of(made: Made, tmp_path: Path) -> None:
    files = dict(made.files)
    del files["history/2.json"]
    proof(lambda data: data.update(inclusion=[one for one in data["inclusion"] if one["stream"] != 2]))(files)
    made.signed_anew(files)
    _, said = check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)
    assert "[note] 'p07_delivery' 被调用的次数" in said


# --- somebody without the key ----------------------------------------------------------------------------


def test_the_list_of_another_case_is_not_this_ones(made: Made, tmp_path: Path) -> None:
    files = dict(made.files)
    made.signed_anew(files, case="77")
    code, said = check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1
    assert "[FAIL] 文件清单的签名有效" in said


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
def test_a_second_page_of_the_same_name_is_found(made: Made, tmp_path: Path, *, first: bool) -> None:
    forged = ("index.html", made.files["index.html"].replace("案卷".encode(), "假的".encode()))
    entries = [*made.files.items()]
    path = packed([forged, *entries] if first else [*entries, forged], tmp_path / "x.zip")
    code, said = check(path, "--key", made.key)
    assert code == 1, said
    assert "index.html" in said


@pytest.mark.parametrize(
    "name",
    ["../out.html", "/etc/out.html", "INDEX.HTML", "index.html ", "history/../index.html", "evil/", "__pycache__/x.pdf",
     "index\u200b.html", "ｉndex.html", "attachments/__pycache__/证据.pdf"],
)  # fmt: skip
def test_a_file_that_nobody_listed_is_found_under_whatever_name(made: Made, tmp_path: Path, name: str) -> None:
    code, said = check(packed([*made.files.items(), (name, b"x")], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1, said


@pytest.mark.parametrize("name", ["__pycache__/json.pyc", "attachments/__pycache__/证据.pdf", ".hidden"])
def test_so_it_is_in_a_folder(made: Made, tmp_path: Path, name: str) -> None:
    assert check(unpacked(made.files | {name: b"x"}, tmp_path / "x"), "--key", made.key)[0] == 1


@pytest.mark.parametrize("to", ["files", "nowhere"])
def test_a_link_in_a_folder_is_no_part_of_the_file(made: Made, tmp_path: Path, to: str) -> None:
    folder = unpacked(made.files, tmp_path / "x")
    (tmp_path / "files").mkdir()
    (folder / "more").symlink_to(tmp_path / to)
    assert check(folder, "--key", made.key)[0] == 1


def test_a_name_cannot_paint_over_what_is_said(made: Made, tmp_path: Path) -> None:
    name = "x\x1b[2K\r案卷完整\n[ ok ]\u202e"
    code, said = check(packed([*made.files.items(), (name, b"x")], tmp_path / "x.zip"), "--key", made.key)
    assert code == 1
    assert not {"\x1b", "\r", "\u202e"} & set(said)
    assert all(line.startswith(("[ ok ] ", "[FAIL] ", "1 ")) for line in said.splitlines())


def test_a_module_beside_the_verifier_is_not_run(made: Made, tmp_path: Path) -> None:
    folder = unpacked(made.files, tmp_path / "x")
    for name in ("json", "argparse", "base64", "hashlib", "zipfile", "pathlib", "typing", "zlib", "collections"):
        (folder / f"{name}.py").write_text("raise SystemExit(0)\n", "utf-8")
    command = [sys.executable, "-B", "verify.py"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 1
    assert "json.py" in found.stdout


@pytest.mark.parametrize("key", ["", "x", "kefuflow+1+", "kefuflow+00000000+AQ=="])
def test_a_key_that_is_none_is_not_taken_for_no_key(made: Made, tmp_path: Path, key: str) -> None:
    code, said = check(packed([*made.files.items()], tmp_path / "x.zip"), f"--key={key}")
    assert code == 1, said


@pytest.mark.parametrize("text", ["", "\n\n", "keys\n", "cut off\n12\n"])
def test_a_file_of_heads_without_a_head_is_no_check(made: Made, tmp_path: Path, text: str) -> None:
    (tmp_path / "heads.txt").write_text(text, "utf-8")
    path = packed([*made.files.items()], tmp_path / "x.zip")
    assert check(path, "--key", made.key, "--heads", str(tmp_path / "heads.txt"))[0] == 1


def test_heads_that_windows_saved_fit_all_the_same(made: Made, tmp_path: Path) -> None:
    text = made.proof["heads"][-1].replace("\n", "\r\n")
    (tmp_path / "heads.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    path = packed([*made.files.items()], tmp_path / "x.zip")
    code, said = check(path, "--key", made.key, "--heads", str(tmp_path / "heads.txt"))
    assert code == 0, said


def test_a_cut_off_archive_and_one_with_rubbish_inside_fail_without_a_traceback(made: Made, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in made.files.items():
            file.writestr(name, content)
    data = (tmp_path / "x.zip").read_bytes()
    for damaged in (data[:-30], data[: len(data) // 2] + bytes(64) + data[len(data) // 2 + 64 :], b"", b"PK"):
        (tmp_path / "y.zip").write_bytes(damaged)
        assert check(tmp_path / "y.zip", "--key", made.key)[0] == 1


# --- keys and signatures ---------------------------------------------------------------------------------

#: Points of small order, as they are written and as they might be (RFC 8032 wants the first forms only).
SMALL = (
    "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "00" * 32, "00" * 31 + "80", "ee" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f", "ed" + "ff" * 31, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
)  # fmt: skip


@pytest.mark.parametrize("key", SMALL)
def test_a_key_of_small_order_signs_nothing(key: str) -> None:
    for r in SMALL:
        assert not verify.is_signed(bytes.fromhex(key), "x", bytes.fromhex(r) + bytes(32))


def test_a_signature_has_one_form(made: Made) -> None:
    note = verify.read_note(made.proof["heads"][-1])
    public = made.secret.public_key().public_bytes_raw()
    assert verify.is_signed(public, note.text, note.signature)
    s = int.from_bytes(note.signature[32:], "little")
    for other in (s + verify.L, s - verify.L, verify.L - s):
        if 0 <= other < 2**256:
            assert not verify.is_signed(public, note.text, note.signature[:32] + other.to_bytes(32, "little"))
    assert not verify.is_signed(public, note.text, note.signature + b"\0")


@pytest.mark.parametrize("more", ["\u2014 other AAAA\n", "approved by the court\n", " \u200b"])
def test_nothing_stands_behind_a_signature(made: Made, tmp_path: Path, more: str) -> None:
    files = made.files | {"manifest.sig": made.files["manifest.sig"] + more.encode()}
    assert check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)[0] == 1


def test_a_head_in_another_logs_name_is_none_of_this_one(made: Made, tmp_path: Path) -> None:
    files = dict(made.files)
    text = read_note(made.proof["heads"][-1])[0].replace(made.proof["origin"], "kefuflow/other")
    proof(lambda data: data["heads"].insert(0, made.sign(text)))(files)
    made.signed_anew(files)
    assert check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)[0] == 1


@pytest.fixture
def desk(sealed_shop: Path, tmp_path: Path) -> Iterator[ShopDesk]:
    desk = copy_of(sealed_shop, tmp_path / "own")
    yield desk
    desk.db.close()


def test_after_a_change_of_keys_old_heads_and_the_old_key_are_good_and_a_strangers_key_is_not(
    desk: ShopDesk, made: Made, tmp_path: Path
) -> None:
    with desk.db.read() as connection:
        (tmp_path / "old.txt").write_text(audit.list_heads(connection)[0].note, "utf-8")
    admin = Actor(id="admin", name="管理员", groups=frozenset({"admin"}))
    new = audit.rotate(desk.db, audit.key_file(desk.db), admin, desk.clock.now())
    path = make(desk, CASE, tmp_path / "later.zip")
    for key in (made.key, verifier_key(made.proof["origin"], new.public)):
        code, said = check(path, "--key", key, "--heads", str(tmp_path / "old.txt"))
        assert code == 0, said
    stranger = verifier_key(made.proof["origin"], Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    assert check(path, "--key", stranger)[0] == 1


def test_an_old_key_does_not_vouch_for_one_that_it_has_not_named(made: Made, tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    origin, said = made.proof["origin"], base64.b64encode(other.public_key().public_bytes_raw()).decode()
    hash_ = key_hash(origin, other.public_key().public_bytes_raw())
    text = f"{origin}\nkey 2\n{said}\n2026-01-01T00:00:00Z\n"
    note = sign_text(text, origin, hash_, other.sign(text.encode()))
    files = dict(made.files)
    proof(lambda data: data["keys"].append({"number": 2, "public": said, "note": note}))(files)
    Made(files=files, secret=other, key="").signed_anew(files)
    assert check(packed([*files.items()], tmp_path / "x.zip"), "--key", made.key)[0] == 1


# --- personal data in masked files -----------------------------------------------------------------------


def test_a_masked_file_tells_no_telephone_that_somebody_wrote_into_a_text(desk: ShopDesk, tmp_path: Path) -> None:
    number = "13912345678"
    told = {**START, "description": f"请打{number}<script>alert(1)</script>", "remarks": [{"text": f"或 {number}"}]}
    case = desk.runtime.start("p10_courier_query", told, COURIER).instance_key
    path = make(desk, str(case), tmp_path / "x.zip")
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            text = file.read(name).decode("utf-8", "replace")
            assert number not in text, name
        page = file.read("index.html").decode()
    assert "<script" not in page
    code, said = check(path)
    assert code == 0, said


# --- the database ----------------------------------------------------------------------------------------


def test_a_guard_that_does_nothing_is_told_of(sealed: Sealed) -> None:
    connection = sqlite3.connect(sealed.desk.db.file)
    with connection:
        connection.execute("DROP TRIGGER history_event_no_update")
        connection.execute("CREATE TRIGGER history_event_no_update BEFORE UPDATE ON history_event BEGIN SELECT 1; END")
    connection.close()
    assert [flaw.kind for flaw in sealed.verify().flaws] == [FlawKind.GUARD_MISSING]


#: A row of another type than ours, or one that points to nothing.
BY_SQL = (
    "UPDATE history_event SET element = CAST('x' AS BLOB) WHERE stream = 1 AND seq = 2",
    "UPDATE history_event SET actor = 7 WHERE stream = 1 AND seq = 2",
    "UPDATE history_event SET at = 'x' WHERE stream = 1 AND seq = 2",
    "UPDATE history_event SET at = at + 0.5 WHERE stream = 1 AND seq = 2",
    "UPDATE history_event SET hash = hex(hash) WHERE stream = 1 AND seq = 2",
    "UPDATE history_event SET commitment = 'x' WHERE stream = 1 AND seq = 2",
    "UPDATE history_value SET seed = 'x' WHERE stream = 1 AND revision = 1",
    "UPDATE history_value SET \"values\" = 'x' WHERE stream = 1 AND revision = 1",
    "UPDATE history_value SET core_events = -1 WHERE stream = 1 AND revision = 1",
    "UPDATE history_value SET core_events = 9223372036854775807 WHERE stream = 1 AND revision = 1",
    "INSERT INTO log_leaf SELECT max(n) + 1, 999, 1, zeroblob(32) FROM log_leaf",
    "INSERT INTO log_leaf SELECT max(n) + 1, -5, 1, zeroblob(32) FROM log_leaf",
    "INSERT INTO log_leaf SELECT 1000, stream, seq, hash FROM log_leaf WHERE n = 0",
    "INSERT INTO log_node VALUES (63, 0, zeroblob(32))",
    "INSERT INTO tree_head SELECT 0, zeroblob(32), at, key, note FROM tree_head LIMIT 1",
    "INSERT INTO tree_head SELECT size + 1000, root, at, key, note FROM tree_head LIMIT 1",
    "UPDATE tree_head SET note = note || note",
    "UPDATE tree_head SET note = replace(note, char(10), char(13) || char(10) || char(10))",
    "UPDATE tree_head SET key = 99",
    "UPDATE signing_key SET note = 'x'",
    "UPDATE installation SET value = 'x' WHERE name = 'log_origin'",
    "DELETE FROM installation WHERE name = 'log_origin'",
)


@pytest.mark.parametrize("attack", BY_SQL)
def test_rows_of_odd_types_and_of_nothing_are_named_and_stop_nobody(sealed: Sealed, attack: str) -> None:
    tamper(sealed.desk.db, attack)
    found = sealed.verify()
    assert not found.whole
    assert all(flaw.sentence and flaw.sentence_en for flaw in found.flaws)


def test_a_text_that_is_a_blobs_base64_is_not_the_blob(sealed: Sealed) -> None:
    anna = Actor(id="anna", name="安娜", groups=frozenset({"aftersales"}))
    sealed.desk.runtime.start("p10_courier_query", START, anna)
    assert sealed.verify().whole
    tamper(sealed.desk.db, f"UPDATE history_event SET actor = x'{base64.b64decode('anna').hex()}' WHERE actor = 'anna'")
    assert sealed.verify().flaws[0].kind == FlawKind.ROW_CHANGED


def test_many_heads_from_elsewhere_take_no_longer_than_one(sealed: Sealed) -> None:
    found = audit.verify(sealed.desk.db, heads=[sealed.head] * 2000, public=sealed.public)
    assert found.whole
    assert seal(sealed.desk) is not None


def test_a_case_that_goes_on_while_its_file_is_made_is_read_again(
    desk: ShopDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed_before, tasks = audit.seal, [1]
    case = desk.inquire()
    (task,) = desk.column("SELECT id FROM user_task WHERE instance = :key AND status = 'open'", key=case)

    def seal_then_go_on(*given: Any) -> Any:
        head = sealed_before(*given)
        if tasks:
            tasks.pop()
            desk.runtime.claim(int(str(task)), COURIER)
        return head

    monkeypatch.setattr(audit, "seal", seal_then_go_on)
    code, said = check(make(desk, str(case), tmp_path / "x.zip"))
    assert not tasks
    assert code == 0, said


def test_a_key_kept_elsewhere_finds_who_signed_everything_anew_without_any_head(sealed: Sealed) -> None:
    assert audit.verify(sealed.desk.db, public=sealed.public).whole
    with Attacker(sealed.desk.db) as attacker:
        attacker.sign_with_own_key()
    assert sealed.verify().whole
    (flaw,) = audit.verify(sealed.desk.db, public=sealed.public).flaws
    assert flaw.kind == FlawKind.HEAD_UNSIGNED


def test_the_record_knows_an_old_key_and_old_heads_after_a_change_of_keys(sealed: Sealed) -> None:
    db, now = sealed.desk.db, sealed.desk.clock.now()
    new = audit.rotate(db, audit.key_file(db), Actor(id="admin", groups=frozenset({"admin"})), now)
    later = seal(sealed.desk)
    assert later is not None
    for public in (sealed.public, new.public):
        assert audit.verify(db, heads=[sealed.head, later.signed], public=public).whole
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert not audit.verify(db, heads=[sealed.head], public=stranger).whole


def test_values_do_not_go_under_the_name_of_retention(sealed: Sealed) -> None:
    """No trigger keeps anybody from it: the system's record does not know of it."""
    connection = sqlite3.connect(sealed.desk.db.file)
    with connection:
        connection.execute("INSERT INTO history_redaction VALUES (1, 0, 'system', 'P730D')")
        connection.execute("DELETE FROM history_value WHERE stream = 1")
        connection.execute("INSERT INTO history_kept VALUES (1, 1, 0, CAST('{\"approved\":true}' AS BLOB), NULL)")
    connection.close()
    flaw = sealed.verify().flaws[0]
    assert (flaw.kind, flaw.stream, flaw.seq) == (FlawKind.VALUES_MISSING, 1, 1)
