"""What one may do, but not yet: the page says which condition is wanting, and only to who sees the row anyway."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from access.not_now import NotNow, page
from access.policy import policy
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Meeting
from tests.cases import talk_steps
from tests.cast import Cast


def test_the_conditions_are_told_in_the_tables_words_and_always_in_one_order() -> None:
    conditions = policy().conditions
    fault = NotNow({"open_case", "consent"})
    assert fault.conditions == ["consent", "open_case"]
    answer = page(RequestFactory().post("/"), fault)
    said = answer.content.decode()
    assert answer.status_code == 409
    assert said.index(conditions["consent"]) < said.index(conditions["open_case"])
    assert conditions["law"] not in said
    assert "Inget är sparat." in said


def test_an_unknown_condition_is_a_fault_and_never_a_blank_line() -> None:
    with pytest.raises(KeyError):
        page(RequestFactory().post("/"), NotNow({"full_moon"}))


def test_who_works_on_the_case_is_told_what_is_wanting_and_nobody_else(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    for who, status in (
        ("koordinator", 409),
        ("socialsekreterare", 409),
        ("chef", 404),
        ("larare", 404),
    ):
        for answer in (cast.client(who).get(f"{case}mote/"), cast.client(who).post(f"{case}mote/")):
            assert answer.status_code == status, who
            assert ("ett samtycke gäller" in answer.content.decode()) == (status == 409)
            assert "ärendet är öppet</li>" not in answer.content.decode()
    with work(cast.actor("koordinator")):
        assert not Meeting.objects.exists()
        denied = AuditEvent.objects.filter(outcome="denied", action="create")
        assert denied.filter(actor_membership_id=cast.membership("koordinator").id).count() == 2
