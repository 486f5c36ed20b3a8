"""Who works on a case: the lead decides, only colleagues of the same agency, and it ends at once or by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Assignment, Case
from cases.services import assignment as service
from reminders.models import Deadline
from tests.cases import steps, talk_steps
from tests.cast import Cast


def people(cast: Cast, case: str) -> str:
    return f"{case}personer/"


def add(cast: Cast, case: str, who: str, *, by: str = "koordinator", days: int = 90) -> int:
    fields = {
        "act": "add",
        "colleague": str(cast.membership(who).id),
        "until": (timezone.localdate() + timedelta(days=days)).isoformat(),
    }
    return cast.client(by).post(people(cast, case), fields).status_code


def change(cast: Cast, case: str, act: str, who: str, *, by: str = "koordinator") -> int:
    fields = {"act": act, "membership": str(cast.membership(who).id)}
    return cast.client(by).post(people(cast, case), fields).status_code


def test_a_colleague_reads_the_case_from_the_next_request_until_removed(
    cast: Cast, case: str
) -> None:
    colleague = cast.client("socialsekreterare-utanfor")
    assert colleague.get(case).status_code == 404
    assert add(cast, case, "socialsekreterare-utanfor") == 302
    assert colleague.get(case).status_code == 200
    assert change(cast, case, "remove", "socialsekreterare-utanfor") == 302
    assert colleague.get(case).status_code == 404
    assert add(cast, case, "socialsekreterare-utanfor") == 302
    assert colleague.get(case).status_code == 200
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"case.assign", "case.unassign"} <= actions


def test_adding_twice_makes_one_assignment(cast: Cast, case: str) -> None:
    assert add(cast, case, "socialsekreterare-utanfor") == 302
    with work(cast.actor("koordinator")):
        actor = cast.actor("koordinator")
        row = door.open_one(actor, Case, talk_steps.id_in(case))
        membership = cast.membership("socialsekreterare-utanfor")
        again = service.add_colleague(
            actor=actor,
            case=row,
            membership=membership,
            until=timezone.localdate(),
            now=timezone.now(),
        )
        assert Assignment.objects.filter(membership=membership).count() == 1
        assert again.ended_at is None


def test_only_the_own_agencys_fitting_roles_can_be_chosen(cast: Cast, case: str) -> None:
    page = cast.client("koordinator").get(people(cast, case)).content.decode()
    for who, offered in (
        ("socialsekreterare-utanfor", True),
        ("chef", True),
        ("larare", False),
        ("polis", False),
        ("administrator", False),
        ("logggranskare", False),
        ("essunga-koordinator", False),
    ):
        key = f'value="{cast.membership(who).id}"'
        assert (key in page) is offered, who
    assert add(cast, case, "polis") == 422
    assert add(cast, case, "essunga-koordinator") == 422
    assert add(cast, case, "chef", days=-1) == 422
    assert add(cast, case, "chef", days=400) == 422


def test_who_does_not_lead_sees_who_works_there_and_changes_nothing(cast: Cast, case: str) -> None:
    page = cast.client("socialsekreterare").get(people(cast, case)).content.decode()
    assert "Noomi Falk" in page
    assert "Lägg till en kollega" not in page
    assert add(cast, case, "chef", by="socialsekreterare") == 409
    assert change(cast, case, "remove", "koordinator", by="socialsekreterare") == 409
    assert cast.client("koordinator").get(case).status_code == 200


def test_the_lead_hands_over_before_leaving(cast: Cast, case: str) -> None:
    assert change(cast, case, "remove", "koordinator") == 409
    assert change(cast, case, "hand_over", "socialsekreterare") == 302
    row = talk_steps.planned(cast, case)
    worker = cast.membership("socialsekreterare").id
    assert row.responsible_id == worker
    held = Deadline.objects.filter(label=row.case.number, state=Deadline.State.OPEN)
    assert {one.responsible_membership_id for one in held} == {worker}
    assert change(cast, case, "remove", "koordinator", by="socialsekreterare") == 302
    assert cast.client("koordinator").get(case).status_code == 404
    assert cast.client("socialsekreterare").get(case).status_code == 200


def test_the_task_of_a_stopped_case_goes_with_the_lead(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    withdraw = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    whole = {"whole": "on", "channel": "phone", "act": "confirm"}
    assert coordinator.post(withdraw, whole).status_code == 302
    set_partition(cast.actor("koordinator"))
    task = Deadline.objects.get(kind="case_stopped", state=Deadline.State.OPEN)
    assert task.responsible_membership_id == cast.membership("koordinator").id
    assert change(cast, case, "hand_over", "socialsekreterare") == 302
    set_partition(cast.actor("koordinator"))
    task = Deadline.objects.get(kind="case_stopped", state=Deadline.State.OPEN)
    assert task.responsible_membership_id == cast.membership("socialsekreterare").id


def test_a_manager_on_the_case_cannot_be_handed_the_lead(cast: Cast, case: str) -> None:
    assert add(cast, case, "chef") == 302
    assert change(cast, case, "hand_over", "chef") == 409


def test_the_one_removed_leaves_no_duty_behind(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    worker = cast.membership("socialsekreterare").id
    talk_steps.followed_up(cast, coordinator, case, responsible=str(worker))
    steps.write_summary(coordinator, case, [cast.membership("polis", code="1495").id])
    set_partition(cast.actor("koordinator"))
    owed = Deadline.objects.filter(responsible_membership_id=worker, state=Deadline.State.OPEN)
    assert set(owed.values_list("kind", flat=True)) == {"follow_up_due", "summary_approval"}
    assert change(cast, case, "remove", "socialsekreterare") == 302
    set_partition(cast.actor("koordinator"))
    assert owed.count() == 0
    assert talk_steps.planned(cast, case).responsible_id == cast.membership("koordinator").id


@pytest.mark.parametrize("membership", ["", "inget", "00000000-0000-4000-8000-000000000000"])
def test_removing_somebody_who_is_not_there_changes_nothing(
    cast: Cast, case: str, membership: str
) -> None:
    fields = {"act": "remove", "membership": membership}
    answer = cast.client("koordinator").post(people(cast, case), fields)
    assert answer.status_code in {302, 409}
    assert cast.client("socialsekreterare").get(case).status_code == 200


def test_an_assignment_ends_by_itself_after_its_last_day_and_can_be_made_anew(
    cast: Cast, case: str
) -> None:
    actor = cast.actor("koordinator")
    membership = cast.membership("socialsekreterare-utanfor")
    today = timezone.localdate()
    with work(actor):
        row = Case.objects.get(pk=talk_steps.id_in(case))
        Assignment.objects.create(
            municipality_id=row.municipality_id,
            agency_id=row.agency_id,
            case=row,
            membership=membership,
            starts_on=today - timedelta(days=9),
            ends_on=today - timedelta(days=1),
        )
    assert cast.client("socialsekreterare-utanfor").get(case).status_code == 404
    assert add(cast, case, "socialsekreterare-utanfor") == 302
    assert cast.client("socialsekreterare-utanfor").get(case).status_code == 200
