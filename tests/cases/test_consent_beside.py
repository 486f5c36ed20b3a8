"""Consents beside each other: what is taken back in one is taken back in all; and the screen is handed over only once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from access.models import Membership
from access.request_transaction import set_partition
from cases.models import Case, Consent, ConsentEvent, Stage
from tests.cases import steps
from tests.cases.share_steps import text_of
from tests.cases.talk_steps import id_in
from tests.cases.test_consent import RELEASED, begun, stage, taken
from tests.cast import Cast

WHOLE = {"whole": "on", "channel": "phone"}


def police(cast: Cast) -> Membership:
    return cast.membership("polis", code="1495")


def test_taken_back_in_one_it_is_taken_back_in_the_one_beside_it(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    tab = steps.first_link(officer, RELEASED, RELEASED)
    beside = steps.consent(coordinator, case, [police(cast).agency_id], kinds={"social"}, renews="")
    effect = text_of(coordinator.post(f"{beside}aterkalla/", WHOLE))
    assert "kan inte längre läsa sammanfattningen" in effect
    assert "Områdespolisen Skara får inte längre ta del av allt som förut." in effect
    assert "Ärendet stoppas" not in effect
    coordinator.post(f"{beside}aterkalla/", WHOLE | {"act": "confirm"})
    assert officer.get(tab).status_code == 404
    # The school's ticks stand in the older consent alone, and nobody took them back.
    assert stage(cast, case) == Stage.ACTIVE
    older = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")
    coordinator.post(older, WHOLE | {"act": "confirm"})
    assert stage(cast, case) == Stage.FROZEN


def test_a_signature_from_before_a_withdrawal_gives_nothing_afterwards(cast: Cast) -> None:
    coordinator, case, consent, signers = begun(cast, age=16)
    for signer in signers:
        assert steps.answer_for(coordinator, signer).status_code == 302
    renewal = steps.begin_consent(coordinator, case, [police(cast).agency_id])
    first, *others = steps.signers(coordinator, renewal)
    assert steps.answer_for(coordinator, first).status_code == 302
    effect = text_of(coordinator.post(f"{consent}aterkalla/", WHOLE))
    assert "Samtycket som väntar på underskrift avslutas också" in effect
    coordinator.post(f"{consent}aterkalla/", WHOLE | {"act": "confirm"})
    for signer in others:
        steps.answer_for(coordinator, signer)
    assert stage(cast, case) == Stage.FROZEN
    assert ConsentEvent.objects.filter(kind="given").count() == 1


def test_a_renewal_that_nobody_has_signed_outlives_the_withdrawal(cast: Cast) -> None:
    coordinator, case, consent, signers = begun(cast, age=16)
    for signer in signers:
        steps.answer_for(coordinator, signer)
    renewal = steps.begin_consent(coordinator, case, [police(cast).agency_id])
    coordinator.post(f"{consent}aterkalla/", WHOLE | {"act": "confirm"})
    for signer in steps.signers(coordinator, renewal):
        assert steps.answer_for(coordinator, signer).status_code == 302
    assert stage(cast, case) == Stage.ACTIVE


def test_a_form_sent_for_two_cases_makes_a_consent_in_each(cast: Cast) -> None:
    school, form = [cast.membership("larare").agency_id], str(uuid4())
    made = set()
    for _case in range(2):
        coordinator, case = taken(cast, age=16)
        steps.guardian(coordinator, case, form_id=form)
        for _twice in range(2):
            made.add(steps.begin_consent(coordinator, case, school, form_id=form))
    assert len(made) == 2
    set_partition(cast.actor("koordinator"))
    assert Consent.objects.count() == Case.objects.count() == 2
    assert {id_in(one) for one in made} == set(Consent.objects.values_list("pk", flat=True))


def test_a_screen_that_was_unlocked_is_not_handed_over_when_it_locks_again(
    cast: Cast, settings: Any
) -> None:
    settings.DEMO = True
    coordinator, case = taken(cast, age=16)
    steps.guardian(coordinator, case)
    consent = steps.begin_consent(coordinator, case, [cast.membership("larare").agency_id])
    _guardian, youth = steps.signers(coordinator, consent)
    for taken_back in ("/las-upp/", "/las/"):
        page = coordinator.post(youth.replace("/svar/", "/skarm/"))["Location"]
        assert coordinator.get(page).status_code == 200
        assert coordinator.post(taken_back, {"next": "/"}).status_code == 302, taken_back
        session = coordinator.session
        session["locked"] = True
        session.save()
        assert coordinator.get(page)["Location"] == "/las-upp/"
        session["locked"] = False
        session.save()
