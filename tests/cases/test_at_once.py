"""Two people at once: a release, a withdrawal and a closing wait for each other, and nothing is shared without consent."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import cast

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from access import door
from access.actor import ActingRequest
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case, Consent, Disclosure, Release, Stage, Summary, SummaryState
from cases.services.consent import withdraw_consent
from cases.services.summary import ChangedMeanwhile, NotCovered, approve_and_release, return_summary
from cases.views.seen_version import seen_version
from tests.cases import steps
from tests.cast import Cast

# Longer than a request takes that nobody holds up.
A_WHILE = 1.5


@pytest.fixture
def people(committed_cast: Cast) -> Cast:
    """With a summary that waits for approval."""
    steps.tell(committed_cast.client("larare"))
    coordinator = committed_cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    police = committed_cast.membership("polis", code="1495")
    steps.consent(coordinator, case, [police.agency_id])
    steps.write_summary(coordinator, case, [police.id])
    return committed_cast


def approve(cast: Cast) -> None:
    actor = cast.actor("chef")
    summary = door.visible(actor, Summary).select_related("case", "author__user").get()
    approve_and_release(actor=actor, summary=summary, seen_version=0, now=timezone.now())


def withdraw(cast: Cast) -> None:
    consent = Consent.objects.select_related("case").get()
    withdraw_consent(
        actor=cast.actor("koordinator"),
        consent=consent,
        scopes=None,
        channel="phone",
        now=timezone.now(),
    )


def meanwhile(cast: Cast, who: str, act: Callable[[Cast], None]) -> tuple[Thread, list[Exception]]:
    """Starts `act` in a transaction of its own, and gives it time to run into whatever holds it up."""
    refused: list[Exception] = []

    def run() -> None:
        try:
            with work(cast.actor(who)):
                act(cast)
        except (NotCovered, ChangedMeanwhile) as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(A_WHILE)
    return thread, refused


def open_releases(cast: Cast) -> int:
    set_partition(cast.actor("polis", code="1495"))
    return Release.objects.filter(ends__isnull=True).count()


def test_a_withdrawal_that_comes_while_somebody_approves_ends_what_is_just_released(
    people: Cast,
) -> None:
    with work(people.actor("chef")):
        approve(people)
        other, refused = meanwhile(people, "koordinator", withdraw)
        assert other.is_alive()
    other.join(30)
    assert refused == []
    with work(people.actor("koordinator")):
        assert Disclosure.objects.filter(end__isnull=True).count() == 0
    with work(None):
        assert open_releases(people) == 0
        set_partition(people.actor("polis", code="1495"))
        assert Release.objects.count() == 1


def test_an_approval_that_comes_while_somebody_withdraws_releases_nothing(people: Cast) -> None:
    with work(people.actor("koordinator")):
        withdraw(people)
        other, refused = meanwhile(people, "chef", approve)
        assert other.is_alive()
    other.join(30)
    assert [type(one) for one in refused] == [NotCovered]
    with work(None):
        assert open_releases(people) == 0


def test_a_consent_registered_while_the_case_is_closed_does_not_open_it_again(people: Cast) -> None:
    today = timezone.localdate()
    with work(people.actor("koordinator")):
        case = Case.objects.get()
        Case.objects.filter(pk=case.pk).update(stage=Stage.FROZEN)
    client = people.client("koordinator")
    police = people.membership("polis", code="1495").agency_id
    fields = steps.ticks([police]) | {"valid_to": [today.isoformat()], "language": ["sv"]}

    def register(_cast: Cast) -> None:
        client.post(f"/arenden/{case.pk}/samtycke/", fields)

    with work(people.actor("koordinator")):
        held = Case.objects.select_for_update().get()
        other, _refused = meanwhile(people, "koordinator", register)
        held.stage = Stage.CLOSED
        held.save(update_fields=["stage"])
    other.join(30)
    with work(people.actor("koordinator")):
        assert Case.objects.get().stage == Stage.CLOSED


def test_what_has_been_released_cannot_be_sent_back(cast: Cast) -> None:
    _case, summary = steps.released(cast)
    for version in ("0", "1"):
        answer = cast.client("chef").post(summary, {"act": "return", "seen_version": version})
        assert answer.status_code == 409
    set_partition(cast.actor("koordinator"))
    assert Summary.objects.get().state == SummaryState.RELEASED


def test_sending_back_what_has_been_changed_meanwhile_is_refused(people: Cast) -> None:
    with work(people.actor("koordinator")):
        Summary.objects.update(version=1)
    actor = people.actor("chef")
    with work(actor), pytest.raises(ChangedMeanwhile):
        return_summary(
            actor=actor,
            summary=door.visible(actor, Summary).get(),
            seen_version=0,
            now=timezone.now(),
        )


def test_a_page_asked_for_with_an_old_version_is_in_the_log_as_read(cast: Cast) -> None:
    _case, summary = steps.released(cast)
    chef = cast.actor("chef")
    set_partition(chef)
    reads = AuditEvent.objects.filter(action="read", actor_user_id=chef.user_id)
    before = reads.count()
    page = cast.client("chef").post(summary, {"act": "approve", "seen_version": "77"})
    assert page.status_code == 409
    assert steps.SUMMARY in page.content.decode()
    set_partition(chef)
    assert reads.count() == before + 1
    assert "summary" in reads.latest("occurred_at").field_groups


@pytest.mark.parametrize("version", ["", "x", "²", "9" * 5000])
def test_a_version_that_is_no_number_is_a_conflict_and_no_fault(cast: Cast, version: str) -> None:
    _case, summary = steps.released(cast)
    answer = cast.client("chef").post(summary, {"act": "approve", "seen_version": version})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("typed", "version"), [("7", 7), ("", -1), ("x", -1), ("²", -1), ("9" * 5000, -1)]
)
def test_the_version_of_a_form_is_a_short_number_or_none(typed: str, version: int) -> None:
    request = RequestFactory().post("/", {"seen_version": typed})
    assert seen_version(cast(ActingRequest, request)) == version
