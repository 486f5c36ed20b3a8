"""The key service: what is asked and answered, every way it can fail, and that no failure tells anything."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from crypto import key_services, vault
from crypto.errors import KeyServiceAway, SealBroken
from crypto.key_services import LOCAL
from crypto.master import chosen_for, master_key, wrap_surely
from crypto.material import KeyMaterial
from crypto.vault import VaultTransit
from tests.crypto.vault_stand_in import TOKEN, Vault, running

SECRET = b"these-32-bytes-are-a-secret-key!"
AAD = b"place one"


@pytest.fixture
def stand_in() -> Iterator[Vault]:
    with running() as started:
        yield started


def provider(stand_in: Vault, folder: Path, **changed: Any) -> VaultTransit:
    settings = key_services._read(stand_in.config(folder, **changed))
    return VaultTransit(settings.services["stand-in"])


@pytest.fixture
def transit(stand_in: Vault, tmp_path: Path) -> VaultTransit:
    return provider(stand_in, tmp_path)


def test_what_is_wrapped_comes_back_in_its_own_place_only(transit: VaultTransit):
    keys = [KeyMaterial(SECRET), KeyMaterial.generate()]
    wrapped = transit.wrap_all([(keys[0], AAD), (keys[1], b"place two")])
    assert all(SECRET not in one and one[1:].startswith(b"vault:v1:") for one in wrapped)
    back = transit.unwrap_all([(wrapped[0], AAD), (wrapped[1], b"place two")])
    assert [key.fingerprint() for key in back] == [key.fingerprint() for key in keys]
    for wrong in (b"place two", b"", AAD + b"x"):
        with pytest.raises(SealBroken):
            transit.unwrap_all([(wrapped[0], wrong)])


def test_many_keys_are_one_request(transit: VaultTransit, stand_in: Vault):
    wrapped = transit.wrap_all([(KeyMaterial.generate(), b"%d" % n) for n in range(300)])
    transit.unwrap_all([(one, b"%d" % n) for n, one in enumerate(wrapped)])
    assert stand_in.requests == [
        ("/v1/transit/encrypt/sspf", 200),
        ("/v1/transit/decrypt/sspf", 200),
    ]


def test_what_an_older_version_of_the_transit_key_wrapped_still_opens(
    transit: VaultTransit, stand_in: Vault
):
    (wrapped,) = transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    stand_in.rotate()
    (newer,) = transit.wrap_all([(key, AAD) for key in transit.unwrap_all([(wrapped, AAD)])])
    assert newer[1:].startswith(b"vault:v2:")
    assert transit.unwrap_all([(newer, AAD)])[0].fingerprint() == KeyMaterial(SECRET).fingerprint()


def test_a_stored_key_that_was_changed_does_not_open(transit: VaultTransit):
    (wrapped,) = transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    for position in range(0, len(wrapped), 5):
        changed = bytearray(wrapped)
        changed[position] ^= 0x01
        with pytest.raises(SealBroken):
            transit.unwrap_all([(bytes(changed), AAD)])


def test_the_namespace_and_the_mount_are_those_of_the_file(stand_in: Vault, tmp_path: Path):
    stand_in.namespace = "skara"
    stand_in.keys["kms/youth", "sspf"] = [bytes(32)]
    with pytest.raises(KeyServiceAway, match="refuses the token"):
        provider(stand_in, tmp_path).wrap_all([(KeyMaterial(SECRET), AAD)])
    assert provider(stand_in, tmp_path, namespace="skara").wrap_all([(KeyMaterial(SECRET), AAD)])


# How the service fails → what is said of it.
FAILURES = {
    "sealed": "is sealed",
    "silent": "did not answer in time",
    "slow": "did not answer in time",
    "garbage": "no answer",
    "forgets": "no answer",
}


@pytest.mark.parametrize(("mood", "said"), FAILURES.items())
def test_a_service_that_fails_is_told_as_away(
    transit: VaultTransit, stand_in: Vault, mood: str, said: str
):
    (wrapped,) = transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    stand_in.mood = mood
    with pytest.raises(KeyServiceAway, match=said) as caught:
        transit.unwrap_all([(wrapped, AAD)])
    assert_says_nothing(caught.value)


def test_a_service_that_is_away_is_not_asked_again_at_once(
    transit: VaultTransit, stand_in: Vault, monkeypatch: pytest.MonkeyPatch
):
    stand_in.mood = "sealed"
    for _ in range(5):
        with pytest.raises(KeyServiceAway, match="stand-in is sealed"):
            transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    assert len(stand_in.requests) == 1
    stand_in.mood = "well"
    monkeypatch.setattr(vault, "REST_SECONDS", 0.0)
    transit._resting_until = 0.0
    assert transit.wrap_all([(KeyMaterial(SECRET), AAD)])


def test_a_wrong_token_is_told_without_the_token(transit: VaultTransit, stand_in: Vault):
    stand_in.token = "another"
    with pytest.raises(KeyServiceAway, match="refuses the token") as caught:
        transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    assert_says_nothing(caught.value)


def test_a_connection_that_is_refused_is_told_as_away(stand_in: Vault, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = provider(stand_in, tmp_path, address=f"http://127.0.0.1:{port}")
    with pytest.raises(KeyServiceAway, match="cannot be reached") as caught:
        gone.wrap_all([(KeyMaterial(SECRET), AAD)])
    assert_says_nothing(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to(stand_in: Vault, tmp_path: Path):
    address = stand_in.address.replace("http:", "https:")
    with pytest.raises(KeyServiceAway, match="certificate"):
        provider(stand_in, tmp_path, address=address).wrap_all([(KeyMaterial(SECRET), AAD)])
    assert stand_in.requests == []


def test_a_missing_key_and_a_missing_mount_are_told(stand_in: Vault, tmp_path: Path):
    for changed, said in (({"key": "none"}, "is the transit key there"), ({"mount": "x"}, "mount")):
        with pytest.raises(KeyServiceAway, match=said):
            provider(stand_in, tmp_path, **changed).wrap_all([(KeyMaterial(SECRET), AAD)])


def test_a_token_file_that_others_can_read_is_not_used(stand_in: Vault, tmp_path: Path):
    transit = provider(stand_in, tmp_path)
    (tmp_path / "vault_token").chmod(0o644)
    with pytest.raises(KeyServiceAway, match="token file that is open to other users"):
        transit.wrap_all([(KeyMaterial(SECRET), AAD)])
    assert stand_in.requests == []


@pytest.mark.parametrize(
    ("mood", "said"), [("shuffles", "does not give back"), ("unbound", "does not bind")]
)
def test_a_service_that_loses_or_does_not_bind_keys_is_found_out_before_use(
    transit: VaultTransit, stand_in: Vault, mood: str, said: str
):
    keys = [(KeyMaterial(SECRET), AAD), (KeyMaterial.generate(), b"place two")]
    assert len(wrap_surely(transit, keys)) == 2
    stand_in.mood = mood
    with pytest.raises(KeyServiceAway, match=said):
        wrap_surely(transit, keys)


def assert_says_nothing(fault: BaseException) -> None:
    """Neither its text, nor what it came from, nor any local on the way holds a key or a token."""
    shown = "".join(
        traceback.TracebackException.from_exception(fault, capture_locals=True).format()
    )
    below: BaseException | None = fault.__context__
    assert below is None
    for secret in (SECRET.decode(), SECRET.hex(), repr(SECRET), TOKEN):
        assert secret not in shown.replace("SECRET", "").replace("TOKEN", "")


# --- which municipality uses which ----------------------------------------------------------------------


def test_each_municipality_has_the_provider_that_is_named_for_it(stand_in: Vault, tmp_path: Path):
    one, other = uuid4(), uuid4()
    with override_settings(SSPF_KEY_SERVICES=stand_in.config(tmp_path, municipality=one)):
        assert chosen_for(one).name == "stand-in"
        assert chosen_for(other).name == LOCAL
        assert chosen_for(None).name == LOCAL
    with override_settings(SSPF_KEY_SERVICES='platform = "stand-in"\n' + stand_in.config(tmp_path)):
        assert chosen_for(None).name == "stand-in"
    assert chosen_for(one).name == LOCAL


def test_a_key_of_a_service_that_is_no_longer_named_stays_closed():
    with pytest.raises(KeyServiceAway, match="not in SSPF_KEY_SERVICES"):
        master_key("stand-in")


WRONG = {
    "no TOML": "[service",
    "unknown table": "[key]\na = 1",
    "unknown service": f'[municipality]\n"{UUID(int=1)}" = "nobody"',
    "unknown platform": 'platform = "nobody"',
    "no id": '[municipality]\n"1495" = "local"',
    "no table": "service = 1",
    "kind": '[service.a]\nkind = "aws"',
    "reserved name": '[service.local]\nkind = "vault-transit"',
    "missing": '[service.a]\nkind = "vault-transit"\naddress = "https://v:1"',
    "a token": '[service.a]\nkind = "vault-transit"\ntoken = "hvs.ZQKANARIEFAGEL"',
}
GOOD = {"address": '"https://v.invalid:8200"', "key": '"sspf"', "token_file": '"/t"'}
BAD_VALUES = {
    "address": ('"http://v.invalid:8200"', '"https://v/x"', '"https://u:p@v"', '"ftp://v"', '""'),
    "key": ('"a b"', '"../sys"', '"a?b"', '""', "1"),
    "mount": ('"a/../b c"', '"/a"'),
    "timeout_seconds": ("0", "-1", "61", "true", '"3"'),
}


def _service(**changed: str) -> str:
    lines = [f"{name} = {value}" for name, value in (GOOD | changed).items()]
    return "\n".join(['[service.a]\nkind = "vault-transit"', *lines])


@pytest.mark.parametrize(
    "text",
    [*WRONG.values(), *(_service(**{k: v}) for k, values in BAD_VALUES.items() for v in values)],
)
def test_a_mistake_in_the_file_is_told_at_start_and_tells_no_token(text: str):
    assert key_services._read(_service()).services["a"].mount == "transit"
    with pytest.raises(ImproperlyConfigured, match="SSPF_KEY_SERVICES") as caught:
        key_services._read(text)
    assert "ZQKANARIEFAGEL" not in str(caught.value)
