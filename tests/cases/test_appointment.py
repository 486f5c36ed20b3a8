"""A second pair of eyes from another municipality: one case, for a time, and nothing else there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from access import door
from access.accounts.services import attest
from access.actor import MEMBERSHIP_KEY, actor_of
from access.models import Membership
from access.protection import protected_models
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Appointment, Case, Summary
from cases.services.leaving import end_membership
from cases.services.ownerless import find_for
from cases.services.summary import SamePerson, approve_and_release
from reminders.models import Deadline
from tests.cases import steps, talk_steps
from tests.cast import Cast

LEAD = "essunga-koordinator"
ADDRESS = "gotene-koordinator@sspf.example"


@pytest.fixture
def case(cast: Cast) -> str:
    """Essunga's one coordinator leads a case with a consent for the police; the path of its page."""
    steps.tell(cast.client("essunga-larare"))
    lead = cast.client(LEAD, role="coordinator")
    page = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"))
    steps.consent(lead, page, [cast.membership("essunga-polis").agency_id])
    return page


def appoint(client: Client, case: str, **changed: str) -> int:
    until = timezone.localdate() + timedelta(days=20)
    fields = {"address": ADDRESS, "until": until.isoformat(), "bound_by_secrecy": "on"}
    return client.post(f"{case}utsedd/", fields | changed).status_code


def guest() -> Membership:
    return Membership.objects.select_related("user", "unit", "agency", "municipality").get(
        user__demo_cast="gotene-koordinator", role="approver"
    )


def as_guest(cast: Cast) -> Client:
    return cast.client("gotene-koordinator", role="approver")


def proposal(cast: Cast, case: str) -> str:
    return steps.write_summary(
        cast.client(LEAD, role="coordinator"), case, [cast.membership("essunga-polis").id]
    )


def test_the_lead_appoints_and_the_appointed_person_decides_and_sees_nothing_else(
    cast: Cast, case: str
) -> None:
    assert appoint(cast.client(LEAD, role="coordinator"), case) == 302
    page = proposal(cast, case)
    home = cast.client("gotene-koordinator", role="coordinator")
    assert "Utsedd beslutsfattare" in home.get("/").content.decode()
    set_partition(cast.actor(LEAD))
    waiting = Deadline.objects.get(kind="summary_approval", state=Deadline.State.OPEN)
    assert waiting.responsible_membership_id == guest().id
    client = as_guest(cast)
    assert steps.SUMMARY in client.get(page).content.decode()
    number = Case.objects.get(pk=talk_steps.id_in(case)).number
    for closed in ("/arenden/", case, f"{case}utsedd/", f"{case}personer/", f"{page}andra/", "/nodoppning/", "/inkommet/"):  # fmt: skip
        assert client.get(closed).status_code == 404, closed
    appointed = actor_of(guest())
    with work(appointed):
        here = {
            model.__name__: door.visible(appointed, model).count()  # type: ignore[type-var]
            for model in protected_models()
        }
    assert {name: count for name, count in here.items() if count} == {"Summary": 1, "Deadline": 1}
    assert client.post(page, {"act": "approve", "seen_version": "0"}).status_code == 302
    set_partition(cast.actor(LEAD))
    assert Summary.objects.get().approved_by_id == guest().id
    assert client.get(page).status_code == 404
    noted = AuditEvent.objects.filter(case_number=number, action="case.appoint")
    assert [one.object_id for one in noted] == [guest().id]


def test_it_ends_by_itself_and_at_once_and_somebody_else_is_asked(cast: Cast, case: str) -> None:
    lead = cast.client(LEAD, role="coordinator")
    appoint(lead, case)
    page = proposal(cast, case)
    assert as_guest(cast).get(page).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=21)):
        over = cast.client("gotene-koordinator", role="coordinator")
        session = over.session
        session[MEMBERSHIP_KEY] = str(guest().id)
        session.save()
        assert over.get(page).status_code == 404
        # Told once that it has ended; after that the page knows nothing of it.
        assert over.post("/byt/sett/").status_code == 302
        assert "Essunga" not in over.get("/").content.decode()
    set_partition(cast.actor(LEAD))
    appointment = Appointment.objects.get()
    ending = {"act": "end", "appointment": str(appointment.pk)}
    assert lead.post(f"{case}utsedd/", ending).status_code == 302
    assert lead.post(f"{case}utsedd/", ending).status_code == 409
    over = cast.client("gotene-koordinator", role="approver")
    assert over.get(page).status_code == 404
    assert guest().ended_at is not None
    set_partition(cast.actor(LEAD))
    waiting = Deadline.objects.get(kind="summary_approval", state=Deadline.State.OPEN)
    assert waiting.responsible_membership_id == cast.membership("essunga-chef").id


def test_an_appointment_in_one_case_opens_nothing_in_another(cast: Cast, case: str) -> None:
    lead = cast.client(LEAD, role="coordinator")
    appoint(lead, case)
    steps.tell(cast.client("essunga-larare"), child="Maja i 7C")
    other = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"), name="Maja Annan")
    steps.consent(lead, other, [cast.membership("essunga-polis").agency_id])
    first, second = proposal(cast, case), proposal(cast, other)
    assert as_guest(cast).get(second).status_code == 404
    appoint(lead, other)
    set_partition(cast.actor(LEAD))
    ended = Appointment.objects.get(case_id=talk_steps.id_in(case))
    lead.post(f"{case}utsedd/", {"act": "end", "appointment": str(ended.pk)})
    assert as_guest(cast).get(first).status_code == 404
    assert as_guest(cast).get(second).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"address": "larare@sspf.example"},
        {"address": "essunga-chef@sspf.example"},
        {"address": "ingen@sspf.example"},
        {"bound_by_secrecy": ""},
        {"until": "2020-01-01"},
        {"until": "2099-01-01"},
    ],
)
def test_who_or_what_cannot_be_is_refused_at_the_field(
    cast: Cast, case: str, changed: dict[str, str]
) -> None:
    assert appoint(cast.client(LEAD, role="coordinator"), case, **changed) == 422
    assert not Membership.objects.filter(role="approver", user__demo_cast="gotene-koordinator").exists()  # fmt: skip


def test_the_manager_appoints_too_and_nobody_else(cast: Cast, case: str) -> None:
    assert appoint(cast.client("essunga-chef"), case) == 302
    assert appoint(cast.client("essunga-chef"), case) == 302
    set_partition(cast.actor(LEAD))
    assert Appointment.objects.count() == 1
    for who in ("gotene-koordinator", "essunga-larare", "koordinator", "administrator"):
        assert cast.client(who).get(f"{case}utsedd/").status_code == 404


# --- a guest's role rests on the one at home --------------------------------------------------------------------


def waits_for(cast: Cast) -> Membership:
    set_partition(cast.actor(LEAD))
    waiting = Deadline.objects.get(kind="summary_approval", state=Deadline.State.OPEN)
    return waiting.responsible_membership


def at_home(cast: Cast) -> tuple[Membership, Client]:
    """The role at home, and whoever keeps the accounts there."""
    home = cast.membership("gotene-koordinator", role="coordinator")
    keeper = cast.membership("administrator")
    Membership.objects.create(
        user=keeper.user, municipality=home.municipality, agency=home.agency, unit=home.unit,
        role="administrator", starts_on=keeper.starts_on, ends_on=keeper.ends_on,
    )  # fmt: skip
    return home, cast.client("administrator", code="1471")


def test_a_guest_s_role_ends_with_the_one_at_home_and_what_waited_goes_on(
    cast: Cast, case: str, django_capture_on_commit_callbacks: Any
) -> None:
    appoint(cast.client(LEAD, role="coordinator"), case)
    page = proposal(cast, case)
    client, (home, keeper) = as_guest(cast), at_home(cast)
    assert (guest().home_id, waits_for(cast)) == (home.pk, guest())
    assert client.get(page).status_code == 200
    with django_capture_on_commit_callbacks() as after:
        ended = keeper.post(f"/behorigheter/{home.pk}/", {"act": "end"})
    assert ended.status_code == 302
    # A worker is asked to look in both agencies; from the next request it is closed already.
    assert len(after) == 2
    assert client.get(page).status_code != 200
    assert guest().ended_at is not None
    set_partition(cast.actor("administrator", code="1471"))
    noted = AuditEvent.objects.filter(action="membership.end").values_list("object_id", flat=True)
    assert set(noted) == {home.pk, guest().pk}
    find_for(cast.membership(LEAD).agency, now=timezone.now())
    assert waits_for(cast) == cast.membership("essunga-chef")
    set_partition(cast.actor(LEAD))
    assert Appointment.objects.get().ended_at is not None
    assert AuditEvent.objects.filter(action="case.appoint_end").count() == 1


def test_a_guest_s_role_has_no_later_day_than_the_one_at_home(cast: Cast, case: str) -> None:
    appoint(cast.client(LEAD, role="coordinator"), case)
    home, keeper = at_home(cast)
    last, today = timezone.localdate() + timedelta(days=3), timezone.localdate()
    typed = {"act": "shorten", "seen": home.ends_on.isoformat(), "last_day": last.isoformat()}
    assert keeper.post(f"/behorigheter/{home.pk}/", typed).status_code == 302
    assert guest().ends_on == last
    set_partition(cast.actor("administrator", code="1471"))
    assert AuditEvent.objects.filter(action="membership.shorten").count() == 2
    # Nor does the host's own word make it last longer.
    actor = cast.actor("essunga-chef")
    with work(actor):
        attest(
            actor=actor,
            membership=guest(),
            ends_on=last + timedelta(days=200),
            seen_ends_on=last,
            today=today,
            now=timezone.now(),
        )
    assert guest().ends_on == last


def test_ended_by_the_command_it_ends_as_well(cast: Cast, case: str) -> None:
    appoint(cast.client(LEAD, role="coordinator"), case)
    proposal(cast, case)
    home = cast.membership("gotene-koordinator", role="coordinator")
    assert end_membership(membership=home, now=timezone.now())
    assert guest().ended_at is not None
    assert waits_for(cast) == cast.membership("essunga-chef")


# --- the approver is another person, whatever memberships they have ------------------------------------------


def test_nobody_approves_their_own_proposal_through_another_membership(
    cast: Cast, case: str
) -> None:
    page = proposal(cast, case)
    same = cast.actor(LEAD, role="social_worker")
    set_partition(same)
    lead = cast.client(LEAD, role="coordinator")
    lead.post(
        f"{case}personer/",
        {
            "act": "add",
            "colleague": str(same.membership_id),
            "until": (timezone.localdate() + timedelta(days=9)).isoformat(),
        },
    )
    other = cast.client(LEAD, role="social_worker")
    assert other.post(page, {"act": "approve", "seen_version": "0"}).status_code in (404, 409)
    with work(same):
        row = door.open_one(same, Summary, talk_steps.id_in(page))
        with pytest.raises(SamePerson):
            approve_and_release(actor=same, summary=row, seen_version=0, now=timezone.now())
    set_partition(same)
    assert Summary.objects.get().approved_by_id is None
