"""What is told on a consent is read no longer than it holds, and only what the one who tells was ticked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from cases.models import Case, Disclosure, Summary, SummaryState
from cases.services.proposal import Proposal, SummaryText
from cases.services.share_check import still_holds
from cases.services.sharing import Answer, NotCovered
from cases.services.summary import propose
from tests.cases import steps, talk_steps
from tests.cases.share_steps import (
    RISK,
    case_of_sami,
    decide,
    fields_to,
    send,
    text_of,
    years_ago,
)
from tests.cases.test_disclosure import WITHIN
from tests.cast import Cast

KIND = "social"


def consented(
    cast: Cast, last: date, *, share: list[str] | None = None, receive: list[str] | None = None
) -> str:
    """A case whose consent covers the police until `last`, or what is ticked instead. Gives its path."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    police = [cast.membership("polis", code="1495").agency_id]
    ticked = steps.ticks(police)
    steps.consent(
        coordinator,
        case,
        police,
        valid_to=last.isoformat(),
        share=share or ticked["share"],
        receive=receive or ticked["receive"],
    )
    return case


def test_nothing_is_told_for_longer_than_the_consent_holds(cast: Cast) -> None:
    today = timezone.localdate()
    last = today + timedelta(days=20)
    case, officer = consented(cast, last), cast.membership("polis", code="1495")
    coordinator, beyond = cast.client("koordinator"), last + timedelta(days=1)
    fields = fields_to(officer, until=beyond.isoformat()) | WITHIN
    refused = coordinator.post(f"{case}dela/", fields | {"act": "send"})
    assert refused.status_code == 422
    assert f"Senast {last.isoformat()}." in text_of(refused)
    assert fields["body"] in refused.content.decode()
    # Whatever the form lets through, the service asks anew, when it is proposed and when it is shared.
    actor = cast.actor("koordinator")
    told = Proposal(
        unit=officer.unit,
        readers=[officer],
        kind=KIND,
        basis="SAMTYCKE",
        text=SummaryText(about="Nils, född 2010", body="Han kommer på måndagar."),
        until=last,
        answers={"inom": Answer(answer="yes", note="Det är det som är ikryssat.")},
    )
    with work(actor):
        row = door.open_one(actor, Case, talk_steps.id_in(case))
        with pytest.raises(NotCovered):
            propose(actor=actor, case=row, proposal=replace(told, until=beyond), now=timezone.now())
        summary = propose(actor=actor, case=row, proposal=told, now=timezone.now())
        summary.until = beyond
        with pytest.raises(NotCovered):
            still_holds(summary, None, today)


def test_what_could_be_read_until_yesterday_is_not_approved_today(cast: Cast) -> None:
    today = timezone.localdate()
    case = case_of_sami(cast, born=years_ago(19, today))
    fields = fields_to(cast.membership("polis", code="1495"), until=today.isoformat()) | RISK
    fields |= {"basis": "UNGA_18A"}
    proposal = send(cast.client("socialsekreterare"), f"{case}dela/", fields)
    tomorrow = datetime.combine(today + timedelta(days=1), time(9))
    with time_machine.travel(timezone.make_aware(tomorrow), tick=False):
        assert decide(cast.client("chef"), proposal).status_code == 409
    set_partition(cast.actor("chef"))
    assert Summary.objects.get().state == SummaryState.DRAFT
    assert not Disclosure.objects.exists()


def test_that_another_agency_may_tell_of_it_does_not_let_us(cast: Cast) -> None:
    """The police may be told of school by the school: the host was not ticked for telling of it."""
    school, officer = cast.membership("larare"), cast.membership("polis", code="1495")
    case = consented(
        cast,
        timezone.localdate() + timedelta(days=20),
        share=[f"{school.unit_id}:school"],
        receive=[f"{officer.unit_id}:school"],
    )
    fields = fields_to(officer, kind="school") | WITHIN
    answer = cast.client("koordinator").post(f"{case}dela/", fields | {"act": "send"})
    assert "Inget samtycke som gäller i dag omfattar den här mottagaren" in text_of(answer)
    set_partition(cast.actor("koordinator"))
    assert not Summary.objects.exists()
