"""As six roles: from the inbox to a task that is done, and choosing how one is told."""

from __future__ import annotations

import pytest

from access.request_transaction import work
from reminders.models import Choice, Deadline, Notice
from tests.cast import Cast
from tests.reminders.conftest import put_notice, reminder_of
from tests.safety import steps

ROLES = ("larare", "socialsekreterare", "polis", "fritidsledare", "koordinator", "chef")


@pytest.mark.parametrize("who", ROLES)
def test_somebody_chooses_one_mail_a_day(cast: Cast, who: str) -> None:
    client = cast.client(who)
    assert "/paminnelser/" in client.get("/inkorg/").content.decode()
    fields = {"act": "choose", "way": "daily", "digest_hour": 9, "start": 12, "end": 10}
    wrong = client.post("/paminnelser/", fields)
    assert wrong.status_code == 422
    assert "Välj en senare timme än den ovanför." in wrong.content.decode()
    for _click in range(2):
        right = client.post("/paminnelser/", fields | {"start": 8, "end": 17})
        assert (right.status_code, right["Location"]) == (302, "/paminnelser/")
    with work(cast.actor(who)):
        choice = Choice.objects.get()
        assert (choice.way, choice.digest_hour, choice.mail_from, choice.mail_to) == (
            *("daily", 9),
            *(8, 17),
        )


def test_a_task_is_done_from_the_inbox(cast: Cast) -> None:
    page = steps.intervention(cast)
    steps.task(cast, page, "polis")
    actor = cast.actor("polis")
    with work(actor):
        deadline = Deadline.objects.get(kind="task_due", responsible_membership=actor.member)
        notice = put_notice(deadline, actor, reminder_id=reminder_of(deadline))
    client = cast.client("polis")
    there = f"/inkorg/{notice.pk}/klart/"
    assert there in client.get("/inkorg/").content.decode()
    assert cast.client("fritidsledare").post(there).status_code == 404
    assert client.post(there).status_code == 302
    assert "Inget nytt i inkorgen" in client.get("/inkorg/").content.decode()
    with work(actor):
        deadline.refresh_from_db()
        assert deadline.state == Deadline.State.DONE
        assert Notice.objects.get(pk=notice.pk).done_at is not None
