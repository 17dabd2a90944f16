"""A case file is read by a stranger: the verifier runs in an empty environment, on a good file and on forged ones."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import audit, casefile
from engine.casefile import verify
from engine.errors import InvalidValue, NotAllowed, NotFound
from engine.history.checkpoint import key_hash, read_note, sign_text, verifier_key
from engine.model import SYSTEM, Actor
from engine.queries import Queries
from tests.engine.audit.attacker import Attacker
from tests.engine.audit.conftest import CASE, copy_of, seal
from tests.engine.audit.conftest import sealed_shop as sealed_shop
from tests.engine.audit.test_verification import in_somebody_elses_name
from tests.engine.shop_desk import START, ShopDesk

AUDITOR = Actor(id="zheng", name="郑审计", groups=frozenset({"auditor"}))
MANAGER = Actor(id="zhao", name="赵经理", groups=frozenset({"dept_manager"}))
SECRETS = (str(START["receiver_phone"]), "西湖区", "张三")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which nothing is installed."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A case file in a stranger's hands."""

    python: Path
    path: Path
    #: As the auditor published it.
    key: str
    head: str

    def check(self, *options: str) -> tuple[int, str]:
        """What the verifier says of the unpacked file."""
        folder = self.path.with_suffix("")
        if not folder.exists():
            with zipfile.ZipFile(self.path) as file:
                file.extractall(folder)
        return self.check_folder(folder, *options)

    def check_folder(self, folder: Path, *options: str) -> tuple[int, str]:
        command = [str(self.python), "-I", str(folder / "verify.py"), *options]
        environment = {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
        found = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
        assert not found.stderr, found.stderr
        return found.returncode, found.stdout

    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.path) as file:
            return {name: file.read(name) for name in file.namelist()}

    def forged(self, change: Callable[[dict[str, bytes]], None]) -> Path:
        """A folder with the files as somebody changed them."""
        files = self.files()
        change(files)
        folder = self.path.parent / "forged"
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return folder


def make(desk: ShopDesk, actor: Actor, case_id: str, path: Path, *, unmasked: bool = False) -> casefile.CaseFile:
    signer = audit.Signer(audit.key_file(desk.db))
    queries = Queries(desk.db, desk.definitions, desk.clock)
    made = casefile.make(
        desk.db, desk.definitions, queries, signer, actor, case_id,
        at=desk.clock.now(), reason="平台介入,举证", unmasked=unmasked,
    )  # fmt: skip
    with made.content:
        path.write_bytes(made.content.read())
    assert sha256(path.read_bytes()).hexdigest() == made.sha256
    assert path.stat().st_size == made.size
    return made


@pytest.fixture(scope="session")
def shop(sealed_shop: Path, stranger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which an auditor has made a case file."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    desk = copy_of(sealed_shop, folder)
    make(desk, AUDITOR, CASE, folder / "file.zip")
    desk.db.close()
    return folder


@pytest.fixture
def own(shop: Path, tmp_path: Path) -> Iterator[ShopDesk]:
    """The shop's database, to do something with."""
    desk = copy_of(shop, tmp_path / "shop")
    yield desk
    desk.db.close()


@pytest.fixture
def given(shop: Path, own: ShopDesk, stranger: Path, tmp_path: Path) -> Given:
    shutil.copy(shop / "file.zip", tmp_path / "file.zip")
    with own.db.read() as connection:
        newest = audit.list_keys(connection)[-1]
        key = verifier_key(audit.origin_of(connection) or "", newest.public)
        head = audit.list_heads(connection)[-1].note
    return Given(python=stranger, path=tmp_path / "file.zip", key=key, head=head)


def test_a_stranger_checks_a_good_file(given: Given) -> None:
    code, said = given.check("--key", given.key)
    assert code == 0, said
    assert "案卷完整" in said
    assert "[FAIL]" not in said
    for process in ("p10_courier_query", "p07_delivery", "s02_payout"):
        assert f"{process} v1 的图、表单和决策表就是当时生效的" in said
    assert said.count("条事件相连") == 3


def test_a_case_that_went_over_to_another_version_holds_both(own: ShopDesk, stranger: Path, tmp_path: Path) -> None:
    key = own.inquire()
    own.definitions.refresh()
    before = own.definitions.latest("p10_courier_query")
    text = before.xml.decode().replace('name="查询物流状态"', 'name="查物流"')
    own.definitions.deploy({"p10_courier_query.bpmn": text.encode()}, SYSTEM)
    target = own.definitions.latest("p10_courier_query")
    own.runtime.migrate(key, target.key, SYSTEM, mapping={}, reason="名称更短")
    seal(own)
    make(own, AUDITOR, str(key), tmp_path / "moved.zip")
    code, said = Given(python=stranger, path=tmp_path / "moved.zip", key="", head="").check()
    assert code == 0, said
    for version in (before.version, target.version):
        assert f"p10_courier_query v{version} 的图、表单和决策表就是当时生效的" in said
    assert "名称更短" in zipfile.ZipFile(tmp_path / "moved.zip").read("index.html").decode()


def test_without_a_key_of_ones_own_the_verifier_says_where_it_took_it_from(given: Given) -> None:
    code, said = given.check()
    assert code == 0
    assert "公钥取自案卷本身" in said
    assert given.key.split("+", 2)[2] not in said  # that one has the algorithm's byte before it
    assert base64.b64encode(base64.b64decode(given.key.split("+", 2)[2])[1:]).decode() in said


def test_it_is_checked_as_it_comes_without_unpacking(given: Given, tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_bytes(given.files()["verify.py"])
    code, said = given.check_folder(tmp_path, str(given.path), "--key", given.key)
    assert code == 0, said


def test_a_head_kept_elsewhere_fits_and_a_strangers_does_not(given: Given, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(given.head, "utf-8")
    code, said = given.check("--key", given.key, "--heads", str(kept))
    assert code == 0, said
    assert "您保存的" in said
    other = given.head.splitlines()
    other[2] = base64.b64encode(bytes(32)).decode()
    kept.write_text("\n".join(other) + "\n", "utf-8")
    code, said = given.check("--key", given.key, "--heads", str(kept))
    assert code == 1


def test_a_later_head_fits_with_the_proof_that_the_command_line_prints(
    own: ShopDesk, given: Given, tmp_path: Path
) -> None:
    own.inquire()
    later = audit.seal(own.db, audit.Signer(audit.key_file(own.db)), own.clock.now())
    assert later is not None
    kept, proof = tmp_path / "kept.txt", tmp_path / "proof.json"
    kept.write_text(later.note, "utf-8")
    code, said = given.check("--key", given.key, "--heads", str(kept))
    assert code == 1
    newest = json.loads(given.files()["proof.json"])["heads"][-1]
    size = int(newest.split("\n")[1])
    with own.db.read() as connection:
        shown = audit.prove_consistency(connection, size, later.size)
    path = [base64.b64encode(hash_).decode() for hash_ in shown.path]
    proof.write_text(json.dumps({"old": newest, "new": later.note, "proof": path}), "utf-8")
    code, said = given.check("--key", given.key, "--heads", str(kept), "--prove", str(proof))
    assert code == 0, said


# --- forgeries -----------------------------------------------------------------------------------


def edit(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def done(files: dict[str, bytes]) -> None:
        (found,) = [one for one in files if one.startswith(name)][:1]
        changed = change(files[found])
        assert changed != files[found], name
        files[found] = changed

    return done


def listed_anew(change: Callable[[dict[str, bytes]], None]) -> Callable[[dict[str, bytes]], None]:
    """The list of files fits again; it is signed by nobody."""

    def done(files: dict[str, bytes]) -> None:
        change(files)
        listing = json.loads(files["manifest.json"])
        listing["files"] = {
            name: sha256(content).hexdigest()
            for name, content in files.items()
            if name not in ("manifest.json", "manifest.sig")
        }
        files["manifest.json"] = json.dumps(listing, ensure_ascii=False).encode()

    return done


def signed_anew(change: Callable[[dict[str, bytes]], None]) -> Callable[[dict[str, bytes]], None]:
    """And it is signed with a key of the forger's, who puts it in the place of ours."""

    def done(files: dict[str, bytes]) -> None:
        secret = Ed25519PrivateKey.generate()
        public = secret.public_key().public_bytes_raw()
        proof = json.loads(files["proof.json"])
        origin = proof["origin"]

        def sign(text: str) -> str:
            return sign_text(text, origin, key_hash(origin, public), secret.sign(text.encode()))

        said = base64.b64encode(public).decode()
        proof["keys"] = [
            {"number": 1, "public": said, "note": sign(f"{origin}\nkey 1\n{said}\n2026-01-01T00:00:00Z\n")}
        ]
        proof["heads"] = [sign(read_note(note)[0]) for note in proof["heads"]]
        files["proof.json"] = json.dumps(proof).encode()
        listed_anew(change)(files)
        text = read_note(files["manifest.sig"].decode())[0].split("\n")
        text[2] = base64.b64encode(sha256(files["manifest.json"]).digest()).decode()
        files["manifest.sig"] = sign("\n".join(text)).encode()

    return done


def reason(text: bytes) -> bytes:
    return text.replace("积压".encode(), "丢失".encode())


FORGERIES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a value": edit("history/1.json", reason),
    "an actor": edit("history/1.json", lambda data: data.replace(b'"li"', b'"xi"', 1)),
    "the page": edit("index.html", reason),
    "a diagram": edit("diagrams/", lambda data: data + b"<!-- -->"),
    "a form": edit("definitions/", lambda data: data + b" "),
    "a verifier's rule": edit("verify.py", lambda data: data.replace(b"return 1 if file.bad else 0", b"return 0")),
    "the list": edit("manifest.json", lambda data: data.replace(b'"unmasked": false', b'"unmasked": true')),
    "the signature": edit("manifest.sig", lambda data: data[:-6] + b"AAAA=\n"),
    "a head": edit("proof.json", lambda data: data.replace(b"kefuflow/", b"kefufl0w/", 1)),
    "an added file": lambda files: files.update({"more.txt": b"x"}),
    "a missing file": lambda files: files.pop("history/1.json") and None,
    "an empty file": edit("proof.json", lambda data: b""),
    "no proof": edit("proof.json", lambda data: b"{}"),
}


@pytest.mark.parametrize("forgery", sorted(set(FORGERIES) - {"a verifier's rule"}))
def test_what_somebody_changed_is_found(given: Given, forgery: str) -> None:
    code, said = given.check_folder(given.forged(FORGERIES[forgery]), "--key", given.key)
    assert code == 1, said
    assert "[FAIL]" in said


@pytest.mark.parametrize("forgery", ["a value", "an actor", "a form"])
def test_who_lists_the_files_anew_is_found_by_the_signature_and_by_the_chain(given: Given, forgery: str) -> None:
    code, said = given.check_folder(given.forged(listed_anew(FORGERIES[forgery])), "--key", given.key)
    assert code == 1
    assert said.count("[FAIL]") >= 2


@pytest.mark.parametrize("forgery", ["a value", "an actor", "a form"])
def test_who_signs_anew_with_an_own_key_is_found_by_the_chain_alone(given: Given, forgery: str) -> None:
    folder = given.forged(signed_anew(FORGERIES[forgery]))
    code, said = given.check_folder(folder)
    assert code == 1, said
    code, said = given.check_folder(folder, "--key", given.key)
    assert code == 1
    assert "[FAIL] 文件清单的签名有效" in said


def test_a_whole_forged_record_is_found_by_the_key_and_by_a_kept_head(
    own: ShopDesk, given: Given, tmp_path: Path
) -> None:
    """The shop itself rewrites its database and signs with a new key: what lies elsewhere tells."""
    with Attacker(own.db) as attacker:
        attacker.rewrite_stream(1, in_somebody_elses_name)
        attacker.rewrite_log()
        attacker.sign_with_own_key()
    audit.key_file(own.db).unlink()
    forged = Given(python=given.python, path=tmp_path / "other.zip", key=given.key, head=given.head)
    make(own, AUDITOR, CASE, forged.path)
    code, _ = forged.check("--key", given.key)
    assert code == 1
    kept = tmp_path / "kept.txt"
    kept.write_text(given.head, "utf-8")
    code, _ = forged.check("--heads", str(kept))
    assert code == 1


# --- what is in it -------------------------------------------------------------------------------


def test_an_auditors_file_has_no_personal_data_and_says_so(given: Given) -> None:
    for name, content in given.files().items():
        for secret in SECRETS:
            assert secret.encode() not in content, (name, secret)
            assert json.dumps(secret).strip('"').encode() not in content, (name, secret)
    assert "已打码" in given.files()["index.html"].decode()


def test_who_may_see_personal_data_takes_them_along_with_a_reason_and_all_values_are_proved(
    own: ShopDesk, stranger: Path, tmp_path: Path
) -> None:
    path = tmp_path / "full.zip"
    make(own, MANAGER, CASE, path, unmasked=True)
    full = Given(python=stranger, path=path, key="", head="")
    code, said = full.check()
    assert code == 0, said
    assert said.count("0 个打码") == 3
    text = b"".join(full.files().values()).decode("utf-8", "replace")
    assert all(secret in text for secret in SECRETS)


@pytest.mark.parametrize("group", ["aftersales", "presales", "supervisor", "warehouse", "finance", "admin"])
def test_nobody_else_takes_a_case_file(desk: ShopDesk, tmp_path: Path, group: str) -> None:
    key = desk.inquire()
    with pytest.raises((NotAllowed, NotFound)):
        make(desk, Actor(id="x", groups=frozenset({group})), str(key), tmp_path / "x.zip")
    with pytest.raises(NotAllowed):
        make(desk, AUDITOR, str(key), tmp_path / "x.zip", unmasked=True)
    assert desk.column("SELECT count(*) FROM history_event WHERE kind = 'case_file.made'") == [0]


def test_there_is_no_file_of_an_unknown_case_or_without_a_reason(desk: ShopDesk, tmp_path: Path) -> None:
    key = desk.inquire()
    with pytest.raises(NotFound):
        make(desk, AUDITOR, "4711", tmp_path / "x.zip")
    signer, queries = audit.Signer(audit.key_file(desk.db)), Queries(desk.db, desk.definitions, desk.clock)
    with pytest.raises(InvalidValue):
        casefile.make(desk.db, desk.definitions, queries, signer, AUDITOR, str(key), at=desk.clock.now(), reason=" ")


def test_it_stands_in_the_systems_history_who_took_which_file(desk: ShopDesk, tmp_path: Path) -> None:
    key = desk.inquire()
    made = make(desk, AUDITOR, str(key), tmp_path / "x.zip")
    (value,) = desk.column(
        'SELECT CAST(v."values" AS TEXT) FROM history_event e JOIN history_value v USING (stream, revision)'
        " WHERE e.kind = 'case_file.made' AND e.actor = 'zheng'"
    )
    assert made.sha256 in str(value)
    assert "平台介入" in str(value)


def test_a_running_case_has_a_file_too(desk: ShopDesk, stranger: Path, tmp_path: Path) -> None:
    key = desk.inquire()
    make(desk, AUDITOR, str(key), tmp_path / "x.zip")
    code, said = Given(python=stranger, path=tmp_path / "x.zip", key="", head="").check()
    assert code == 0, said


class Page(HTMLParser):
    """Ids, links and sources of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.add(str(value))
            if name in ("href", "src"):
                self.links.add(str(value))


def test_the_page_leads_to_every_file_and_event_and_nowhere_else(given: Given) -> None:
    files = given.files()
    page = Page(files["index.html"].decode())
    assert not page.tags & {"script", "iframe", "link", "object", "form"}
    for link in page.links:
        assert link.removeprefix("#") in page.ids if link.startswith("#") else link in files, link
    assert {name for name in files if name.startswith("diagrams/")} <= page.links


def test_the_verifiers_arithmetic_is_that_of_a_library() -> None:
    for number in range(20):
        secret = Ed25519PrivateKey.generate()
        public, text = secret.public_key().public_bytes_raw(), f"第{number}条"
        signature = secret.sign(text.encode())
        assert verify.is_signed(public, text, signature)
        assert not verify.is_signed(public, text + "x", signature)
        bad = bytearray(signature)
        bad[number * 3] ^= 1
        assert not verify.is_signed(public, text, bytes(bad))
        assert not verify.is_signed(Ed25519PrivateKey.generate().public_key().public_bytes_raw(), text, signature)
    assert not verify.is_signed(bytes(32), "x", bytes(64))
    assert not verify.is_signed(b"", "x", b"")
    assert not verify.is_signed(b"\xff" * 32, "x", b"\xff" * 64)
