"""Steps of the hard cases: somebody protected from the first page on, through the pages as the cast."""

from __future__ import annotations

import re

from django.test import Client

from access.request_transaction import set_partition
from cases.models import Case, NamedAccess, Person
from tests.cases import steps, talk_steps
from tests.cast import Cast

# Skatteverket's published test numbers.
NUMBER, OTHER_NUMBER = "20110102-2398", "20110101-2381"
NAME, OTHER_NAME = "Ester Skogsdotter", "Ulf Ivarhede"
ADDRESS = "Storgatan 5"
HIDDEN = "Titta på först"
OPAQUE = re.compile(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"')


def protected(cast: Cast, level: str = "protected", *, named: tuple[str, ...] = ("chef",)) -> str:
    """A concern taken by the coordinator for somebody protected; gives the path of the case."""
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    return take(cast, client, concern, level=level, named=named)


def take(
    cast: Cast, client: Client, concern: str, *, level: str, named: tuple[str, ...], **more: str
) -> str:
    fields = {
        "act": "take",
        "name": NAME,
        "number": NUMBER,
        "birth_date": "2011-01-02",
        "protection": level,
        "named": [str(cast.membership(one).id) for one in named],
    } | more
    answer = client.post(concern, fields)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def case_of(cast: Cast, path: str) -> Case:
    set_partition(cast.actor("koordinator"))
    return Case.objects.select_related("person").get(pk=talk_steps.id_in(path))


def named_in(cast: Cast, path: str) -> set[str]:
    """The cast's ids of those who are named now."""
    person = case_of(cast, path).person_id
    rows = NamedAccess.objects.filter(person_id=person, ended_at__isnull=True)
    return set(rows.values_list("membership__user__demo_cast", flat=True))


def level_of(cast: Cast, path: str) -> str:
    return Person.objects.get(pk=case_of(cast, path).person_id).protection


def searched(client: Client, term: str) -> str:
    """The answer to a search, without what differs from one answer to the next."""
    answer = client.post("/arenden/sok/", {"term": term})
    assert answer.status_code == 200
    return OPAQUE.sub("", answer.content.decode().replace(term, "TERM"))
