"""Codes by time: the vectors of the standards, and which code is taken when."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import totp
from tests.each import each

#: Of both standards.
SECRET = b"12345678901234567890"
#: Of RFC 4226, by counter.
CODES = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
NOW = int(datetime(2026, 1, 2, 1, 0, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code(SECRET, totp.step_at(seconds), digits=8) == code
    assert totp.code(SECRET, totp.step_at(seconds)) == code[2:]


@each(
    ("counter", "code"),
    list(enumerate(CODES)),
)
def test_the_vectors_of_rfc_4226(counter: int, code: str) -> None:
    assert totp.code(SECRET, counter) == code


@pytest.mark.parametrize(("off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(off: int, taken: bool) -> None:
    step = totp.step_at(NOW) + off
    found = totp.matching_step(SECRET, totp.code(SECRET, step), seconds=NOW, after=0)
    assert found == (step if taken else None)


def test_a_code_is_taken_once_and_none_before_it() -> None:
    step = totp.step_at(NOW)
    for earlier in (step, step - 1):
        assert totp.matching_step(SECRET, totp.code(SECRET, earlier), seconds=NOW, after=step) is None
    assert totp.matching_step(SECRET, totp.code(SECRET, step + 1), seconds=NOW, after=step) == step + 1


def test_spaces_do_not_matter() -> None:
    code = totp.code(SECRET, totp.step_at(NOW))
    assert totp.matching_step(SECRET, f" {code[:3]} {code[3:]}\n", seconds=NOW, after=0) is not None


@given(st.text(max_size=12), st.integers(0, 2**33))
def test_whatever_is_typed_is_a_code_or_none(typed: str, seconds: int) -> None:
    step = totp.matching_step(SECRET, typed, seconds=seconds, after=0)
    assert step is None or totp.code(SECRET, step) == "".join(typed.split())


@given(st.binary(min_size=20, max_size=20), st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_an_app_reads_secret_issuer_and_account_from_the_address(secret: bytes, issuer: str, account: str) -> None:
    split = urlsplit(totp.uri(secret, issuer=issuer, account=account))
    assert (split.scheme, split.netloc) == ("otpauth", "totp")
    asked = parse_qs(split.query, keep_blank_values=True)
    assert asked == {"secret": [totp.secret_text(secret).replace(" ", "")], "issuer": [issuer]}
    assert [unquote(part) for part in split.path[1:].split(":")] == [issuer, account]


def test_the_secret_is_read_in_groups_of_four() -> None:
    assert totp.secret_text(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
