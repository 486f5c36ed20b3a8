"""Jäv: whoever declares it loses the case at once, in every role; what they were to do is somebody else's first."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case, Concern, Conflict, MatchTask
from cases.services.case_seal import case_key
from cases.services.protection import carry_over
from cases.services.triage import assign
from crypto.seal import seal
from reminders.models import Deadline
from tests.cases import hard_steps, steps, talk_steps
from tests.cases.hard_steps import NUMBER, OTHER_NUMBER
from tests.cast import Cast

REASON = "Vi är grannar och barnen leker ihop."


def declare(cast: Cast, path: str, by: str, **more: str) -> int:
    fields = {"kind": "declared", "reason": REASON} | more
    return cast.client(by).post(f"{path}jav/", fields).status_code


def test_whoever_declares_it_loses_the_case_and_every_duty_at_once(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    worker = cast.membership("socialsekreterare")
    talk_steps.followed_up(cast, cast.client("koordinator"), path, responsible=str(worker.id))
    assert declare(cast, path, "socialsekreterare") == 302
    client = cast.client("socialsekreterare")
    assert client.get(path).status_code == 404
    assert client.get(f"{path}jav/").status_code == 404
    set_partition(cast.actor("koordinator"))
    owed = Deadline.objects.filter(responsible_membership_id=worker.id, state=Deadline.State.OPEN)
    assert not owed.exists()
    lead = cast.membership("koordinator").id
    assert talk_steps.planned(cast, path).responsible_id == lead
    # The bar beats an assignment: nobody can put them back on the case.
    case = hard_steps.case_of(cast, path)
    with work(cast.actor("koordinator")):
        assign(case=case, membership_id=worker.id, lead=False, today=timezone.localdate())
    assert client.get(path).status_code == 404
    set_partition(cast.actor("koordinator"))
    # Blocked, and logged: both that it was declared and that they tried again.
    tried = AuditEvent.objects.filter(actor_membership_id=worker.id, outcome="denied")
    assert tried.filter(object_type="cases.case").count() == 3
    assert AuditEvent.objects.filter(action="conflict.declare").count() == 1


def test_a_lead_is_followed_by_somebody_before_it_holds(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    assert declare(cast, path, "koordinator") == 422
    assert cast.client("koordinator").get(path).status_code == 200
    set_partition(cast.actor("koordinator"))
    assert not Conflict.objects.exists()
    heir = cast.membership("socialsekreterare")
    assert declare(cast, path, "koordinator", successor=str(heir.id)) == 302
    assert cast.client("koordinator").get(path).status_code == 404
    page = cast.client("socialsekreterare").get(path).content.decode()
    assert "Elias Brodin, Socialsekreterare (leder ärendet)" in page
    assert talk_steps.planned(cast, path).responsible_id == heir.id


def test_where_nobody_else_can_lead_the_manager_does(cast: Cast) -> None:
    """Essunga has one coordinator, who is its social worker too."""
    steps.tell(cast.client("essunga-larare"))
    client = cast.client("essunga-koordinator", role="coordinator")
    path = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"))
    offered = client.get(f"{path}jav/").content.decode()
    heir = str(cast.membership("essunga-chef").id)
    assert heir in offered
    fields = {"kind": "family", "reason": REASON, "successor": heir}
    assert client.post(f"{path}jav/", fields).status_code == 302
    assert client.get(path).status_code == 404
    assert cast.client("essunga-chef").get(path).status_code == 200
    # It is the person who has it, in whatever role: also with work on the case as a social worker.
    other = cast.actor("essunga-koordinator", role="social_worker")
    with work(other):
        case = Case.objects.get(pk=talk_steps.id_in(path))
        assign(case=case, membership_id=other.member, lead=False, today=timezone.localdate())
    worker = cast.client("essunga-koordinator", role="social_worker")
    assert worker.get(path).status_code == 404


def test_the_manager_reads_why_registers_for_others_and_ends_it(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    worker = str(cast.membership("socialsekreterare").id)
    assert declare(cast, path, "koordinator", who=worker) == 422  # one's own only
    assert declare(cast, path, "chef", who=worker) == 302
    assert cast.client("socialsekreterare").get(path).status_code == 404
    assert REASON in cast.client("chef").get(f"{path}jav/").content.decode()
    assert REASON not in cast.client("koordinator").get(f"{path}jav/").content.decode()
    set_partition(cast.actor("chef"))
    end = {"act": "end", "row": str(Conflict.objects.get().id)}
    assert cast.client("koordinator").post(f"{path}jav/", end).status_code == 404
    assert cast.client("chef").post(f"{path}jav/", end).status_code == 302
    set_partition(cast.actor("chef"))
    assert Conflict.objects.get().ended_at is not None


def test_a_search_is_answered_as_a_miss_and_put_before_the_reviewer(cast: Cast) -> None:
    path = talk_steps.opened(cast)
    cast.client("koordinator").post(f"{path}nummer/", {"number": NUMBER, "seen": ""})
    declare(cast, path, "socialsekreterare")
    client = cast.client("socialsekreterare")
    answers = [hard_steps.searched(client, term) for term in (NUMBER, OTHER_NUMBER)]
    assert answers[0] == answers[1]
    page = cast.client("logggranskare").get("/loggkontroll/").content.decode()
    assert "Elias Brodin försökte söka" in page.split('id="sample"')[0]


def test_at_triage_the_concern_is_gone_and_so_is_the_case_it_leads_to(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    fields = {"kind": "family", "reason": REASON}
    assert client.post(f"{concern}jav/", fields).status_code == 302
    assert client.get(concern).status_code == 404
    assert concern not in client.get("/inkommet/").content.decode()
    set_partition(cast.actor("koordinator"))
    # Skara has no second coordinator: the manager is told to find one.
    held = Deadline.objects.get(kind="concern_unanswered", state=Deadline.State.OPEN)
    assert held.responsible_membership_id == cast.membership("chef").id
    assert not MatchTask.objects.exists()


def test_joined_to_a_known_person_a_concern_takes_the_case_and_its_duties_from_who_is_barred(
    cast: Cast,
) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    path = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=NUMBER)
    case, worker = hard_steps.case_of(cast, path), cast.membership("socialsekreterare")
    with work(cast.actor("koordinator")):
        assign(case=case, membership_id=worker.id, lead=False, today=timezone.localdate())
    handed = {"act": "hand_over", "membership": str(worker.id)}
    assert client.post(f"{path}personer/", handed).status_code == 302
    assert talk_steps.planned(cast, path).responsible_id == worker.id
    steps.tell(cast.client("larare"))
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    with work(cast.actor("koordinator")):
        place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
        row = uuid4()
        key = case_key(case)
        Conflict.objects.create(
            **place, id=row, about_user=worker.user_id, membership=worker,
            concern_id=talk_steps.id_in(concern), kind="declared", registered_by=worker,
            registered_at=timezone.now(),
            reason=seal(REASON, key=key, field="cases.conflict.reason", row_id=row),
        )  # fmt: skip
    fields = {"act": "join", "name": "N", "number": NUMBER, "protection": "none"}
    joined = client.post(concern, fields)
    assert joined["Location"] == path
    assert cast.client("socialsekreterare").get(path).status_code == 404
    page = client.get(path).content.decode()
    assert "Noomi Falk, SSPF-koordinator (leder ärendet)" in page
    set_partition(cast.actor("koordinator"))
    owed = Deadline.objects.filter(responsible_membership_id=worker.id, state=Deadline.State.OPEN)
    assert not owed.exists()
    assert talk_steps.planned(cast, path).responsible_id == cast.membership("koordinator").id


@pytest.mark.parametrize("missing", ["kind", "reason"])
def test_what_is_missing_is_said_and_nothing_is_registered(cast: Cast, missing: str) -> None:
    path = talk_steps.opened(cast)
    fields = {
        "kind": "family",
        "reason": REASON,
        "successor": str(cast.membership("socialsekreterare").id),
    }
    del fields[missing]
    answer = cast.client("koordinator").post(f"{path}jav/", fields)
    assert answer.status_code == 422
    assert cast.client("koordinator").get(path).status_code == 200


def test_a_namesake_who_opens_the_case_is_noted_as_odd(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    path = steps.take(client, concern, name="Otto Falk")
    client.get(path)
    set_partition(cast.actor("koordinator"))
    assert AuditEvent.objects.filter(action="person.same_surname").count() == 1
    number = hard_steps.case_of(cast, path).number
    reviewer = cast.client("logggranskare")
    page = reviewer.post("/loggkontroll/sok/", {"number": number}, follow=True).content.decode()
    assert "samma efternamn som personen" in page
    assert "Otto" not in page


def test_what_was_declared_of_a_concern_holds_for_the_person_it_leads_to(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    client.post(f"{concern}jav/", {"kind": "family", "reason": REASON})
    path = talk_steps.opened(cast)
    assert client.get(path).status_code == 200
    case = hard_steps.case_of(cast, path)
    with work(cast.actor("koordinator")):
        carry_over(concern=Concern.objects.get(pk=talk_steps.id_in(concern)), case=case)
    assert client.get(path).status_code == 404
