"""The network meeting: only those whom the consent covers are called, and a call ends with what it rests on (S1, S3, S7)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from access.actor import actor_of
from access.request_transaction import work
from cases.models import ConsentScope, Invitee, Meeting, MeetingCall, Person
from cases.services.protection import name_all
from tests.cases import steps
from tests.cast import Cast

MINUTES = "Nils börjar i musikgruppen på torsdagar. Mentorn ringer hem på fredag."
PLACE = "Konferensrum Älgen, Biblioteket"
ABOUT = "Hur eftermiddagarna ska bli lugnare för Nils"


@pytest.fixture
def case(cast: Cast) -> str:
    """A case with a consent that covers school and leisure, not the police."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    path = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    school, leisure = cast.membership("larare"), cast.membership("fritidsledare")
    steps.consent(coordinator, path, [school.agency_id, leisure.agency_id])
    return path


def fields(*who: Any, **changed: Any) -> dict[str, Any]:
    at = timezone.localtime() + timedelta(days=9)
    return {
        "planned_for": f"{at:%Y-%m-%d} 15:00",
        "place": PLACE,
        "about": ABOUT,
        "family": "Nils och hans mamma",
        "invited": [str(one.id) for one in who],
        "row_id": str(uuid4()),
    } | changed


def plan(client: Client, case: str, *who: Any, **changed: Any) -> str:
    answer = client.post(f"{case}mote/", fields(*who, **changed))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def call_path(client: Client) -> str:
    found = re.search(r'href="(/kallelser/[0-9a-f-]{36}/)"', text(client, "/kallelser/"))
    assert found
    return found[1]


def ticks(cast: Cast, *agencies: UUID) -> list[UUID]:
    """The units that the consent is ticked for, of these agencies or all."""
    with work(actor_of(cast.membership("koordinator"))):
        held = ConsentScope.objects.all()
        if agencies:
            held = held.filter(covers_agency__in=agencies)
        return [unit for unit in {tick.covers_unit for tick in held} if unit is not None]


def test_the_called_learn_time_place_and_subject_and_nothing_of_the_case(
    cast: Cast, case: str
) -> None:
    teacher = cast.client("larare")
    plan(cast.client("koordinator"), case, cast.membership("larare"))
    assert "Du är kallad till" in text(teacher, "/")
    page = text(teacher, call_path(teacher))
    assert PLACE in page
    assert ABOUT in page
    assert "mamma" not in page
    assert teacher.get(case).status_code == 404


def test_an_officer_whom_the_consent_does_not_cover_is_refused_with_words(
    cast: Cast, case: str
) -> None:
    officer = cast.membership("polis", code="1495")
    coordinator = cast.client("koordinator")
    assert "Områdespolisen Skara" in text(coordinator, f"{case}mote/")
    answer = coordinator.post(f"{case}mote/", fields(cast.membership("larare"), officer))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Omfattas inte av samtycket" in page
    assert officer.user.name in page
    assert ABOUT in page, "what was typed is still there"
    assert "kallad till" not in text(cast.client("polis"), "/")


def test_a_forged_name_never_reaches_a_call(cast: Cast, case: str) -> None:
    """Ids of the host's own staff who do not work on the case, of other municipalities, and drawn ones."""
    stranger = cast.membership("essunga-koordinator")
    answer = cast.client("koordinator").post(
        f"{case}mote/", fields(invited=[str(stranger.id), str(uuid4())])
    )
    assert answer.status_code == 422
    with work(actor_of(cast.membership("koordinator"))):
        assert not Meeting.objects.exists()


def test_sent_twice_it_is_one_meeting(cast: Cast, case: str) -> None:
    coordinator, form = cast.client("koordinator"), fields(cast.membership("larare"))
    first = coordinator.post(f"{case}mote/", form)
    second = coordinator.post(f"{case}mote/", form)
    assert first["Location"] == second["Location"]
    with work(actor_of(cast.membership("larare"))):
        assert MeetingCall.objects.count() == 1


def test_changed_the_old_call_is_gone_and_a_new_one_stands(cast: Cast, case: str) -> None:
    coordinator, teacher = cast.client("koordinator"), cast.client("larare")
    meeting = plan(coordinator, case, cast.membership("larare"))
    old = call_path(teacher)
    answer = coordinator.post(
        f"{meeting}andra/",
        fields(cast.membership("larare"), place="Skolan", seen_version="0"),
    )
    assert answer.status_code == 302
    assert teacher.get(old).status_code == 404
    assert "Skolan" in text(teacher, call_path(teacher))


def test_of_two_who_change_at_once_the_second_is_told(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    meeting = plan(coordinator, case, cast.membership("larare"))
    form = fields(cast.membership("larare"), place="Först", seen_version="0")
    assert coordinator.post(f"{meeting}andra/", form).status_code == 302
    late = coordinator.post(f"{meeting}andra/", form | {"place": "Sedan"})
    assert late.status_code == 409
    assert "Sedan" in late.content.decode()
    assert "Först" in text(coordinator, meeting)


def test_called_off_nobody_is_called_and_the_reason_stands(cast: Cast, case: str) -> None:
    coordinator, teacher = cast.client("koordinator"), cast.client("larare")
    meeting = plan(coordinator, case, cast.membership("larare"))
    path = call_path(teacher)
    answer = coordinator.post(meeting, {"act": "cancel", "because": "family", "seen_version": "0"})
    assert answer.status_code == 302
    assert teacher.get(path).status_code == 404
    assert "Familjen kan eller vill inte den dagen" in text(coordinator, meeting)


def test_the_minutes_stay_with_the_case(cast: Cast, case: str) -> None:
    coordinator, teacher = cast.client("koordinator"), cast.client("larare")
    meeting = plan(coordinator, case, cast.membership("larare"), cast.membership("fritidsledare"))
    path = call_path(teacher)
    with work(actor_of(cast.membership("koordinator"))):
        came = Invitee.objects.get(of_membership=cast.membership("larare").id)
    answer = coordinator.post(
        meeting,
        {"act": "hold", "minutes": MINUTES, "came": [str(came.id)], "seen_version": "0"},
    )
    assert answer.status_code == 302, answer.content.decode()
    page = text(coordinator, meeting)
    assert f'href="{case}atagande/"' in page, "what each promised is noted from here"
    assert MINUTES in page
    assert "(kom)" in page
    assert "(kom inte)" in page
    assert teacher.get(path).status_code == 404
    assert teacher.get(meeting).status_code == 404


def test_a_partial_withdrawal_drops_only_whom_it_concerns(cast: Cast, case: str) -> None:
    """S3: the upcoming meeting drops them with the next request; the others are still called."""
    coordinator, teacher, youth = (
        cast.client(who) for who in ("koordinator", "larare", "fritidsledare")
    )
    meeting = plan(coordinator, case, cast.membership("larare"), cast.membership("fritidsledare"))
    open_tab = call_path(teacher)
    steps.withdraw(coordinator, case, ticks(cast, cast.membership("larare").agency_id))
    assert teacher.get(open_tab).status_code == 404
    assert "kallad till" not in text(teacher, "/")
    assert PLACE in text(youth, call_path(youth))
    page = text(coordinator, meeting)
    assert "Mötet behöver nya deltagare" in page
    assert "Samtycket gäller inte längre" in page


def test_a_whole_withdrawal_calls_the_meeting_off_and_clears_its_reminder(
    cast: Cast, case: str
) -> None:
    coordinator, youth = cast.client("koordinator"), cast.client("fritidsledare")
    meeting = plan(coordinator, case, cast.membership("fritidsledare"))
    path = call_path(youth)
    steps.withdraw(coordinator, case, ticks(cast))
    assert youth.get(path).status_code == 404
    page = text(coordinator, meeting)
    assert "Inställt" in page
    assert "Samtycket gäller inte längre" in page
    assert "Öppna mötet" not in text(coordinator, "/")


def test_siblings_at_one_table_have_a_meeting_and_minutes_each(cast: Cast, case: str) -> None:
    """S7: what one consent covers does not cover the other child, and neither case shows the other's minutes."""
    coordinator, teacher = cast.client("koordinator"), cast.membership("larare")
    brother = plan(coordinator, case, teacher)
    steps.tell(cast.client("larare"), child="Nora i 5B")
    sister = steps.take(
        coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"), name="Nora Persson"
    )
    # Not before she has a consent of her own, and then only with those whom hers covers.
    assert coordinator.post(f"{sister}mote/", fields(teacher)).status_code == 409
    steps.consent(coordinator, sister, [cast.membership("fritidsledare").agency_id])
    refused = coordinator.post(f"{sister}mote/", fields(teacher))
    assert refused.status_code == 422
    assert "Omfattas inte av samtycket" in refused.content.decode()
    steps.consent(coordinator, sister, [teacher.agency_id])
    hers = plan(coordinator, sister, teacher)
    for meeting, words in ((brother, MINUTES), (hers, "Nora vill byta grupp.")):
        form = {"act": "hold", "minutes": words, "seen_version": "0"}
        assert coordinator.post(meeting, form).status_code == 302
    assert "Nora vill" not in text(coordinator, brother)
    assert MINUTES not in text(coordinator, hers)


def test_closing_the_case_calls_the_meeting_off(cast: Cast, case: str) -> None:
    coordinator, teacher = cast.client("koordinator"), cast.client("larare")
    plan(coordinator, case, cast.membership("larare"))
    path = call_path(teacher)
    follow_up = steps.first_link(coordinator, case, "/uppfoljning/")
    answer = coordinator.post(
        follow_up,
        {
            "act": "hold",
            "how": "Bra",
            "then": "close",
            "reason": "mål_uppnådda",
            "seen_version": "0",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    assert teacher.get(path).status_code == 404


def test_somebody_protected_has_no_place_in_a_call(cast: Cast, case: str) -> None:
    """S6: the place is left out of what is written into another partition."""
    with work(actor_of(cast.membership("koordinator"))):
        assert Person.objects.update(protection="marked") == 1
        name_all(
            actor=actor_of(cast.membership("koordinator")),
            person=Person.objects.get(),
            named=[cast.membership("koordinator"), cast.membership("chef")],
            reason="Hot mot familjen",
            now=timezone.now(),
        )
    plan(cast.client("koordinator"), case, cast.membership("larare"))
    teacher = cast.client("larare")
    page = text(teacher, call_path(teacher))
    assert PLACE not in page
    assert "Fråga den som kallade." in page
