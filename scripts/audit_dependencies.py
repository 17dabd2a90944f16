"""Holds the dependencies to what we promise: pinned by hash, free to ship, without known holes where one can ask.

Whether a version has a known vulnerability is asked of an OSV service (https://osv.dev); out of its reach that is said
in one line and everything else still counts.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import tomllib
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
SERVICE: Final = "https://api.osv.dev/v1/querybatch"
#: So long an answer is waited for; `make check` is run often.
SECONDS: Final = 1.5
#: Licences under which what we ship may be used by a shop that keeps its own code to itself.
ALLOWED: Final = frozenset({
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0", "ISC", "LGPL-3.0", "MIT", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Unlicense", "ZPL-2.1",
})  # fmt: skip
#: Tools of our tests that are never shipped may be used under others.
TEST_TOOLS: Final = frozenset({"pm4py"})
#: bpmn.io's licence is MIT with a condition that the pages keep (its mark stays where it is).
BPMN_IO: Final = frozenset({"bpmn-js", "dmn-js", "@bpmn-io/form-js", "bpmn-js-differ", "bpmn-js-token-simulation"})
#: How packages that name no SPDX expression call their licences.
_SPELT: Final[tuple[tuple[str, str], ...]] = (
    (r"AGPL|Affero", "AGPL-3.0"),
    (r"LGPL|Lesser General Public", "LGPL-3.0"),
    (r"GPL|General Public", "GPL"),
    (r"Apache", "Apache-2.0"),
    (r"BSD", "BSD"),
    (r"\bMIT\b", "MIT"),
    (r"Mozilla|MPL", "MPL-2.0"),
    (r"ZPL|Zope", "ZPL-2.1"),
    (r"Python Software Foundation|PSF", "PSF-2.0"),
    (r"\bISC\b", "ISC"),
)
_PIN: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.M | re.S)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Pin:
    """A package at a version."""

    ecosystem: str
    name: str
    version: str


def normal(name: str) -> str:
    """A Python package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> dict[str, Pin]:
    """What a requirements lock pins, by normal name."""
    return {
        normal(name): Pin("PyPI", normal(name), version) for name, version, _ in _PIN.findall(_without_remarks(lock))
    }


def problems_of_lock(file: str, lock: str, wanted: Iterable[str]) -> Iterator[str]:
    """What is wrong with a requirements lock: a direct dependency missing, a pin without a hash, an address.

    Args:
        file: its name, for the sentences.
        lock: its text.
        wanted: requirements that must be pinned in it, as pyproject.toml writes them.
    """
    text = _without_remarks(lock)
    known = pins(lock)
    for requirement in wanted:
        name = _name_of(requirement)
        if normal(name) not in known:
            yield f"{file}: {name} is not pinned; run `make lock`."
    for name, version, rest in _PIN.findall(text):
        if not _HASH.search(rest):
            yield f"{file}: {name}=={version} has no hash."
    for line in text.splitlines():
        if "://" in line or re.match(r"\s*(?:-e|-f|-i|--(?:editable|index|extra-index|find-links|trusted))", line):
            yield f"{file}: names an address: {line.strip()}"
        elif re.match(r"[A-Za-z0-9]", line) and not re.match(r"[A-Za-z0-9._-]+(?:\[[^\]]*\])?==", line):
            yield f"{file}: is no pin: {line.strip()}"


def problems_of_npm(file: str, lock: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with package-lock.json: a package without a strong hash, an address, a licence of a direct one."""
    packages: Mapping[str, Mapping[str, Any]] = lock.get("packages", {})
    if not packages:
        yield f"{file}: has no packages."
    for place, package in packages.items():
        if place and not str(package.get("integrity", "")).startswith("sha512-"):
            yield f"{file}: {place} has no sha512 integrity."
        if "resolved" in package or "://" in str(package.get("version", "")):
            yield f"{file}: {place} names an address."
    root = packages.get("", {})
    for name in {**root.get("dependencies", {}), **root.get("devDependencies", {})}:
        said = str(packages.get(f"node_modules/{name}", {}).get("license", "none"))
        of_bpmn_io = name in BPMN_IO and said.startswith("SEE LICENSE")
        if not of_bpmn_io and not allowed(said):
            yield f"{file}: {name} is under a licence that is not on our list: {said}"


def allowed(expression: str) -> bool:
    """Whether an SPDX expression can be met with licences on the list: all parts of an AND, one of an OR."""
    bare = expression.strip("() ")
    if " OR " in bare:
        return any(allowed(part) for part in bare.split(" OR "))
    return all(re.sub(r"-only$|-or-later$", "", part.strip("() ")) in ALLOWED for part in bare.split(" AND "))


def licence_of(package: str) -> str:
    """The licence of an installed package as an SPDX expression, as far as its metadata say; else what they say.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    told = metadata(package)
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [one.split("::")[-1] for one in told.get_all("Classifier") or () if one.startswith("License")]
    texts = [text for text in (*classifiers, str(told.get("License") or "").partition("\n")[0]) if text.strip()]
    found = dict.fromkeys(spdx for text in texts for spdx in _spelt(text))
    return " AND ".join(found) or "none"


def _spelt(text: str) -> Iterator[str]:
    for pattern, spdx in _SPELT:
        if re.search(pattern, text, re.IGNORECASE):
            yield spdx
            return


def problems_of_licences(requirements: Iterable[str]) -> Iterator[str]:
    """Direct dependencies whose licence is not on the list, or that are not installed."""
    for requirement in requirements:
        name = _name_of(requirement)
        try:
            licence = licence_of(name)
        except PackageNotFoundError:
            yield f"{name} is not installed; run `make setup`."
            continue
        if name not in TEST_TOOLS and not allowed(licence):
            yield f"{name} is under a licence that is not on our list: {licence}"


def known_vulnerabilities(wanted: list[Pin], service: str, seconds: float = SECONDS) -> list[str] | None:
    """A sentence for each pin with known vulnerabilities; None when the service cannot be asked.

    Args:
        wanted: what to ask about.
        service: address of an OSV service's ``querybatch``.
        seconds: how long to wait altogether, the name server included.
    """
    answer: list[list[str]] = []
    asking = threading.Thread(target=_ask, args=(wanted, service, seconds, answer), daemon=True)
    asking.start()
    asking.join(seconds)
    return answer[0] if answer else None


def _ask(wanted: list[Pin], service: str, seconds: float, answer: list[list[str]]) -> None:
    queries = [{"package": {"name": pin.name, "ecosystem": pin.ecosystem}, "version": pin.version} for pin in wanted]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(service, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            results = json.load(response)["results"]
        if len(results) == len(wanted):
            answer.append([said for pin, result in zip(wanted, results, strict=True) for said in _said(pin, result)])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return


def _said(pin: Pin, result: Mapping[str, Any]) -> Iterator[str]:
    ids = sorted(str(one["id"]) for one in result.get("vulns") or ())
    if ids:
        yield f"{pin.name} {pin.version} has known vulnerabilities: {', '.join(ids)}"


def _name_of(requirement: str) -> str:
    found = _NAME.match(requirement)
    if found is None:
        raise ValueError(f"no requirement: {requirement}")
    return found[0]


def _without_remarks(lock: str) -> str:
    return re.sub(r"^\s*#.*\n?|\s#.*$", "", lock, flags=re.M)


def main(argv: list[str] | None = None) -> int:
    """Say what is wrong; 1 when anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--service", default=SERVICE, help="address of an OSV service's querybatch")
    given = parser.parse_args(argv)
    root: Path = given.root
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shipped: list[str] = project["dependencies"]
    tools: list[str] = project["optional-dependencies"]["dev"]
    locks = {path.name: path.read_text(encoding="utf-8") for path in sorted(root.glob("requirements*.lock"))}
    npm = json.loads((root / "web/assets/package-lock.json").read_text(encoding="utf-8"))
    wanted = {"requirements.lock": shipped, "requirements-dev.lock": [*shipped, *tools]}
    found = [f"{name} is missing; run `make lock`." for name in wanted if name not in locks]
    for name, text in locks.items():
        found += problems_of_lock(name, text, wanted.get(name, ()))
    found += problems_of_npm("package-lock.json", npm)
    if (bench := root / "bench/node/package-lock.json").exists():
        found += problems_of_npm("bench/node/package-lock.json", json.loads(bench.read_text(encoding="utf-8")))
    found += problems_of_licences([*shipped, *tools])
    asked = [*pins(locks.get("requirements.lock", "")).values(), *_npm_pins(npm)]
    vulnerabilities = known_vulnerabilities(asked, given.service)
    for said in [*found, *(vulnerabilities or ())]:
        print(said, file=sys.stderr)
    if vulnerabilities is None:
        print(f"{len(asked)} packages are pinned by hash; nobody could be asked for known vulnerabilities of theirs")
    elif not found and not vulnerabilities:
        print(f"{len(asked)} packages are pinned by hash and have no known vulnerabilities")
    return 1 if found or vulnerabilities else 0


def _npm_pins(lock: Mapping[str, Any]) -> Iterator[Pin]:
    for place, package in lock.get("packages", {}).items():
        if place:
            yield Pin("npm", place.rpartition("node_modules/")[2], str(package.get("version", "")))


if __name__ == "__main__":
    sys.exit(main())
