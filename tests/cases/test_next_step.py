"""The one clear next action of a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from cases.models.case import ENDED_STAGES, Stage
from cases.rules.next_step import Facts, Step, Talk, next_step, talk_of
from tests.cases import steps, talk_steps
from tests.cast import Cast

TODAY = date(2026, 11, 23)
CALM = Facts(
    stage=Stage.ACTIVE,
    consented=True,
    talk=Talk.DONE,
    follow_up_on=TODAY + timedelta(days=9),
    approval=None,
    returned=False,
    today=TODAY,
)


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        ({}, Step.FOLLOW_UP_AHEAD),
        ({"stage": Stage.NEW, "consented": False}, Step.REGISTER_CONSENT),
        ({"stage": Stage.AWAITING_CONSENT, "consented": False}, Step.REGISTER_CONSENT),
        ({"talk": Talk.NEVER}, Step.INVITE),
        ({"talk": Talk.NO_ANSWER_YET}, Step.NOTE_REPLY),
        ({"talk": Talk.AHEAD}, Step.WAIT_FOR_CONVERSATION),
        ({"talk": Talk.DAY_PASSED}, Step.WRITE_NOTES),
        ({"approval": True}, Step.APPROVE_SUMMARY),
        ({"approval": False}, Step.WAIT_FOR_APPROVAL),
        ({"returned": True}, Step.CHANGE_SUMMARY),
        ({"follow_up_on": TODAY}, Step.FOLLOW_UP_TODAY),
        ({"follow_up_on": TODAY - timedelta(days=1)}, Step.FOLLOW_UP_LATE),
        ({"stage": Stage.FROZEN, "consented": False}, Step.STOPPED),
        ({"follow_up_on": None}, Step.NONE),
        # What is late comes before what is only next.
        ({"talk": Talk.NEVER, "follow_up_on": TODAY - timedelta(days=1)}, Step.FOLLOW_UP_LATE),
        ({"approval": True, "follow_up_on": TODAY - timedelta(days=1)}, Step.APPROVE_SUMMARY),
        # Without consent nobody is told to share, but a talk that was held is written down first.
        ({"stage": Stage.NEW, "consented": False, "talk": Talk.DAY_PASSED}, Step.WRITE_NOTES),
    ],
)
def test_the_next_step_follows_from_the_facts(changed: dict[str, Any], step: Step) -> None:
    assert next_step(replace(CALM, **changed)) is step


@pytest.mark.parametrize("stage", sorted(ENDED_STAGES))
def test_a_case_that_has_ended_asks_for_nothing(stage: Stage) -> None:
    late = replace(CALM, stage=stage, approval=True, follow_up_on=TODAY - timedelta(days=90))
    assert next_step(late) is Step.NONE


def test_every_open_case_with_a_next_date_has_a_next_step() -> None:
    for stage in set(Stage) - ENDED_STAGES:
        for talk in Talk:
            for consented in (True, False):
                facts = replace(CALM, stage=stage, talk=talk, consented=consented)
                assert next_step(facts) is not Step.NONE


@pytest.mark.parametrize(
    ("held", "invited", "answered", "planned", "talk"),
    [
        (False, False, False, None, Talk.NEVER),
        (True, False, False, None, Talk.DONE),
        (False, True, False, None, Talk.NO_ANSWER_YET),
        (False, True, True, None, Talk.AHEAD),
        (False, True, True, TODAY + timedelta(days=1), Talk.AHEAD),
        (False, True, False, TODAY, Talk.DAY_PASSED),
        (True, True, True, TODAY - timedelta(days=3), Talk.DAY_PASSED),
    ],
)
def test_how_far_the_talk_has_come(
    *, held: bool, invited: bool, answered: bool, planned: date | None, talk: Talk
) -> None:
    got = talk_of(held=held, invited=invited, answered=answered, planned=planned, today=TODAY)
    assert got is talk


def test_the_case_page_leads_from_consent_to_the_talk_to_the_follow_up(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    coordinator = cast.client("koordinator")
    assert "Nästa: samtycke" in coordinator.get(case).content.decode()
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    assert "Nästa: bjud in till orossamtal" in coordinator.get(case).content.decode()
    talk = talk_steps.invite(coordinator, case)
    assert "Nästa: notera svaret på inbjudan" in coordinator.get(case).content.decode()
    coordinator.post(f"{talk}anteckningar/", talk_steps.finishing())
    page = coordinator.get(case).content.decode()
    assert "Nästa: uppföljning" in page
    assert "Noomi Falk ansvarar" in page


def test_the_manager_is_asked_only_for_the_approval(cast: Cast) -> None:
    case = talk_steps.active(cast)
    manager = cast.client("chef")
    assert "s-notice" not in manager.get(case).content.decode()
    officer = cast.membership("polis", code="1495")
    steps.write_summary(cast.client("koordinator"), case, [officer.id])
    assert "Nästa: granska sammanfattningen" in manager.get(case).content.decode()
