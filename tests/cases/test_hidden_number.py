"""Typing numbers at triage tells nothing of people whom one may not see, however often they are typed."""

from __future__ import annotations

import re

from django.utils import timezone

from access.request_transaction import set_partition, work
from cases.models import MatchTask
from cases.rules.identity_number import read_identity_number
from cases.services.triage import Identity, register_person
from tests.cases import steps
from tests.cast import Cast

NUMBER = "20110102-2398"
OPAQUE = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]\d\d-[0-9A-Z]{5}|value="[^"]{40,}"')


def type_it_twice(cast: Cast) -> tuple[int, str]:
    """A concern taken under the number; then the number typed for the next concern. Gives that answer."""
    client = cast.client("koordinator")
    for _turn in range(2):
        steps.tell(cast.client("larare"))
    steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=NUMBER)
    answer = client.post(
        steps.first_link(client, "/inkommet/", "/inkommet/"),
        {"act": "take", "name": "Nils Persson", "number": NUMBER, "birth_date": "", "protection": "none"},
    )  # fmt: skip
    return answer.status_code, OPAQUE.sub("", answer.content.decode())


def test_ones_own_person_is_offered_again_without_a_hidden_one(cast: Cast) -> None:
    status, page = type_it_twice(cast)
    assert status == 200
    assert 'value="join"' in page


def test_ones_own_person_is_offered_again_with_a_hidden_one_too(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        hidden = Identity(name="Dold Doldsson", birth_date="", number=read_identity_number(NUMBER))
        register_person(actor=actor, identity=hidden, now=timezone.now())
    status, page = type_it_twice(cast)
    assert status == 200
    assert 'value="join"' in page
    assert "Dold" not in page
    set_partition(actor)
    assert MatchTask.objects.count() == 1
