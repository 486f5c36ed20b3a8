"""Somebody becomes protected when things have left already: no address and no place of theirs stays with others (S6)."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone

from access.request_transaction import set_partition
from cases.models import Conversation, Disclosure, Invitee, Summary
from tests.cases import attachment_steps, hard_steps, steps, talk_steps
from tests.cases.hard_steps import ADDRESS
from tests.cases.share_steps import (
    RISK,
    TOLD,
    case_of_sami,
    decide,
    fields_to,
    send,
    years_ago,
)
from tests.cases.test_consent import RELEASED
from tests.cases.test_meeting import ABOUT, PLACE, call_path, plan, text
from tests.cases.test_protected import raising
from tests.cast import Cast


def received(client: Client) -> str:
    """Everything that the receiver reads of what was handed over."""
    links = set(re.findall(r'href="(/delat-med-oss/[0-9a-f-]{36}/)"', text(client, RELEASED)))
    return " ".join(text(client, link) for link in links)


def test_contact_details_that_were_handed_over_are_gone_and_the_register_says_why(
    cast: Cast,
) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    officer, member = cast.client("polis", code="1495"), cast.membership("polis", code="1495")
    fields = fields_to(member, kind=["social", "contact"], body_social=TOLD) | RISK
    fields |= {"basis": "UNGA_18A", "body_contact": f"{ADDRESS}, hos sin moster."}
    send(cast.client("socialsekreterare"), f"{case}dela/", fields)
    set_partition(cast.actor("chef"))
    for pk in list(Summary.objects.values_list("pk", flat=True)):
        assert decide(cast.client("chef"), f"/sammanfattning/{pk}/").status_code == 302
    assert ADDRESS in received(officer)
    told = raising(cast, case)
    assert "Kontaktuppgifter som har lämnats ut går inte längre att läsa." in told
    left = received(officer)
    assert ADDRESS not in left
    assert TOLD in left
    set_partition(cast.actor("koordinator"))
    closed = Disclosure.objects.get(kind="contact")
    page = text(cast.client("koordinator"), f"/utlamnat/{closed.pk}/")
    assert "Personen har fått skyddade personuppgifter" in page


def test_a_call_with_a_place_is_taken_back_and_the_next_has_none(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator, member = cast.client("koordinator"), cast.membership("larare")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    steps.consent(coordinator, case, [member.agency_id])
    meeting, teacher = plan(coordinator, case, member), cast.client("larare")
    call = call_path(teacher)
    assert PLACE in text(teacher, call)
    raising(cast, case)
    assert teacher.get(call).status_code == 404
    assert "kalla igen, utan plats" in text(coordinator, meeting)
    set_partition(cast.actor("koordinator"))
    assert Invitee.objects.get().dropped_because == "protected"
    plan(coordinator, case, member)
    again = text(teacher, call_path(teacher))
    assert ABOUT in again
    assert PLACE not in again


def test_somebody_protected_is_not_invited_by_message(cast: Cast) -> None:
    case, client = hard_steps.protected(cast), cast.client("koordinator")
    page = text(client, f"{case}samtal/")
    assert 'value="message"' not in page
    assert "Brev går genom Skatteverkets förmedling." in page
    fields = {"kind": "social_services", "trigger": "Bråk på rasten", "how": "message"}
    fields |= {"sent_on": timezone.localdate().isoformat(), "invitation": "Ring oss."}
    assert client.post(f"{case}samtal/", fields).status_code == 422
    set_partition(cast.actor("koordinator"))
    assert not Conversation.objects.exists()
    open_one = talk_steps.opened(cast)
    assert 'value="message"' in text(client, f"{open_one}samtal/")


def test_a_file_about_somebody_protected_leaves_under_a_name_that_says_nothing(cast: Cast) -> None:
    case = hard_steps.protected(cast)
    link = attachment_steps.added(cast, case, name="Ester Skogsdotter hemma.pdf")
    answer = cast.client("koordinator").get(link)
    number = hard_steps.case_of(cast, case).number
    assert answer["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
