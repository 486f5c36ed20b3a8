"""An ended membership leaves nothing without an owner: it is true at once, a manager is told, and hands over in one step."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from access import door
from access.models import Membership, User
from access.protection import protected_models
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Assignment, Case, ConcernDraft, ConversationDraft, FollowUp
from cases.services.forgotten import destroy_forgotten
from cases.services.ownerless import find_everywhere
from reminders.models import Deadline
from tests.cases import steps, talk_steps
from tests.cast import Cast

PAGE = "/utan-ansvarig/"


@pytest.fixture
def case(cast: Cast) -> Case:
    """Led by the coordinator; the social worker works in it too."""
    page = talk_steps.opened(cast)
    set_partition(cast.actor("koordinator"))
    return Case.objects.get(pk=talk_steps.id_in(page))


def end(cast: Cast, who: str, how: str) -> None:
    membership = cast.membership(who)
    if how == "at once":
        membership.ended_at = timezone.now()
        membership.save()
    elif how == "day passed":
        membership.starts_on = timezone.localdate() - timedelta(days=60)
        membership.ends_on = timezone.localdate() - timedelta(days=1)
        membership.save()
    else:
        membership.user.is_active = False
        membership.user.save()


def told(cast: Cast) -> list[Deadline]:
    set_partition(cast.actor("chef"))
    return list(Deadline.objects.filter(kind="without_owner", state=Deadline.State.OPEN))


@pytest.mark.parametrize("how", ["at once", "day passed", "deactivated"])
def test_a_case_whose_lead_has_gone_is_the_managers_to_hand_over(
    cast: Cast, case: Case, how: str
) -> None:
    manager = cast.client("chef")
    assert case.number not in manager.get(PAGE).content.decode()
    end(cast, "koordinator", how)
    seen = manager.get(PAGE).content.decode()
    assert case.number in seen
    assert "Nils" not in seen
    assert "1 sak saknar ansvarig" in manager.get("/").content.decode()
    assert find_everywhere(now=timezone.now()) == 1
    assert find_everywhere(now=timezone.now()) == 1
    (deadline,) = told(cast)
    assert deadline.responsible_membership_id == cast.membership("chef").id
    to = cast.membership("socialsekreterare")
    given = {"case": str(case.pk), "to": str(to.id)}
    assert manager.post(PAGE, given).status_code == 302
    assert manager.post(PAGE, given).status_code == 404
    assert told(cast) == []
    lead = Assignment.objects.manned(timezone.localdate()).get(case=case, lead=True)
    assert lead.membership_id == to.id
    assert not Assignment.objects.filter(case=case, membership=cast.membership("koordinator"), ended_at=None).exists()  # fmt: skip
    assert FollowUp.objects.get(case=case).responsible_id == to.id
    assert not Deadline.objects.filter(state=Deadline.State.OPEN).exclude(responsible_membership=to).exists()  # fmt: skip
    assert cast.client("socialsekreterare").get(f"/arenden/{case.pk}/").status_code == 200


def test_only_colleagues_in_force_who_lead_cases_can_be_given_one(cast: Cast, case: Case) -> None:
    end(cast, "koordinator", "at once")
    manager = cast.client("chef")
    for who in ("koordinator", "larare", "essunga-chef", "registrator"):
        given = {"case": str(case.pk), "to": str(cast.membership(who).id)}
        assert manager.post(PAGE, given).status_code == 409, who
    assert manager.post(PAGE, {"case": "x", "to": "y"}).status_code == 409
    for who in ("socialsekreterare", "logggranskare", "administrator", "essunga-chef"):
        answer = cast.client(who).get(PAGE)
        assert answer.status_code == 404 or case.number not in answer.content.decode()


def test_a_case_with_a_lead_in_force_cannot_be_taken_from_them(cast: Cast, case: Case) -> None:
    given = {"case": str(case.pk), "to": str(cast.membership("socialsekreterare").id)}
    assert cast.client("chef").post(PAGE, given).status_code == 404


def test_what_comes_in_while_the_only_coordinator_is_gone_is_handed_over_too(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    end(cast, "koordinator", "at once")
    assert find_everywhere(now=timezone.now()) == 1
    manager = cast.client("chef")
    page = manager.get(PAGE).content.decode()
    assert "Ta ställning till en orossignal" in page
    set_partition(cast.actor("chef"))
    waiting = Deadline.objects.get(kind="concern_unanswered")
    to = cast.membership("socialsekreterare")
    assert manager.post(PAGE, {"date": str(waiting.pk), "to": str(to.id)}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.responsible_membership_id == to.id
    assert told(cast) == []


def test_what_has_an_owner_again_is_taken_off_the_managers_list(cast: Cast, case: Case) -> None:
    end(cast, "koordinator", "deactivated")
    find_everywhere(now=timezone.now())
    assert len(told(cast)) == 1
    User.objects.filter(demo_cast="koordinator").update(is_active=True)
    assert find_everywhere(now=timezone.now()) == 0
    assert told(cast) == []


def test_an_ended_membership_opens_nothing_from_the_next_request(cast: Cast, case: Case) -> None:
    client = cast.client("koordinator")
    assert client.get(f"/arenden/{case.pk}/").status_code == 200
    end(cast, "koordinator", "at once")
    assert client.get(f"/arenden/{case.pk}/")["Location"] == "/ingen-roll/"


# --- what somebody had typed ------------------------------------------------------------------------------


def typed(cast: Cast, case: Case) -> None:
    """The social worker has typed notes of a talk and not saved them."""
    worker = cast.client("socialsekreterare")
    talk = talk_steps.invite(worker, f"/arenden/{case.pk}/")
    assert worker.post(f"{talk}utkast/", talk_steps.notes()).status_code in (204, 302)
    set_partition(cast.actor("koordinator"))
    assert ConversationDraft.objects.count() == 1


def test_the_draft_of_a_colleague_who_is_removed_is_destroyed_with_the_removal(
    cast: Cast, case: Case
) -> None:
    typed(cast, case)
    gone = {"act": "remove", "membership": str(cast.membership("socialsekreterare").id)}
    assert cast.client("koordinator").post(f"/arenden/{case.pk}/personer/", gone).status_code == 302
    set_partition(cast.actor("koordinator"))
    assert not ConversationDraft.objects.exists()


def test_drafts_of_whoever_cannot_come_back_to_them_are_destroyed_by_the_job(
    cast: Cast, case: Case
) -> None:
    typed(cast, case)
    cast.client("larare").post("/oro/utkast/", steps.concern_fields(harm=""))
    assert destroy_forgotten(now=timezone.now()) == 0
    end(cast, "socialsekreterare", "at once")
    end(cast, "larare", "deactivated")
    assert destroy_forgotten(now=timezone.now()) == 2
    set_partition(cast.actor("koordinator"))
    assert not ConversationDraft.objects.exists()
    set_partition(cast.actor("larare"))
    assert not ConcernDraft.objects.exists()


def test_an_assignment_that_has_run_out_leaves_no_lead(cast: Cast, case: Case) -> None:
    set_partition(cast.actor("koordinator"))
    yesterday = timezone.localdate() - timedelta(days=1)
    Assignment.objects.filter(case=case).update(starts_on=yesterday, ends_on=yesterday)
    manager = cast.client("chef")
    assert case.number in manager.get(PAGE).content.decode()
    back = {"case": str(case.pk), "to": str(cast.membership("koordinator").id)}
    assert manager.post(PAGE, back).status_code == 302
    assert cast.client("koordinator").get(f"/arenden/{case.pk}/").status_code == 200


# --- no other way in --------------------------------------------------------------------------------------


def test_there_is_no_superuser_and_djangos_permissions_and_groups_reach_nobody(
    cast: Cast, case: Case
) -> None:
    names = {field.name for field in User._meta.get_fields()}
    assert names.isdisjoint({"is_superuser", "is_staff", "groups", "user_permissions"})
    related = {field.related_model for field in User._meta.get_fields()}
    assert related.isdisjoint({Group, Permission})
    outsider = cast.membership("socialsekreterare-utanfor")
    for name in ("is_superuser", "is_staff"):
        setattr(outsider.user, name, True)
    outsider.user.save()
    client: Client = cast.client("socialsekreterare-utanfor")
    assert client.get(f"/arenden/{case.pk}/").status_code == 404
    actor = cast.actor("socialsekreterare-utanfor")
    with work(actor):
        for model in protected_models():
            assert not door.visible(actor, model).exists(), model  # type: ignore[type-var]
    assert Membership.objects.filter(user=outsider.user).count() == 1


def test_the_command_ends_what_somebody_may_do_and_tells_the_manager(
    cast: Cast, case: Case
) -> None:
    client = cast.client("koordinator")
    address = cast.membership("koordinator").user.email
    said = StringIO()
    call_command("end_memberships", address, stdout=said)
    assert said.getvalue().splitlines() == ["Ended: coordinator, Barn och unga, Skara"]
    assert client.get(f"/arenden/{case.pk}/")["Location"] == "/ingen-roll/"
    assert [one.label for one in told(cast)] == [case.number]
    assert AuditEvent.objects.filter(action="membership.end").count() == 1
    with pytest.raises(CommandError):
        call_command("end_memberships", address)


def test_the_command_ends_only_there_where_it_is_told(cast: Cast) -> None:
    address = cast.membership("polis").user.email
    call_command("end_memberships", address, municipality="1471", stdout=StringIO())
    held = Membership.objects.in_force(timezone.localdate()).filter(user__email=address)
    assert [one.municipality.code for one in held] == ["1495"]
