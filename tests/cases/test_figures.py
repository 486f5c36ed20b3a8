"""How many conversations and follow-ups were held: a number leaves the agency, never a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from access.figures import Period, figure, registered
from access.request_transaction import work
from cases import figures
from cases.models import Conversation, FollowUp
from tests.cases import talk_steps
from tests.cast import Cast

TODAY = timezone.localdate()
PERIOD = Period(starts=TODAY - timedelta(days=30), ends=TODAY)


@pytest.fixture
def story(cast: Cast) -> Cast:
    """Five conversations and one follow-up held; one conversation invited to only, one follow-up planned."""
    case = talk_steps.active(cast)
    coordinator = cast.client("koordinator")
    for _count in range(5):
        talk_steps.held(coordinator, case)
    talk_steps.invite(coordinator, case)
    talk_steps.followed_up(cast, coordinator, case)
    return cast


def test_both_figures_are_offered() -> None:
    assert {"conversations_held", "follow_ups_held"} <= registered().keys()


def test_the_safety_coordinator_gets_the_number_and_sees_no_row(story: Cast) -> None:
    actor = story.actor("trygghetssamordnare")
    with work(actor):
        assert not Conversation.objects.exists()
        told = figure("conversations_held", actor.municipality_id, PERIOD)
        assert not Conversation.objects.exists()
        assert not FollowUp.objects.exists()
    assert told.count == 5
    assert vars(type(told)).keys() >= {"key", "label", "count", "period"}


def test_fewer_than_five_are_not_told(story: Cast) -> None:
    actor = story.actor("trygghetssamordnare")
    with work(actor):
        assert figure("follow_ups_held", actor.municipality_id, PERIOD).count is None


def test_only_what_was_held_in_the_period_and_in_that_agency_counts(story: Cast) -> None:
    host = story.actor("koordinator")
    earlier = Period(starts=TODAY - timedelta(days=60), ends=TODAY - timedelta(days=1))
    with work(host):
        place = (host.municipality_id, host.agency_id)
        assert figures.conversations_held(*place, PERIOD) == 5
        assert figures.follow_ups_held(*place, PERIOD) == 1
        assert figures.conversations_held(*place, earlier) == 0
        assert figures.follow_ups_held(*place, earlier) == 0
        school = story.membership("larare")
        assert figures.conversations_held(host.municipality_id, school.agency_id, PERIOD) == 0


def test_another_municipality_gets_none_of_it(story: Cast) -> None:
    actor = story.actor("essunga-koordinator", role="safety_coordinator")
    with work(actor):
        assert figure("conversations_held", actor.municipality_id, PERIOD).count is None
        assert figures.conversations_held(actor.municipality_id, actor.agency_id, PERIOD) == 0
