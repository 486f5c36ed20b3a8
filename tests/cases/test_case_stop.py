"""A case stops at the midnight on which its last consent ends, in what may be written too, before anything is noted."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import work
from cases.models import Case, Conversation, Stage
from tests.cases import steps, talk_steps
from tests.cast import Cast


def may_write(actor: Actor, case: str) -> dict[str, bool]:
    with work(actor):
        row = door.visible(actor, Case).get(pk=talk_steps.id_in(case))
        talk = door.visible(actor, Conversation).get(case=row)
        return {
            "begin": door.may(actor, row, "conversation", Action.CREATE),
            "talk": door.may(actor, talk, "conversation", Action.WRITE),
            "read": door.may(actor, talk, "conversation", Action.READ),
            "case": door.may(actor, row, "case", Action.WRITE),
        }


def test_from_the_midnight_its_consent_ended_no_talk_is_written_before_the_night_round(
    cast: Cast,
) -> None:
    case = talk_steps.opened(cast)
    coordinator, actor = cast.client("koordinator"), cast.actor("koordinator")
    talk_steps.invite(coordinator, case)
    every = {"begin": True, "talk": True, "read": True, "case": True}
    # Nobody has given any consent yet: that is to wait, not to stop.
    assert may_write(actor, case) == every
    with work(actor):
        Case.objects.filter(pk=talk_steps.id_in(case)).update(stage=Stage.ACTIVE)
    assert may_write(actor, case) == every
    last = timezone.localdate() + timedelta(days=20)
    steps.consent(
        coordinator, case, [cast.membership("larare").agency_id], valid_to=last.isoformat()
    )
    midnight = timezone.make_aware(datetime.combine(last + timedelta(days=1), datetime.min.time()))
    with time_machine.travel(midnight - timedelta(seconds=2), tick=False):
        assert may_write(actor, case) == every
    with time_machine.travel(midnight, tick=False):
        with work(actor):
            assert Case.objects.get(pk=talk_steps.id_in(case)).stage == Stage.ACTIVE
        assert may_write(actor, case) == every | {"begin": False, "talk": False}


def test_asking_the_date_costs_no_question_for_each_row(cast: Cast) -> None:
    case = talk_steps.active(cast)
    actor, coordinator = cast.actor("koordinator"), cast.client("koordinator")
    counts = []
    for _one in range(2):
        talk_steps.held(coordinator, case)
        with work(actor), CaptureQueriesContext(connection) as asked:
            rows = list(door.visible(actor, Conversation))
            assert all(door.may(actor, row, "conversation", Action.WRITE) for row in rows)
        counts.append((len(rows), len(asked)))
    assert counts == [(1, 1), (2, 1)]
