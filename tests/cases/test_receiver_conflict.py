"""Jäv at the receiver: what was handed over to them by name is closed to them, and the head of the unit sees to another."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from access import door
from access.models import Membership
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case, MeetingCall, ReceiverConflict, Release, ReleaseReader, Summary
from cases.services.barred_reminders import numbers_barred
from cases.services.meeting import MeetingText, NotCovered, plan_meeting
from reminders.barred import Holder
from reminders.models import Deadline, Notice
from tests.cases import share_steps, steps
from tests.cast import Cast

SAID = {"kind": "family"}
APPROVE = {"act": "approve", "seen_version": "0"}


def handed_over(cast: Cast) -> str:
    """Something released by name to the police officer of Skara; the path of its page."""
    steps.released(cast)
    client = cast.client("polis", code="1495")
    return steps.first_link(client, "/delat-med-oss/", "/delat-med-oss/")


def number_of(cast: Cast) -> str:
    set_partition(cast.actor("polis", code="1495"))
    return Release.objects.get().number


def pages(client: Client) -> str:
    """Everything that could tell of it: lists, the start page with its panels, the inbox."""
    shown = ("/", "/delat-med-oss/", "/kallelser/", "/inkorg/")
    return "".join(client.get(page).content.decode() for page in shown)


def test_a_receiver_says_so_and_it_is_gone_with_the_next_request_on_every_page(cast: Cast) -> None:
    path = handed_over(cast)
    number = number_of(cast)
    client = cast.client("polis", code="1495")
    open_tab = client.get(path).content.decode()
    assert f'href="{path}jav/"' in open_tab
    assert number in pages(client)
    assert client.post(f"{path}jav/", {}).status_code == 422
    assert client.get(path).status_code == 200
    assert client.post(f"{path}jav/", SAID).status_code == 302
    assert number not in pages(client)
    nobody = client.get(f"/delat-med-oss/{uuid4()}/")
    for gone in (path, f"{path}jav/"):
        answer = client.get(gone)
        assert (answer.status_code, len(answer.content)) == (404, len(nobody.content)), gone
    # The open tab pressed again changes nothing and shows nothing.
    assert client.post(f"{path}jav/", SAID).status_code == 404
    actor = cast.actor("polis", code="1495")
    with work(actor):
        assert not door.visible(actor, Release).exists()
        held = Holder(actor.member, actor.user)
        assert numbers_barred({held}, {number, "U-ANNAN"}) == {(actor.member, number)}
    set_partition(actor)
    said = AuditEvent.objects.get(action="conflict.declare_received")
    assert (said.object_id, said.basis) == (Release.objects.get().id, "family")
    tried = AuditEvent.objects.filter(outcome="denied", object_type="cases.release")
    assert tried.count() == 3


def test_it_holds_for_the_user_in_whatever_role_and_for_nobody_else(cast: Cast) -> None:
    path = handed_over(cast)
    set_partition(cast.actor("polis", code="1495"))
    release, me = Release.objects.get(), cast.membership("polis", code="1495")
    place = {"municipality_id": release.municipality_id, "agency_id": release.agency_id}
    more = Membership.objects.create(
        **place, user=me.user, unit=me.unit, role="youth_worker",
        starts_on=me.starts_on, ends_on=me.ends_on,
    )  # fmt: skip
    colleague = cast.membership("polis-utanfor")
    for one in (more, colleague):
        ReleaseReader.objects.create(**place, release=release, membership=one)
    other = cast.client("polis-utanfor")
    assert me.user.name in other.get(path).content.decode()
    assert (
        cast.client("polis", role="police_officer", code="1495")
        .post(f"{path}jav/", SAID)
        .status_code
        == 302
    )
    assert cast.client("polis", role="youth_worker").get(path).status_code == 404
    shown = other.get(path)
    assert shown.status_code == 200
    # Whoever may not read it any more is not among "Vilka fler kan se detta?".
    assert me.user.name not in shown.content.decode()


def test_the_head_of_the_unit_is_told_without_content_and_says_that_another_is_asked(
    cast: Cast,
) -> None:
    path = handed_over(cast)
    number = number_of(cast)
    client = cast.client("polis", code="1495")
    text = client.get(path).content.decode()
    client.post(f"{path}jav/", SAID)
    head = cast.client("polischef")
    set_partition(cast.actor("polischef"))
    task = Deadline.objects.get(kind="receiver_conflict", state=Deadline.State.OPEN)
    assert (task.responsible_membership_id, task.label) == (
        cast.membership("polischef").id,
        number,
    )
    page = f"/mottagare/{task.subject_id}/"
    shown = head.get(page).content.decode()
    assert number in shown
    assert "Noomi Falk, Socialtjänsten i Skara" in shown
    for untold in (steps.SUMMARY, "familj", "Det gäller"):
        assert untold not in shown
    assert steps.SUMMARY in text
    # Neither the one who is jävig nor another agency's manager has that page.
    assert client.get(page).status_code == 404
    assert cast.client("polis-utanfor").get(page).status_code == 404
    assert cast.client("chef").get(page).status_code == 404
    assert head.get(path).status_code == 404
    assert head.post(page, {"act": "asked"}).status_code == 302
    set_partition(cast.actor("polischef"))
    task.refresh_from_db()
    assert task.state == Deadline.State.DONE
    assert AuditEvent.objects.filter(action="conflict.ask_other").count() == 1


def test_the_head_ends_what_was_a_mistake_and_it_is_open_again(cast: Cast) -> None:
    path = handed_over(cast)
    client = cast.client("polis", code="1495")
    client.post(f"{path}jav/", SAID)
    set_partition(cast.actor("polischef"))
    page = f"/mottagare/{ReceiverConflict.objects.get().id}/"
    assert client.post(page, {"act": "end"}).status_code == 404
    head = cast.client("polischef")
    assert [head.post(page, {"act": "end"}).status_code for _twice in range(2)] == [302, 302]
    assert client.get(path).status_code == 200
    set_partition(cast.actor("polischef"))
    assert AuditEvent.objects.filter(action="conflict.end_received").count() == 1
    assert not Deadline.objects.filter(kind="receiver_conflict", state=Deadline.State.OPEN).exists()
    # It can be said again: a row of its own.
    assert client.post(f"{path}jav/", SAID).status_code == 302
    assert client.get(path).status_code == 404


def test_a_principal_is_told_for_a_school_and_a_head_who_is_barred_too_is_passed_over(
    cast: Cast,
) -> None:
    steps.tell(cast.client("larare"))
    lead = cast.client("koordinator")
    case = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"))
    teacher, principal = cast.membership("larare"), cast.membership("rektor")
    steps.consent(lead, case, [teacher.agency_id])
    meeting = {
        "planned_for": f"{timezone.localtime() + timedelta(days=9):%Y-%m-%d} 15:00",
        "place": "Rum 4", "about": "Eftermiddagarna", "family": "Mamma",
        "invited": [str(teacher.id), str(principal.id)], "row_id": str(uuid4()),
    }  # fmt: skip
    assert lead.post(f"{case}mote/", meeting).status_code == 302
    client = cast.client("larare")
    path = steps.first_link(client, "/kallelser/", "/kallelser/")
    assert client.post(f"{path}jav/", SAID).status_code == 302
    assert client.get(path).status_code == 404
    assert path not in pages(client)
    set_partition(cast.actor("rektor"))
    told = Deadline.objects.get(kind="receiver_conflict")
    assert told.responsible_membership_id == principal.id
    assert cast.client("rektor").get(f"/mottagare/{told.subject_id}/").status_code == 200
    own = MeetingCall.objects.get(membership=principal)
    # The only head of the school has nobody above: nobody is told, and it is closed all the same.
    head = cast.client("rektor")
    assert head.post(f"/kallelser/{own.id}/jav/", SAID).status_code == 302
    assert head.get(f"/kallelser/{own.id}/").status_code == 404
    set_partition(cast.actor("rektor"))
    assert Deadline.objects.filter(kind="receiver_conflict").count() == 1
    assert not Notice.objects.filter(deadline__label=own.number).exists()
    hers = ReceiverConflict.objects.get(call=own)
    assert head.get(f"/mottagare/{hers.id}/").status_code == 404


@pytest.mark.parametrize("who", ["larare", "chef", "administrator"])
def test_nobody_else_can_say_it_of_what_they_were_not_handed(cast: Cast, who: str) -> None:
    path = handed_over(cast)
    assert cast.client(who).post(f"{path}jav/", SAID).status_code == 404
    set_partition(cast.actor("polis", code="1495"))
    assert not ReceiverConflict.objects.exists()


# --- known at the sender: a user with a role in both agencies --------------------------------------------------


def case_with_an_officer_who_works_here_too(cast: Cast) -> tuple[str, Membership]:
    """A case with a consent for the police, and the second role of an officer, in the agency that has the case."""
    steps.tell(cast.client("larare"))
    lead = cast.client("koordinator")
    case = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"))
    officer, worker = (
        cast.membership("polis", role="police_officer", code="1495"),
        cast.membership("socialsekreterare"),
    )
    steps.consent(lead, case, [officer.agency_id])
    both = Membership.objects.create(
        municipality_id=worker.municipality_id, agency_id=worker.agency_id,
        user=officer.user, unit=worker.unit, role="social_worker",
        starts_on=worker.starts_on, ends_on=worker.ends_on,
    )  # fmt: skip
    return case, both


def conflict_here(cast: Cast, case: str, who: Membership) -> None:
    lead = cast.client("koordinator")
    more = {"act": "add", "colleague": str(cast.membership("chef").id)}
    until = (timezone.localdate() + timedelta(days=9)).isoformat()
    lead.post(f"{case}personer/", more | {"until": until})
    fields = {"who": str(who.id), "kind": "family", "reason": "Syskonbarn"}
    assert cast.client("chef").post(f"{case}jav/", fields).status_code == 302


def test_whoever_has_a_conflict_at_the_sender_is_named_in_no_sharing_and_called_to_no_meeting(
    cast: Cast,
) -> None:
    case, both = case_with_an_officer_who_works_here_too(cast)
    officer, other = (
        cast.membership("polis", role="police_officer", code="1495"),
        cast.membership("polis-utanfor"),
    )
    lead = cast.client("koordinator")
    assert str(officer.id) in lead.get(f"{case}mote/").content.decode()
    conflict_here(cast, case, both)
    offered = lead.get(f"{case}mote/").content.decode()
    assert str(other.id) in offered
    assert str(officer.id) not in offered
    fields = share_steps.fields_to(officer, basis="SAMTYCKE", q_inom="yes", q_inom_note="Ja")
    refused = lead.post(f"{case}dela/", fields | {"act": "send"})
    assert refused.status_code == 422
    set_partition(cast.actor("koordinator"))
    assert not Summary.objects.exists()
    summary = steps.write_summary(lead, case, [other.id])
    assert cast.client("chef").post(summary, APPROVE).status_code == 302
    set_partition(cast.actor("polis", role="police_officer", code="1495"))
    assert [one.membership_id for one in ReleaseReader.objects.all()] == [other.id]


def test_a_conflict_that_came_up_after_the_proposal_is_asked_about_when_it_is_shared(
    cast: Cast,
) -> None:
    case, both = case_with_an_officer_who_works_here_too(cast)
    officer = cast.membership("polis", role="police_officer", code="1495")
    summary = steps.write_summary(cast.client("koordinator"), case, [officer.id])
    conflict_here(cast, case, both)
    answer = cast.client("chef").post(summary, APPROVE)
    assert answer.status_code == 409
    assert "är jävig" in answer.content.decode()
    set_partition(cast.actor("polis", role="police_officer", code="1495"))
    assert not Release.objects.exists()
    # The one who called cannot get past the form either: the service asks for itself.
    held = cast.actor("koordinator")
    with work(held), pytest.raises(NotCovered):
        plan_meeting(
            actor=held,
            case=door.open_one(held, Case, steps.last_id(case)),
            form_id=uuid4(),
            planned_for=timezone.now() + timedelta(days=9),
            text=MeetingText(about="Om", place="Rum", family="Mamma"),
            invited=[officer],
            now=timezone.now(),
        )
