"""The demo's pledges and joint intervention: made once, as the people of the cast."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from access.request_transaction import work
from reminders.models import Deadline
from safety.models import Intervention, Pledge, Promise
from sspf.story_safety import seed_safety
from tests.cast import Cast
from tests.safety.steps import POLICE, SAFETY


def test_the_story_is_told_once(cast: Cast):
    def actor_of(who: str):
        return cast.actor(who, code="1495")

    seed_safety(actor_of)
    seed_safety(actor_of)
    year = timezone.localdate().year
    with work(cast.actor(SAFETY)):
        assert [(p.year, p.state) for p in Pledge.objects.all()] == [
            (year + 1, "draft"),
            (year, "published"),
        ]
        assert Promise.objects.filter(recurs_from__isnull=False).count() == 2
        assert Intervention.objects.get().state == "ongoing"
    with work(actor_of(POLICE)):
        assert Deadline.objects.filter(kind="task_due", state="open").count() == 1
    public = Client().get(f"/medborgarlofte/1495/{year}/").content.decode()
    assert "Att hålla orossamtal och följa upp ungdomar som har det svårt." in public
    assert "Orossamtal som har hållits" in public
    assert "färre än 5" in public
