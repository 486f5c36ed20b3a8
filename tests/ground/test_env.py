"""Variables: from the environment or a file, missing is told by name, no secret has a default."""

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sspf import env


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in env.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSPF_ENV", "production")
    monkeypatch.setenv("SSPF_DATABASE_ROLE", "web")
    monkeypatch.setenv(
        "SSPF_DATABASE_URL", "postgresql://database.invalid:6543/sspf?sslmode=verify-full"
    )
    return monkeypatch


@pytest.mark.parametrize("name", [name for name in env.VARIABLES if env.VARIABLES[name].secret])
def test_a_missing_secret_is_told_by_its_name(production: pytest.MonkeyPatch, name: str):
    with pytest.raises(ImproperlyConfigured, match=name):
        env.text(name)


def test_production_never_falls_back_to_local_servers(production: pytest.MonkeyPatch):
    production.delenv("SSPF_DATABASE_URL")
    with pytest.raises(ImproperlyConfigured, match="SSPF_DATABASE_URL is not set"):
        env.database()


def test_a_database_without_a_named_environment_is_refused(production: pytest.MonkeyPatch):
    production.delenv("SSPF_ENV")
    with pytest.raises(ImproperlyConfigured, match="SSPF_ENV"):
        env.environment()


def test_a_secret_may_lie_in_a_file(production: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text("written in a file\n")
    production.setenv("SSPF_SECRET_KEY_FILE", str(file))
    assert env.text("SSPF_SECRET_KEY") == "written in a file"


KEYS_OF_ALL = [
    *("SSPF_MASTER_KEY", "SSPF_MASTER_KEY_PREVIOUS", "SSPF_AUDIT_KEY"),
    *("SSPF_BACKUP_SIGNING_KEY", "SSPF_BACKUP_CONTENT_KEY", "SSPF_BACKUP_KEYS_KEY"),
]


@pytest.mark.parametrize("name", KEYS_OF_ALL)
def test_the_highest_keys_come_from_a_file_that_is_this_users_alone(
    production: pytest.MonkeyPatch, tmp_path: Path, name: str
):
    key = base64.b64encode(b"k" * 32).decode()
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(key)
    production.setenv(f"{name}_FILE", str(file))
    assert env.key(name, length=32) == b"k" * 32
    file.chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match=f"{name}_FILE is open to other users") as caught:
        env.key(name, length=32)
    assert key not in str(caught.value)
    production.delenv(f"{name}_FILE")
    production.setenv(name, key)
    with pytest.raises(ImproperlyConfigured, match=f"set {name}_FILE") as caught:
        env.key(name, length=32)
    assert key not in str(caught.value)
    production.setenv("SSPF_ENV", "test")
    assert env.key(name, length=32) == b"k" * 32


def test_no_other_secret_is_held_to_that_rule():
    assert [name for name, variable in env.VARIABLES.items() if variable.own_file] == KEYS_OF_ALL


def test_a_file_that_cannot_be_read_is_told_without_its_content(
    production: pytest.MonkeyPatch, tmp_path: Path
):
    production.setenv("SSPF_SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="SSPF_SECRET_KEY_FILE cannot be read"):
        env.text("SSPF_SECRET_KEY")


def test_a_value_and_a_file_at_once_are_refused(production: pytest.MonkeyPatch, tmp_path: Path):
    production.setenv("SSPF_SECRET_KEY", "one")
    production.setenv("SSPF_SECRET_KEY_FILE", str(tmp_path / "other"))
    with pytest.raises(ImproperlyConfigured, match="not both"):
        env.text("SSPF_SECRET_KEY")


@pytest.mark.parametrize("value", ["", "not base64!", base64.b64encode(bytes(31)).decode()])
def test_a_key_of_the_wrong_length_is_refused(production: pytest.MonkeyPatch, value: str):
    production.setenv("SSPF_AUDIT_PUBLIC_KEY", value)
    with pytest.raises(ImproperlyConfigured, match="SSPF_AUDIT_PUBLIC_KEY"):
        env.key("SSPF_AUDIT_PUBLIC_KEY", length=32)


def test_the_database_user_is_the_role_and_never_part_of_the_address(
    production: pytest.MonkeyPatch,
):
    production.setenv("SSPF_DATABASE_PASSWORD", "given")
    database = env.database()
    assert (database["USER"], database["HOST"], database["PORT"]) == (
        "sspf_web",
        "database.invalid",
        "6543",
    )
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    production.setenv("SSPF_DATABASE_URL", "postgresql://postgres:word@database.invalid/sspf")
    with pytest.raises(ImproperlyConfigured, match="no credentials") as caught:
        env.database()
    assert "word@" not in str(caught.value)


def test_a_variable_nobody_registered_cannot_be_read(production: pytest.MonkeyPatch):
    production.setenv("SSPF_UNHEARD_OF", "x")
    with pytest.raises(ImproperlyConfigured, match="not registered"):
        env.text("SSPF_UNHEARD_OF")


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("migrate", "owner"),
        ("sequencer", "sequencer"),
        ("tick", "worker"),
        ("rotate", "rotator"),
        ("courier", "sequencer"),
        ("runserver", "web"),
        ("", "web"),
    ],
)
def test_a_command_runs_as_the_role_it_needs(
    production: pytest.MonkeyPatch, command: str, role: str
):
    production.delenv("SSPF_DATABASE_ROLE")
    env.choose_role(command)
    assert env.role() == role


def test_a_worker_that_sleeps_in_a_transaction_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSPF_DATABASE_ROLE", "worker")
    assert "idle_in_transaction_session_timeout=120s" in env.database()["OPTIONS"]["options"]
