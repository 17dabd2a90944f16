"""Settings are known and well formed, or nothing starts; the key of sessions is made once and kept to itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.config import Settings, secret_beside
from engine.errors import ConfigurationError
from tests.each import each


def test_without_settings_there_are_defaults() -> None:
    assert Settings.from_env({"PATH": "/bin"}) == Settings()


def test_settings_are_read_from_the_environment() -> None:
    found = Settings.from_env(
        {"KEFUFLOW_DATABASE_URL": "sqlite:///x.db", "KEFUFLOW_OUTBOX_DIR": "out", "KEFUFLOW_POLL_SECONDS": "60"}
    )
    assert (found.database_url, found.outbox_dir, found.poll_seconds) == ("sqlite:///x.db", Path("out"), 60)


def test_a_misspelt_setting_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"KEFUFLOW_DATABASE\b.*known:.*DATABASE_URL"):
        Settings.from_env({"KEFUFLOW_DATABASE": "sqlite:///x.db"})


@each("value", ["", "0", "3601", "5.0", "-1", "5s", "５", " 5"])
def test_a_malformed_interval_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="POLL_SECONDS"):
        Settings.from_env({"KEFUFLOW_POLL_SECONDS": value})


def test_the_log_is_json_or_text_and_nothing_else() -> None:
    assert Settings.from_env({}).log_format is None
    assert Settings.from_env({"KEFUFLOW_LOG_FORMAT": "json"}).log_format == "json"
    for value in ("", "JSON", "xml", " text"):
        with pytest.raises(ConfigurationError, match="LOG_FORMAT"):
            Settings.from_env({"KEFUFLOW_LOG_FORMAT": value})


@pytest.mark.parametrize("value", ["short", "x" * 15, "x" * 257, "x" * 16 + " ", "x" * 16 + "\n", "密" * 20])
def test_a_token_that_is_easily_guessed_or_fits_no_header_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ConfigurationError, match="METRICS_TOKEN") as refused:
        Settings.from_env({"KEFUFLOW_METRICS_TOKEN": value})
    assert value not in str(refused.value) + refused.value.message_zh


def test_a_token_is_taken_and_never_printed() -> None:
    found = Settings.from_env({"KEFUFLOW_METRICS_TOKEN": "s3cret-0123456789"})
    assert found.metrics_token == "s3cret-0123456789"
    assert "s3cret" not in repr(found)
    assert Settings.from_env({"KEFUFLOW_METRICS_TOKEN": ""}).metrics_token is None


def test_what_must_be_free_on_the_disk_is_a_number_of_megabytes() -> None:
    assert Settings.from_env({"KEFUFLOW_MIN_FREE_MB": "0"}).min_free_mb == 0
    assert Settings.from_env({"KEFUFLOW_MIN_FREE_MB": "1000000"}).min_free_mb == 1_000_000
    for value in ("", "-1", "1000001", "1.5", "1GB", "１"):
        with pytest.raises(ConfigurationError, match="MIN_FREE_MB"):
            Settings.from_env({"KEFUFLOW_MIN_FREE_MB": value})


def test_a_failpoint_is_refused_unless_faults_are_asked_for_beside_it() -> None:
    point = {"KEFUFLOW_FAILPOINT": "store.commit.after:1:exit"}
    for faults in ({}, {"KEFUFLOW_FAULTS": "0"}):
        with pytest.raises(ConfigurationError, match="KEFUFLOW_FAULTS=1"):
            Settings.from_env({**point, **faults})
    with pytest.raises(ConfigurationError, match="0 or 1"):
        Settings.from_env({"KEFUFLOW_FAULTS": "yes"})
    assert Settings.from_env({**point, "KEFUFLOW_FAULTS": "1"}).failpoint == "store.commit.after:1:exit"
    assert Settings.from_env({"KEFUFLOW_FAULTS": "1"}).failpoint is None


def test_what_makes_the_program_die_is_not_offered_to_who_misspells() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_env({"KEFUFLOW_FAIL": "1"})
    assert "FAILPOINT" not in str(refused.value)


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    database = tmp_path / "new" / "kefuflow.db"
    key = secret_beside(database)
    assert len(key) == 32
    assert secret_beside(database) == key
    assert (tmp_path / "new" / "session.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["session.key"]


def test_programs_that_start_together_share_one_key(tmp_path: Path) -> None:
    gate, keys = threading.Barrier(8), []

    def begin() -> None:
        gate.wait()
        keys.append(secret_beside(tmp_path / "kefuflow.db"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="32-byte"):
        secret_beside(tmp_path / "kefuflow.db")


def test_the_time_without_use_is_from_five_minutes_to_a_shift() -> None:
    assert Settings.from_env({}).idle_minutes == 60
    assert [Settings.from_env({"KEFUFLOW_IDLE_MINUTES": text}).idle_minutes for text in ("5", "720")] == [5, 720]
    for value in ("", "4", "721", "0", "-5", "1.5", "60m", "9" * 5000):
        with pytest.raises(ConfigurationError, match="IDLE_MINUTES"):
            Settings.from_env({"KEFUFLOW_IDLE_MINUTES": value})


def test_the_second_factor_is_off_optional_or_for_managers() -> None:
    assert Settings.from_env({}).second_factor == "optional"
    for value in ("off", "optional", "managers"):
        assert Settings.from_env({"KEFUFLOW_SECOND_FACTOR": value}).second_factor == value
    for value in ("", "on", "OFF", "all"):
        with pytest.raises(ConfigurationError, match="SECOND_FACTOR"):
            Settings.from_env({"KEFUFLOW_SECOND_FACTOR": value})
