"""One damaged value is told where it stands; it neither closes the page nor is hidden."""

from __future__ import annotations

import logging

import pytest
from django.db.models import F

from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Concern, Person
from tests.cases import hard_steps, steps, talk_steps
from tests.cast import Cast

TOLD = "Kan inte läsas: uppgiften är skadad."


def damage(cast: Cast, model: type[Person | Concern], name: str, other: str) -> None:
    """Puts the value of another cell there, as a mistaken restore would."""
    actor = cast.actor("koordinator")
    with work(actor):
        model.objects.update(**{name: F(other)})


@pytest.mark.parametrize(
    "damaged",
    [(Person, "birth_date", "name", "Nils Persson"), (Concern, "place", "seen", steps.SEEN)],
)
def test_the_rest_of_the_page_is_there_and_the_fault_is_told_and_logged(
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    damaged: tuple[type[Person | Concern], str, str, str],
) -> None:
    model, name, other, still = damaged
    path = talk_steps.opened(cast)
    damage(cast, model, name, other)
    with caplog.at_level(logging.ERROR, logger="access.door"):
        answer = cast.client("koordinator").get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert TOLD in page
    assert still in page
    assert "does not open" in caplog.text
    assert steps.SEEN not in caplog.text
    set_partition(cast.actor("koordinator"))
    fault = AuditEvent.objects.get(outcome="failed")
    assert (fault.action, fault.object_type) == ("read", model._meta.label_lower)


def test_a_damaged_name_stops_neither_the_list_nor_a_search_for_others(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    damage(cast, Person, "name", "birth_date")
    client = cast.client("koordinator")
    assert path in client.get("/arenden/").content.decode()
    assert "Inga träffar" in hard_steps.searched(client, "Nils")
