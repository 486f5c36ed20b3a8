"""The master key exchanged, a municipality moved to a key service and back, and the platform's key."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.test import override_settings

from access.models import User
from access.request_transaction import work
from crypto import municipality_keys
from crypto.blind import blind_indexes
from crypto.errors import KeyServiceAway, WrongMasterKey
from crypto.seal import open_system, seal_system
from tests.cast import Cast
from tests.crypto.bystanders import NUMBERS, Office, at_work, run, start
from tests.crypto.vault_stand_in import Vault, running

Environment = Callable[[str], dict[str, str]]
NEW = b"another-master-key-of-32-bytes!!"


@pytest.fixture
def office(committed_cast: Cast) -> Iterator[Office]:
    municipality_keys._unwrapped.clear()
    yield Office(committed_cast.actor("koordinator")).fill(12)
    municipality_keys._unwrapped.clear()


@pytest.fixture
def vault() -> Iterator[Vault]:
    with running() as started:
        yield started


def providers(superuser: psycopg.Connection) -> set[str]:
    return {row[0] for row in superuser.execute("SELECT provider FROM keys.municipality_key")}


def forget() -> None:
    """What the five minutes between two requests would do."""
    municipality_keys._unwrapped.clear()


def test_the_master_key_is_exchanged_while_everybody_works(
    office: Office, environment_of: Environment, settings: object
):
    old = getattr(settings, "SSPF_MASTER_KEY")  # noqa: B009
    environment = environment_of("rotator")
    environment |= {
        "SSPF_MASTER_KEY_PREVIOUS": environment["SSPF_MASTER_KEY"],
        "SSPF_MASTER_KEY": base64.b64encode(NEW).decode(),
    }
    both = override_settings(SSPF_MASTER_KEY=NEW, SSPF_MASTER_KEY_PREVIOUS=old)
    with both, at_work(office):
        assert "done" in run(environment, "master")
    with override_settings(SSPF_MASTER_KEY=NEW):
        forget()
        assert office.opened() == office.called
    forget()
    with pytest.raises(WrongMasterKey):
        office.opened()


def test_a_municipality_moves_to_a_key_service_and_back(
    office: Office,
    environment_of: Environment,
    superuser: psycopg.Connection,
    vault: Vault,
    tmp_path: Path,
):
    environment = environment_of("rotator")
    before = _index(office)
    config = vault.config(tmp_path, municipality=office.actor.municipality_id, timeout_seconds=10)
    with override_settings(SSPF_KEY_SERVICES=config):
        with at_work(office):
            run(environment | {"SSPF_KEY_SERVICES": config}, "master", "--municipality", "1495")
        assert providers(superuser) == {"stand-in"}
        forget()
        assert office.opened() == office.called
        assert _index(office) == before
        # A new version of the transit key: the same command takes the keys along.
        vault.rotate()
        run(environment | {"SSPF_KEY_SERVICES": config}, "master", "--municipality", "1495")
        vault.keys["transit", "sspf"][0] = bytes(32)
        forget()
        assert office.opened() == office.called
    config = config.partition("[municipality]")[0]
    with override_settings(SSPF_KEY_SERVICES=config):
        run(environment | {"SSPF_KEY_SERVICES": config}, "master", "--municipality", "1495")
    assert providers(superuser) == {"local"}
    forget()
    assert office.opened() == office.called


def test_a_key_service_that_fails_midway_loses_nothing(
    office: Office,
    environment_of: Environment,
    superuser: psycopg.Connection,
    vault: Vault,
    tmp_path: Path,
):
    config = vault.config(tmp_path, municipality=office.actor.municipality_id, timeout_seconds=10)
    environment = environment_of("rotator") | {"SSPF_KEY_SERVICES": config}
    for mood in ("sealed", "shuffles", "unbound", "garbage"):
        vault.mood = mood
        process = start(environment, "master", "--municipality", "1495")
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "Stopped: the key service stand-in" in said
        assert "Traceback" not in said
        assert providers(superuser) == {"local"}
    forget()
    assert office.opened() == office.called
    vault.mood = "well"
    run(environment, "master", "--municipality", "1495")
    assert providers(superuser) == {"stand-in"}
    with override_settings(SSPF_KEY_SERVICES=config):
        vault.mood = "sealed"
        forget()
        with pytest.raises(KeyServiceAway):
            office.opened()


def _index(office: Office) -> bytes:
    with work(office.actor):
        return blind_indexes(NUMBERS[0], **office.place)[0]


def test_second_factors_are_sealed_anew_and_the_old_key_goes_when_no_session_can_hold_it(
    committed_cast: Cast, environment_of: Environment, superuser: psycopg.Connection
):
    forget()
    environment = environment_of("rotator")
    with work(None):
        for n, user in enumerate(User.objects.all()[:150]):
            secret = base64.b64encode(seal_system(b"seed %d" % n, purpose="mfa")).decode()
            name = "secret" if n % 2 else "seed"
            Authenticator.objects.create(
                user=user,
                type="totp" if n % 2 else "recovery_codes",
                data={name: secret, "used_mask": n},
            )
        in_a_session = seal_system(b"of a session", purpose="mfa")

    def opened() -> list[tuple[bytes, int]]:
        forget()
        with work(None):
            found = []
            for row in Authenticator.objects.order_by("pk"):
                sealed = base64.b64decode(row.data.get("secret") or row.data["seed"])
                found.append((open_system(sealed, purpose="mfa"), row.data["used_mask"]))
            return found

    def keys() -> set[str]:
        with work(None):
            kept = Authenticator.objects.values_list("data", flat=True)
            return {base64.b64decode(one.get("secret") or one["seed"])[2:18].hex() for one in kept}

    before, old = opened(), keys()
    assert len(before) > 10
    said = run(environment, "platform")
    assert "Run this again after" in said
    assert opened() == before
    assert not keys() & old
    with work(None):
        assert open_system(in_a_session, purpose="mfa") == b"of a session"
    superuser.execute("UPDATE keys.platform_key SET created_at = created_at - interval '25 hours'")
    superuser.execute("UPDATE keys.rotation SET started_at = started_at - interval '25 hours'")
    assert "done" in run(environment, "platform")
    assert opened() == before
    left = superuser.execute("SELECT count(*) FROM keys.platform_key WHERE wrapped IS NOT NULL")
    assert left.fetchone() == (1,)
