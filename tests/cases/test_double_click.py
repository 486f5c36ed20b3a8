"""The same form sent twice at once, before the first answer is back: one consent, one guardian, one meeting, one orossamtal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client

from access.request_transaction import work
from cases.models import Case, Consent, ConsentEvent, Conversation, Guardian, Meeting
from tests.cases import steps, talk_steps
from tests.cases.test_meeting import fields
from tests.cast import Cast

FORM = str(uuid4())
# Time to come as far as the lock; a slow machine makes the test weaker, never wrong.
A_WHILE = 0.5


def at_once(cast: Cast, act: Callable[[Client], Any]) -> None:
    """Two browsers' requests that both wait for the case, which is held until they have come that far."""
    done: list[bool] = []
    threads = [
        Thread(target=_in_thread, args=(act, cast.client("koordinator"), done)) for _ in range(2)
    ]
    with work(cast.actor("koordinator")):
        Case.objects.select_for_update().get()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(A_WHILE)
        assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join(30)
    # Neither met a fault: the second is told the same as the first.
    assert done == [True, True]


def _in_thread(act: Callable[[Client], Any], client: Client, done: list[bool]) -> None:
    try:
        act(client)
        done.append(True)
    finally:
        connection.close()


def test_two_clicks_at_once_make_one_of_each(committed_cast: Cast) -> None:
    cast = committed_cast
    case = talk_steps.opened(cast)
    coordinator, school = cast.client("koordinator"), cast.membership("larare")
    at_once(cast, lambda client: steps.guardian(client, case, form_id=FORM))
    at_once(
        cast, lambda client: steps.begin_consent(client, case, [school.agency_id], form_id=FORM)
    )
    with work(cast.actor("koordinator")):
        assert (Guardian.objects.count(), Consent.objects.count()) == (1, 1)
        assert ConsentEvent.objects.filter(kind="drafted").count() == 1
        consent = f"/samtycke/{Consent.objects.get().pk}/"
    for signer in steps.signers(coordinator, consent):
        at_once(cast, partial(steps.answer_for, signer=signer))
    with work(cast.actor("koordinator")):
        assert ConsentEvent.objects.filter(kind="given").count() == 1
        assert ConsentEvent.objects.filter(kind="signed").count() == 2
    form = fields(school)
    at_once(cast, lambda client: client.post(f"{case}mote/", form))
    at_once(cast, lambda client: talk_steps.invite(client, case, token=FORM))
    whole = {"whole": "on", "channel": "phone", "act": "confirm"}
    at_once(cast, lambda client: client.post(f"{consent}aterkalla/", whole))
    with work(cast.actor("koordinator")):
        assert (Meeting.objects.count(), Conversation.objects.count()) == (1, 1)
        assert ConsentEvent.objects.filter(kind="withdrawn", scope__isnull=True).count() == 1
