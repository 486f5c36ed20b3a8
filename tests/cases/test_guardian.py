"""A guardian entered wrong is put right: who must sign is asked anew, and what lacked a signature does not go on."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case, ConsentEvent, Disclosure, Guardian, GuardianCorrection, Stage
from cases.rules.guardians import Held, lacked_a_signature, too_many
from cases.services.guardian import Correction, correct_guardian
from cases.services.refusals import ChangedMeanwhile
from reminders.models import Deadline
from tests.cases import steps
from tests.cases.share_steps import text_of
from tests.cases.talk_steps import id_in
from tests.cases.test_consent import RELEASED, stage, taken
from tests.cast import Cast

REASON = "Personbeviset säger gemensam vårdnad."
ENDED = "Ärendet stoppas tills det finns ett nytt samtycke"


def correcting(client: Client, case: str) -> str:
    """The path on which the first guardian listed there is put right."""
    return steps.link_matching(
        client, f"{case}vardnadshavare/", r"/vardnadshavare/[0-9a-f-]{36}/ratta/"
    )


def fields(**changed: str) -> dict[str, str]:
    return {
        "name": "Maria Persson",
        "custody": "joint",
        "phone": "",
        "address": "",
        "reason": REASON,
        "seen_version": "0",
    } | changed


def kinds(cast: Cast) -> list[str]:
    set_partition(cast.actor("koordinator"))
    return list(ConsentEvent.objects.values_list("kind", flat=True))


# --- a consent in force -----------------------------------------------------------------------------------------


def test_a_consent_that_lacked_a_guardian_by_the_corrected_custody_ends_with_all_that_rested_on_it(
    cast: Cast,
) -> None:
    case, _summary = steps.released(cast)
    coordinator, officer = cast.client("koordinator"), cast.client("polis", code="1495")
    tab = steps.first_link(officer, RELEASED, RELEASED)
    page = correcting(coordinator, case)
    unsaid = coordinator.post(page, fields(reason=""))
    assert (unsaid.status_code, "Skriv varför uppgiften rättas." in text_of(unsaid)) == (422, True)
    told = coordinator.post(page, fields()).content.decode()
    assert "kan inte längre läsa sammanfattningen" in told
    assert ENDED in told
    assert "Områdespolisen Skara får inte längre ta del av något i ärendet." in told
    # The host's own go on working in their case.
    assert "Barn och unga får inte längre berätta något för de andra." in told
    assert f'value="{REASON}"' in told
    assert officer.get(tab).status_code == 200
    set_partition(cast.actor("koordinator"))
    assert (Guardian.objects.get().custody, GuardianCorrection.objects.count()) == ("sole", 0)
    for _twice in range(2):
        assert coordinator.post(page, fields(act="confirm"))["Location"] == f"{case}vardnadshavare/"
    assert officer.get(tab).status_code == 404
    assert stage(cast, case) == Stage.FROZEN
    row = Case.objects.get(pk=id_in(case))
    assert row.stopped_because == "underskrift_saknades"
    left = Deadline.objects.filter(state=Deadline.State.OPEN, label=row.number)
    assert list(left.values_list("kind", flat=True)) == ["case_stopped"]
    assert Disclosure.objects.get().end.reason == "signature_lacked"
    assert [kinds(cast).count(kind) for kind in ("custody", "lacked", "withdrawn")] == [1, 1, 0]
    assert GuardianCorrection.objects.count() == 1
    noted = AuditEvent.objects.filter(action__in=("guardian.change", "consent.lack"))
    assert noted.count() == 2
    listed = text_of(coordinator.get(f"{case}vardnadshavare/"))
    assert "Förut stod: Vårdnadshavare, ensam vårdnad" in listed
    assert REASON in listed
    consent = steps.link_matching(coordinator, case, r"/samtycke/[0-9a-f-]{36}/")
    assert "Gäller inte, en vårdnadshavares underskrift saknades" in text_of(
        coordinator.get(consent)
    )
    assert f'href="{case}samtycke/"' in coordinator.get(consent).content.decode()
    # Written anew with both, it goes on.
    steps.guardian(coordinator, case, "Pär Persson", custody="joint")
    again = steps.begin_consent(
        coordinator, case, [cast.membership("polis", code="1495").agency_id]
    )
    for signer in steps.signers(coordinator, again):
        steps.answer_for(coordinator, signer)
    assert stage(cast, case) == Stage.ACTIVE


def test_a_guardian_who_had_custody_that_day_and_is_not_on_it_ends_it_too(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator = cast.client("koordinator")
    facts = {"name": "Pär Persson", "custody": "joint", "phone": "", "address": ""}
    one = facts | {"starts_on": "2019-01-01", "form_id": str(uuid4())}
    assert ENDED in text_of(coordinator.post(f"{case}vardnadshavare/", one))
    set_partition(cast.actor("koordinator"))
    assert Guardian.objects.count() == 1
    assert coordinator.post(f"{case}vardnadshavare/", one | {"act": "confirm"}).status_code == 302
    assert (stage(cast, case), Guardian.objects.count()) == (Stage.FROZEN, 2)


def test_a_name_put_right_ends_nothing_and_the_old_one_is_kept(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator = cast.client("koordinator")
    page = correcting(coordinator, case)
    same = coordinator.post(page, fields(custody="sole"))
    assert (same.status_code, "Inget är ändrat." in text_of(same)) == (422, True)
    right = fields(custody="sole", name="Marja Persson", phone="0511-000 00")
    assert coordinator.post(page, right).status_code == 302
    listed = text_of(coordinator.get(f"{case}vardnadshavare/"))
    assert "Marja Persson" in listed
    assert "ensam vårdnad, Maria Persson." in listed
    assert stage(cast, case) == Stage.ACTIVE
    assert not {"custody", "lacked"} & set(kinds(cast))


# --- a consent that waits ---------------------------------------------------------------------------------------


def test_an_open_consent_shows_at_once_whom_it_lacks_and_whom_it_waits_for(cast: Cast) -> None:
    coordinator, case = taken(cast, age=10)
    police = [cast.membership("polis", code="1495").agency_id]
    steps.guardian(coordinator, case, starts_on="2019-01-01")
    consent = steps.begin_consent(coordinator, case, police)
    assert "inte med på samtycket" not in text_of(coordinator.get(consent))
    page = correcting(coordinator, case)
    assert coordinator.post(page, fields()).status_code == 302
    shown = text_of(coordinator.get(consent))
    assert "en vårdnadshavare är inte med på samtycket" in shown
    assert "Uppgift om vårdnaden rättad" in shown
    steps.guardian(coordinator, case, "Pär Persson", custody="joint", starts_on="2019-01-01")
    both = steps.begin_consent(coordinator, case, police)
    assert "två vårdnadshavare har inte skrivit under" in text_of(coordinator.get(both))
    signers = steps.signers(coordinator, both)
    steps.answer_for(coordinator, signers[-1], "heard")
    # It was the mother alone after all: as long as the other stands there, it cannot be.
    refused = coordinator.post(page, fields(custody="sole", seen_version="1"))
    assert (refused.status_code, "Det finns fler som är registrerade" in text_of(refused)) == (
        422,
        True,
    )
    set_partition(cast.actor("koordinator"))
    other = Guardian.objects.get(custody="joint", corrections__isnull=True)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    coordinator.post(f"/vardnadshavare/{other.pk}/upphor/", {"last_day": yesterday})
    assert coordinator.post(page, fields(custody="sole", seen_version="1")).status_code == 302
    shown = text_of(coordinator.get(both))
    assert "en vårdnadshavare har inte skrivit under" in shown
    assert "är inte vårdnadshavare längre" in shown
    assert len(steps.signers(coordinator, both)) == 1
    gone = next(one for one in signers[:2] if one not in steps.signers(coordinator, both))
    assert steps.answer_for(coordinator, gone).status_code == 409
    steps.answer_for(coordinator, steps.signers(coordinator, both)[0])
    assert stage(cast, case) == Stage.ACTIVE


# --- two at once, and who ---------------------------------------------------------------------------------------


def test_the_second_of_two_is_shown_what_was_saved_and_loses_nothing(cast: Cast) -> None:
    coordinator, case = taken(cast, age=10)
    steps.guardian(coordinator, case)
    page = correcting(coordinator, case)
    assert coordinator.post(page, fields(custody="sole", name="Mia Persson")).status_code == 302
    late = coordinator.post(page, fields(phone="070-000 00 00"))
    shown = late.content.decode()
    assert late.status_code == 409
    for told in ("Någon har rättat uppgifterna", "Mia Persson", "070-000 00 00", REASON):
        assert told in shown
    assert 'name="seen_version" value="1"' in shown
    assert coordinator.post(page, fields(seen_version="1")).status_code == 302
    set_partition(cast.actor("koordinator"))
    assert (Guardian.objects.get().custody, GuardianCorrection.objects.count()) == ("joint", 2)


def test_what_would_end_is_not_told_of_a_page_that_is_old(cast: Cast) -> None:
    case, _summary = steps.released(cast)
    coordinator = cast.client("koordinator")
    page = correcting(coordinator, case)
    assert coordinator.post(page, fields(custody="sole", name="Mia Persson")).status_code == 302
    late = coordinator.post(page, fields())
    assert (late.status_code, ENDED in text_of(late)) == (409, False)


def test_of_two_at_the_same_moment_the_one_that_came_second_is_refused(cast: Cast) -> None:
    """Both have passed the page's own look at the version; the case is held by one at a time."""
    coordinator, case = taken(cast, age=10)
    steps.guardian(coordinator, case)
    actor = cast.actor("koordinator")
    to = Correction(
        name="Mia Persson", name_was="", phone="", address="", custody="sole", reason=REASON
    )
    for version, refused in ((0, False), (0, True), (1, False)):
        with work(actor):
            row = door.open_one(actor, Guardian, Guardian.objects.get().pk)
            of = door.open_one(actor, Case, id_in(case))
            with pytest.raises(ChangedMeanwhile) if refused else nullcontext():
                correct_guardian(
                    actor=actor,
                    guardian=row,
                    case=of,
                    to=to,
                    seen_version=version,
                    now=timezone.now(),
                )


def test_nobody_else_puts_it_right(cast: Cast) -> None:
    coordinator, case = taken(cast, age=10)
    steps.guardian(coordinator, case)
    page = correcting(coordinator, case)
    for who in ("chef", "larare", "polis", "socialsekreterare"):
        assert cast.client(who).post(page, fields()).status_code == 404
    set_partition(cast.actor("koordinator"))
    assert not GuardianCorrection.objects.exists()


# --- the rule ---------------------------------------------------------------------------------------------------

GIVEN, LATER = date(2026, 3, 2), date(2026, 5, 4)
A, B = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("held", "answered", "lacked"),
    [
        ([Held(A, "sole", GIVEN, None)], {A}, False),
        ([Held(A, "joint", GIVEN, None)], {A}, True),
        ([Held(A, "joint", GIVEN, None), Held(B, "joint", GIVEN, None)], {A, B}, False),
        ([Held(A, "joint", GIVEN, None), Held(B, "joint", GIVEN, None)], {A}, True),
        # Put right to one alone, when both had signed.
        ([Held(A, "sole", GIVEN, None), Held(B, "joint", GIVEN, None)], {A, B}, False),
        # What changed afterwards is no fault in what was given.
        ([Held(A, "sole", GIVEN, GIVEN), Held(B, "joint", LATER, None)], {A}, False),
        (
            [Held(A, "sole", GIVEN, None), Held(B, "sole", date(2020, 1, 1), date(2026, 3, 1))],
            {A},
            False,
        ),
        ([Held(A, "sole", GIVEN, None), Held(B, "joint", date(2020, 1, 1), GIVEN)], {A}, True),
        ([Held(A, "appointed", GIVEN, None)], {A}, False),
        ([Held(A, "appointed", GIVEN, None), Held(B, "appointed", GIVEN, None)], {A}, True),
        ([Held(A, "sole", GIVEN, None)], set(), True),
        ([], {A}, False),
    ],
)
def test_what_a_consent_lacked(held: list[Held], answered: set[UUID], lacked: bool) -> None:
    assert lacked_a_signature(held, answered, on=GIVEN) is lacked


def test_custody_alone_leaves_no_room_for_another() -> None:
    alone = [too_many("sole", others, GIVEN) for others in (0, 1)]
    together = [too_many("joint", others, GIVEN) for others in (1, 2)]
    assert (alone, together) == ([False, True], [False, True])
