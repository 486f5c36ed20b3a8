"""A key service that is away: the page says so, nothing typed is lost, and it goes on when the service is back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.test import Client, override_settings

from access.models import HeldForm
from crypto import municipality_keys, vault
from tests.cases import steps
from tests.cast import Cast
from tests.crypto.vault_stand_in import Vault, running


@pytest.fixture
def service(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    """The school's municipality keeps its keys in a key service."""
    monkeypatch.setattr(vault, "REST_SECONDS", 0.0)
    with running() as stand_in:
        config = stand_in.config(tmp_path, municipality=cast.actor("larare").municipality_id)
        with override_settings(SSPF_KEY_SERVICES=config):
            yield stand_in
    municipality_keys._unwrapped.clear()


def away(service: Vault) -> None:
    """The service stops answering, and longer than what is remembered in the process lasts."""
    service.mood = "sealed"
    municipality_keys._unwrapped.clear()


def quiet(cast: Cast, who: str) -> Client:
    client = cast.client(who)
    client.raise_request_exception = False
    return client


def test_what_was_typed_comes_back_and_can_be_sent_again(cast: Cast, service: Vault) -> None:
    client = quiet(cast, "larare")
    typed = steps.concern_fields(seen='Sa "inget" & gick <hem>\nsen tyst')
    service.mood = "sealed"
    answer = client.post("/oro/ny/", typed)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "Nycklarna går inte att nå just nu" in page
    assert "csrfmiddlewaretoken" in page
    hidden = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', page)
    again = {name: unescape(value) for name, value in hidden if name != "csrfmiddlewaretoken"}
    assert again == typed
    service.mood = "well"
    assert client.post("/oro/ny/", again).status_code == 302


def test_reading_says_so_and_works_again_afterwards(cast: Cast, service: Vault) -> None:
    receipt = f"/oro/{steps.tell(cast.client('larare'))}/"
    coordinator = quiet(cast, "koordinator")
    concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    assert receipt
    away(service)
    answer = coordinator.get(concern)
    assert answer.status_code == 503
    assert "ladda om sidan" in answer.content.decode()
    service.mood = "well"
    assert steps.SEEN in coordinator.get(concern).content.decode()


def test_a_short_outage_is_not_noticed(cast: Cast, service: Vault) -> None:
    steps.tell(cast.client("larare"))
    coordinator = quiet(cast, "koordinator")
    concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    assert coordinator.get(concern).status_code == 200
    service.mood = "sealed"
    assert coordinator.get(concern).status_code == 200


def test_what_was_typed_into_a_locked_session_comes_back_too(cast: Cast, service: Vault) -> None:
    client = quiet(cast, "larare")
    session = client.session
    session["locked"] = True
    session.save()
    service.mood = "sealed"
    answer = client.post("/oro/ny/", steps.concern_fields())
    assert answer.status_code == 503
    assert steps.SEEN in answer.content.decode()
    service.mood = "well"
    assert client.post("/oro/ny/", steps.concern_fields()).status_code == 302
    assert HeldForm.objects.count() == 1


def test_other_faults_are_told_as_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from cases.views import concern

    def fail(*_args: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(concern, "render", fail)
    answer = quiet(cast, "larare").get("/oro/ny/")
    assert answer.status_code == 500
    assert "Något gick fel hos oss" in answer.content.decode()
