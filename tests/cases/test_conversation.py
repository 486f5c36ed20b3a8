"""Orossamtal: a voluntary talk, notes that are never lost, an agreement and a next date."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from access.request_transaction import set_partition
from audit.models import AuditEvent
from cases.models import Case, Conversation, ConversationDraft, Stage
from cases.rules.codes import choices
from cases.rules.conversation_phases import PHASES, TEXTS
from cases.rules.guardians import Say, who_has_a_say
from crypto.fields import SealedField
from tests.cases import steps, talk_steps
from tests.cases.talk_steps import ATTENDED, TRIGGER, YOUTH, finishing, notes
from tests.cast import Cast

THEIRS = "Kanariefågel: kollegan skrev om skolan."
MINE = "Kanariefågel: jag skrev om fritiden."


def the_talk(cast: Cast) -> Conversation:
    set_partition(cast.actor("koordinator"))
    return Conversation.objects.get()


# --- from invitation to agreement -----------------------------------------------------------------------


def test_from_invitation_to_next_date(cast: Cast, case: str) -> None:
    worker = cast.client("socialsekreterare")
    talk = talk_steps.invite(worker, case, planned_for="2099-01-15 15:00")
    yes = {
        "act": "reply",
        "reply": "accepted",
        "replied_on": timezone.localdate().isoformat(),
        "seen_version": "0",
    }
    assert worker.post(talk, yes).status_code == 302
    assert "Nästa: orossamtal, torsdag 15 januari kl. 15.00" in worker.get(case).content.decode()
    answer = worker.post(f"{talk}anteckningar/", finishing(1))
    assert answer["Location"] == talk
    page = cast.client("koordinator").get(talk).content.decode()
    for text in (TRIGGER, YOUTH, "Nils, mamma Karin", "Vi ses igen för ett nytt samtal"):
        assert text in page
    follow_up = talk_steps.planned(cast, case)
    assert follow_up.due_on == talk_steps.ahead(20) == the_talk(cast).next_on
    assert YOUTH in worker.get(f"/uppfoljning/{follow_up.pk}/").content.decode()
    assert "Orossamtal" in worker.get(case).content.decode()


def test_a_time_before_the_invitation_is_told_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, case: str
) -> None:
    today = timezone.localdate()
    before = f"{(today - timedelta(days=1)).isoformat()} 15:00"
    fields = talk_steps.invitation(planned_for=before)
    answer = cast.client("socialsekreterare").post(f"{case}samtal/", fields)
    assert answer.status_code == 422
    shown = answer.content.decode()
    why = f"Tiden är före dagen då ni bjöd in, {today.isoformat()}. Välj den dagen eller en senare."
    assert re.search(rf'id="id_planned_for_error"[^>]*>.*?{why}', shown, re.DOTALL)
    assert f'value="{before}"' in shown
    assert TRIGGER in shown
    set_partition(cast.actor("koordinator"))
    assert not Conversation.objects.exists()
    same_day = talk_steps.invitation(planned_for=f"{today.isoformat()} 00:30")
    assert cast.client("socialsekreterare").post(f"{case}samtal/", same_day).status_code == 302


def test_what_was_said_stands_on_the_talks_page_and_not_on_the_cases(cast: Cast, case: str) -> None:
    talk_steps.held(cast.client("koordinator"), case)
    page = cast.client("koordinator").get(case).content.decode()
    assert TRIGGER not in page
    assert YOUTH not in page


def test_a_no_to_the_invitation_is_no_mark(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    no = {
        "act": "reply",
        "reply": "declined",
        "replied_on": timezone.localdate().isoformat(),
        "seen_version": "0",
    }
    assert coordinator.post(talk, no).status_code == 302
    page = coordinator.get(case).content.decode()
    assert "Tackat nej" not in page
    assert "Blev inget samtal" in page
    assert "Nästa: bjud in" not in page
    assert "Nästa: uppföljning" in page
    set_partition(cast.actor("koordinator"))
    assert Case.objects.get(pk=talk_steps.id_in(case)).stage == Stage.ACTIVE


def test_a_joint_talk_needs_a_consent_in_force(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    coordinator = cast.client("koordinator")
    fields = {
        "kind": "joint",
        "trigger": TRIGGER,
        "sent_on": timezone.localdate().isoformat(),
        "how": "phone",
        "invitation": "Frivilligt",
    }
    refused = coordinator.post(f"{case}samtal/", fields)
    assert refused.status_code == 422
    assert "kräver ett samtycke som gäller" in refused.content.decode()
    assert TRIGGER in refused.content.decode()
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    assert coordinator.post(f"{case}samtal/", fields).status_code == 302


def test_social_services_are_not_offered_the_schools_own_talk(cast: Cast, case: str) -> None:
    page = cast.client("koordinator").get(f"{case}samtal/").content.decode()
    assert 'value="social_services"' in page
    assert 'value="school"' not in page
    answer = cast.client("koordinator").post(f"{case}samtal/", {"kind": "school"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"outcome": ""}, "Välj hur det blev"),
        ({"held_on": ""}, "Skriv vilken dag samtalet hölls"),
        ({"held_on": "2099-01-01"}, "Dagen har inte varit än"),
        ({"attended": ""}, "Skriv vilka som var med"),
        ({"then": ""}, "Välj vad som händer sedan"),
        ({"next_on": ""}, "Skriv nästa datum"),
        ({"next_on": "2020-01-01"}, "Välj en dag som kommer efter i dag"),
        ({"original": "elsewhere"}, "Skriv numret"),
    ],
)
def test_finishing_says_what_is_missing_and_keeps_what_was_typed(
    cast: Cast, case: str, changed: dict[str, str], message: str
) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    answer = coordinator.post(f"{talk}anteckningar/", finishing(**changed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert YOUTH in page
    assert the_talk(cast).state == "invited"


def test_saving_asks_for_nothing(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    fields = {"act": "save", "seen_version": "0", "mapping": "Bara det här"}
    answer = coordinator.post(f"{talk}anteckningar/", fields)
    assert answer["Location"] == f"{talk}anteckningar/"
    page = cast.client("socialsekreterare").get(f"{talk}anteckningar/").content.decode()
    assert "Bara det här" in page


def test_a_talk_after_which_the_case_is_closed_leads_to_the_reason(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    fields = finishing(outcome="ingen_fortsatt_oro", then="close", next_on="")
    answer = coordinator.post(f"{talk}anteckningar/", fields)
    assert answer["Location"] == talk_steps.follow_up_page(cast, case)
    assert "Varför avslutas ärendet?" in coordinator.get(answer["Location"]).content.decode()


# --- nothing typed is lost ------------------------------------------------------------------------------


def test_a_draft_survives_is_seen_by_its_writer_only_and_ends_when_saved(
    cast: Cast, case: str
) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    assert coordinator.post(f"{talk}utkast/", notes(mapping=MINE)).status_code == 204
    assert coordinator.post(f"{talk}utkast/", notes(mapping=MINE + " Mer.")).status_code == 204
    page = cast.client("koordinator").get(f"{talk}anteckningar/").content.decode()
    assert MINE + " Mer." in page
    assert "Ditt utkast är med" in page
    for url in (talk, f"{talk}anteckningar/", case):
        assert MINE not in cast.client("socialsekreterare").get(url).content.decode()
    assert MINE not in coordinator.get(talk).content.decode()
    coordinator.post(f"{talk}anteckningar/", notes(mapping=MINE))
    set_partition(cast.actor("koordinator"))
    assert not ConversationDraft.objects.exists()
    assert MINE in cast.client("socialsekreterare").get(talk).content.decode()


def test_a_discarded_draft_cannot_be_opened_again(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    coordinator.post(f"{talk}utkast/", notes(mapping=MINE))
    set_partition(cast.actor("koordinator"))
    draft = ConversationDraft.objects.get()
    assert coordinator.post(f"{talk}anteckningar/", {"act": "discard"}).status_code == 302
    assert MINE not in coordinator.get(f"{talk}anteckningar/").content.decode()
    set_partition(cast.actor("koordinator"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM keys.data_key WHERE scope_id = %s", [draft.pk])
        assert cursor.fetchall() == [(None,)]


def test_autosave_never_stands_in_the_way_of_ones_own_saving(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.invite(coordinator, case)
    for count in range(4):
        coordinator.post(f"{talk}utkast/", notes(0, mapping=f"{MINE} {count}"))
    assert coordinator.post(f"{talk}anteckningar/", notes(0, mapping=MINE)).status_code == 302
    assert coordinator.post(f"{talk}anteckningar/", notes(1, mapping=MINE)).status_code == 302


def test_of_two_who_save_at_once_the_second_sees_both_texts_and_loses_neither(
    cast: Cast, case: str
) -> None:
    first, second = cast.client("koordinator"), cast.client("socialsekreterare")
    talk = talk_steps.invite(first, case)
    page = f"{talk}anteckningar/"
    assert first.post(page, notes(0, mapping=THEIRS)).status_code == 302
    answer = second.post(page, notes(0, mapping=MINE))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert MINE in html
    assert THEIRS in html
    assert "Sparat av kollegan: Hur har den unge det?" in html
    assert html.count("Sparat av kollegan") == 1
    assert 'name="seen_version" value="1"' in html
    both = f"{THEIRS} {MINE}"
    assert second.post(page, notes(1, mapping=both)).status_code == 302
    assert both in first.get(talk).content.decode()


def test_a_draft_begun_before_a_colleague_saved_meets_the_saved_text(cast: Cast, case: str) -> None:
    first, second = cast.client("koordinator"), cast.client("socialsekreterare")
    talk = talk_steps.invite(first, case)
    second.post(f"{talk}utkast/", notes(0, mapping=MINE))
    first.post(f"{talk}anteckningar/", notes(0, mapping=THEIRS))
    html = second.get(f"{talk}anteckningar/").content.decode()
    assert MINE in html
    assert THEIRS in html
    assert "En kollega har sparat sedan dess" in html
    assert 'name="seen_version" value="0"' in html


# --- finished notes ---------------------------------------------------------------------------------------


def test_finished_notes_are_added_to_and_never_changed(cast: Cast, case: str) -> None:
    coordinator, worker = cast.client("koordinator"), cast.client("socialsekreterare")
    talk = talk_steps.held(coordinator, case)
    refused = worker.post(f"{talk}anteckningar/", notes(1, mapping=MINE))
    assert refused.status_code == 409
    assert MINE in refused.content.decode()
    assert worker.get(f"{talk}anteckningar/").status_code == 302
    assert worker.post(f"{talk}utkast/", notes(1, mapping=MINE)).status_code == 409
    addition = {"act": "add", "text": "Mamma ringde: det var tisdag."}
    assert worker.post(talk, addition).status_code == 302
    page = coordinator.get(talk).content.decode()
    assert "Mamma ringde: det var tisdag." in page
    assert "Elias Brodin" in page
    assert YOUTH in page


def test_the_text_ready_to_copy_holds_all_of_it_and_is_noted(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    fields = {"original": "elsewhere", "original_number": "SON 2026/238", "mapping": MINE}
    talk = talk_steps.held(coordinator, case, **fields)
    coordinator.post(talk, {"act": "add", "text": "Ett tillägg"})
    page = coordinator.get(f"{talk}text/").content.decode()
    for text in (TRIGGER, YOUTH, MINE, ATTENDED, "Ett tillägg", "VÄGEN VIDARE", "Noomi Falk"):
        assert text in page, text
    assert "SON 2026/238" in coordinator.get(talk).content.decode()
    assert AuditEvent.objects.filter(action="conversation.copy").count() == 1


def test_an_old_outcome_keeps_its_words_and_a_new_one_is_one_in_force() -> None:
    today = timezone.localdate()
    assert (
        dict(choices("conversation_outcome", today))["ingen_fortsatt_oro"] == "Ingen fortsatt oro"
    )
    assert choices("conversation_outcome", date(2020, 1, 1)) == []


# --- who may see it, and how it is kept --------------------------------------------------------------------


def test_only_those_on_the_case_find_the_talk(cast: Cast, case: str) -> None:
    talk = talk_steps.held(cast.client("koordinator"), case)
    missing = "/samtal/00000000-0000-4000-8000-000000000000/"
    outsider = cast.client("socialsekreterare-utanfor")
    assert outsider.get(talk).status_code == 404
    assert len(outsider.get(talk).content) == len(outsider.get(missing).content)
    for who in ("larare", "polis", "fritidsledare", "chef", "logggranskare", "administrator"):
        for page in (talk, f"{talk}anteckningar/", f"{talk}text/"):
            assert cast.client(who).get(page).status_code == 404, (who, page)


def test_every_read_is_in_the_log_also_of_the_page_that_tells_of_a_conflict(
    cast: Cast, case: str
) -> None:
    coordinator, worker = cast.client("koordinator"), cast.client("socialsekreterare")
    talk = talk_steps.invite(coordinator, case)
    coordinator.post(f"{talk}anteckningar/", notes(0, mapping=THEIRS))
    mine = cast.membership("socialsekreterare").id
    set_partition(cast.actor("koordinator"))
    reads = AuditEvent.objects.filter(action="read", actor_membership_id=mine)
    assert reads.count() == 0
    assert THEIRS in worker.post(f"{talk}anteckningar/", notes(0)).content.decode()
    set_partition(cast.actor("koordinator"))
    assert reads.filter(field_groups__contains=["conversation"]).count() == 1


def test_no_text_of_a_talk_is_readable_in_the_database(cast: Cast, case: str) -> None:
    coordinator = cast.client("koordinator")
    talk = talk_steps.held(coordinator, case, **dict.fromkeys(TEXTS, MINE))
    coordinator.post(talk, {"act": "add", "text": MINE})
    set_partition(cast.actor("koordinator"))
    with connection.cursor() as cursor:
        for table in ("conversation", "conversationaddition", "followup"):
            cursor.execute(
                f"SELECT count(*), bool_or(t::text LIKE '%%Kanarie%%') FROM cases_{table} t"
            )
            count, readable = cursor.fetchone()
            assert count > 0
            assert readable is False
            cursor.execute(
                f"SELECT bool_or(convert_from(decode(encode(t::text::bytea,'hex'),'hex'),'UTF8')"
                f" LIKE '%%{MINE.encode().hex()}%%') FROM cases_{table} t"
            )
            assert cursor.fetchone() == (False,)


def test_every_phase_has_its_own_sealed_text() -> None:
    sealed = {f.name for f in Conversation._meta.get_fields() if isinstance(f, SealedField)}
    assert sealed == set(TEXTS)
    assert [phase.number for phase in PHASES] == list(range(9))


# --- whose yes ---------------------------------------------------------------------------------------------

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("born", "say"),
    [
        (None, Say.UNKNOWN),
        (date(2014, 5, 1), Say.GUARDIANS),
        (date(2011, 11, 24), Say.GUARDIANS),
        (date(2011, 11, 23), Say.GUARDIANS_AND_YOUTH),
        (date(2008, 11, 24), Say.GUARDIANS_AND_YOUTH),
        (date(2008, 11, 23), Say.YOUTH),
        # Born on 29 February: of age on 1 March.
        (date(2008, 2, 29), Say.YOUTH),
    ],
)
def test_whose_yes_is_needed_follows_from_the_dated_table(born: date | None, say: Say) -> None:
    assert who_has_a_say(born, DAY) is say


def test_without_a_rule_in_force_the_page_asks_for_care() -> None:
    assert who_has_a_say(date(2014, 5, 1), date(2020, 1, 1)) is Say.UNKNOWN


def test_the_invitation_says_whose_yes_is_needed(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    born = timezone.localdate() - timedelta(days=14 * 365)
    case = steps.take(coordinator, concern, birth_date=born.isoformat())
    page = coordinator.get(f"{case}samtal/").content.decode()
    assert "Vårdnadshavarna behöver vara med på samtalet" in page
    assert "orosanmälan" in page
