"""Whoever asks that a guardian need not sign does not decide on it, in whatever role they have."""

from __future__ import annotations

from django.utils import timezone

from access.actor import actor_of
from access.models import Membership, Role
from access.request_transaction import set_partition, work
from cases.models import Case
from cases.services.triage import assign
from tests.cases import steps, talk_steps
from tests.cases.test_consent import begun, kinds_of
from tests.cases.test_consent_exception import ask
from tests.cast import Cast


def test_nobody_decides_on_what_they_asked_for_in_another_role(cast: Cast) -> None:
    coordinator, case, consent, (first, second, youth) = begun(cast, age=10)
    steps.answer_for(coordinator, youth, "heard")
    steps.answer_for(coordinator, first)
    steps.answer_for(coordinator, second, "unreachable", channel="phone")
    ask(coordinator, second, "Ligger på sjukhus utomlands.")
    asked = cast.membership("koordinator")
    both = Membership.objects.create(
        user_id=asked.user_id,
        municipality_id=asked.municipality_id,
        agency_id=asked.agency_id,
        unit_id=asked.unit_id,
        role=Role.MANAGER,
        starts_on=asked.starts_on,
        ends_on=asked.ends_on,
    )
    with work(actor_of(both)):
        row = Case.objects.get(pk=talk_steps.id_in(case))
        assign(case=row, membership_id=both.id, lead=False, today=timezone.localdate())
    manager = cast.client("koordinator", role="manager")
    answer = manager.post(f"{consent}beslut/", {"decision": "grant", "reason": "Det brådskar."})
    assert answer.status_code == 409
    set_partition(cast.actor("koordinator"))
    assert "exception_granted" not in kinds_of(cast)
