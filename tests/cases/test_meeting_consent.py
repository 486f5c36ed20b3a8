"""A meeting lives on a consent (domain.md §4.3–4.4, R13): planned under one, and frozen for all but the coordinator without."""

from __future__ import annotations

from access import door
from access.policy import Action
from access.request_transaction import work
from cases.models import Meeting
from tests.cases import steps, talk_steps
from tests.cases.test_meeting import MINUTES, fields, plan, text, ticks
from tests.cast import Cast


def test_nobody_is_called_before_there_is_a_consent_and_no_button_leads_there(cast: Cast) -> None:
    begun = talk_steps.opened(cast)
    for who in ("koordinator", "socialsekreterare"):
        client, own = cast.client(who), cast.membership(who)
        assert "Planera nätverksmöte" not in text(client, begun)
        answer = client.post(f"{begun}mote/", fields(own))
        assert answer.status_code == 409
        assert "ett samtycke gäller" in answer.content.decode()
    with work(cast.actor("koordinator")):
        assert not Meeting.objects.exists()


def test_taken_back_the_minutes_are_the_coordinators_to_read_and_nobodys_to_write(
    cast: Cast,
) -> None:
    case = talk_steps.opened(cast)
    coordinator, worker = cast.client("koordinator"), cast.client("socialsekreterare")
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    meeting = plan(coordinator, case, cast.membership("larare"))
    ahead = plan(coordinator, case, cast.membership("larare"))
    held = {"act": "hold", "minutes": MINUTES, "seen_version": "0"}
    assert coordinator.post(meeting, held).status_code == 302
    assert MINUTES in text(worker, meeting)
    steps.withdraw(coordinator, case, ticks(cast))
    assert MINUTES in text(coordinator, meeting)
    for path in (meeting, ahead):
        assert worker.get(path).status_code == 404
        assert path not in text(worker, case)
    actor = cast.actor("koordinator")
    with work(actor):
        rows = list(door.visible(actor, Meeting))
        assert len(rows) == 2
        assert not any(door.may(actor, row, "meeting", Action.WRITE) for row in rows)
    refused = coordinator.post(
        f"{ahead}andra/", fields(cast.membership("larare"), seen_version="1")
    )
    assert refused.status_code == 409
