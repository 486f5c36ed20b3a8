"""The pages where one says how one is told and when one is away: every wrong input, two windows, two presses, the lock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from access.models import Membership
from access.request_transaction import work
from reminders.models import Absence, Choice
from tests.cast import Cast
from tests.reminders.test_pages import main_of

SETTINGS, LIST = "/paminnelser/", "/borta/"
CHOICE = {"act": "choose", "way": "at_once", "digest_hour": "8", "start": "8", "end": "17"}


def day(number: int) -> str:
    return (timezone.localdate() + timedelta(days=number)).isoformat()


def away(first: int, last: int, **changed: str) -> dict[str, str]:
    """Days from today."""
    return {"act": "away", "from_day": day(first), "to_day": day(last), "substitute": ""} | changed


def sent(client: Client, fields: dict[str, Any], path: str = SETTINGS) -> tuple[int, str]:
    answer = client.post(path, fields)
    return answer.status_code, main_of(answer.content.decode()) if answer.content else ""


def absences(cast: Cast) -> list[Absence]:
    with work(cast.actor("koordinator")):
        return list(Absence.objects.order_by("from_day"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (away(5, 3), "Välj en dag som inte kommer före den första."),
        (away(-9, -2), "Välj en dag som inte har varit."),
        (away(1, 2, from_day="24 december"), "Skriv dagen så här: 2026-12-24."),
        (away(1, 2, to_day=""), "Skriv dagen så här: 2026-12-24."),
    ],
)
def test_wrong_days_are_said_at_their_field_and_stay_as_typed(
    cast: Cast, fields: dict[str, str], words: str
) -> None:
    status, text = sent(cast.client("socialsekreterare"), fields)
    assert status == 422
    assert words in text
    assert f'value="{fields["from_day"]}"' in text
    assert 'aria-invalid="true"' in text
    assert absences(cast) == []


@pytest.mark.parametrize(
    "who", ["socialsekreterare", "larare", "gotene-koordinator", "administrator", "logggranskare"]
)
def test_oneself_another_agency_and_who_keeps_accounts_or_reviews_are_no_substitutes(
    cast: Cast, who: str
) -> None:
    client = cast.client("socialsekreterare")
    pk = str(cast.membership(who).pk)
    assert pk not in main_of(client.get(SETTINGS).content.decode())
    status, text = sent(client, away(1, 5, substitute=pk))
    assert (status, absences(cast)) == (422, [])
    assert 'id="borta_substitute_error"' in text


def test_a_colleague_of_another_unit_is_one_but_not_after_the_last_day(cast: Cast) -> None:
    client = cast.client("socialsekreterare")
    colleague = cast.membership("socialsekreterare-utanfor")
    Membership.objects.filter(pk=colleague.pk).update(ends_on=day(3))
    status, text = sent(client, away(1, 5, substitute=str(colleague.pk)))
    assert (status, absences(cast)) == (422, [])
    assert "Välj någon annan, som har kvar sin uppgift hela tiden." in text
    assert f'value="{day(5)}"' in text
    assert sent(client, away(1, 3, substitute=str(colleague.pk)))[0] == 302
    Membership.objects.filter(pk=colleague.pk).update(ends_on=day(-1))
    assert str(colleague.pk) not in main_of(client.get(SETTINGS).content.decode())


@pytest.mark.parametrize(("first", "last"), [(1, 12), (5, 6), (8, 20), (10, 10)])
def test_days_that_are_noted_already_are_not_noted_again(cast: Cast, first: int, last: int) -> None:
    client = cast.client("socialsekreterare")
    for _press in range(2):
        assert sent(client, away(3, 10))[0] == 302
    status, text = sent(client, away(first, last))
    assert status == 422
    assert "Redan antecknat: borta" in text
    assert f'value="{day(first)}"' in text
    assert len(absences(cast)) == 1
    assert sent(client, away(21, 22))[0] == 302
    pk = absences(cast)[0].pk
    for _press in range(2):
        assert client.post(f"{SETTINGS}borta/{pk}/slut/").status_code == 302
    assert sent(client, away(first, last))[0] == 302


def test_what_is_still_ahead_is_taken_away_and_nobody_is_welcomed_back(cast: Cast) -> None:
    client = cast.client("socialsekreterare")
    for days, button, words in (
        ((4, 9), "Ta bort", "Frånvaron är borttagen."),
        ((0, 9), "Avsluta: jag är tillbaka", "Välkommen tillbaka."),
    ):
        assert sent(client, away(*days))[0] == 302
        assert button in main_of(client.get(SETTINGS).content.decode())
        (open_one,) = [one for one in absences(cast) if one.ended_at is None]
        answer = client.post(f"{SETTINGS}borta/{open_one.pk}/slut/", follow=True)
        assert words in main_of(answer.content.decode())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"start": "12", "end": "10"}, "Välj en senare timme än den ovanför."),
        ({"start": "12", "end": "12"}, "Välj en senare timme än den ovanför."),
        ({"way": "daily", "digest_hour": "7"}, "Välj en timme mellan de två gränserna"),
        ({"start": "5"}, "Välj ett giltigt alternativ."),
        ({"end": "20"}, "Välj ett giltigt alternativ."),
        ({"way": "never"}, "Välj ett giltigt alternativ."),
        ({"way": ""}, "Välj när du vill få e-post."),
        ({"start": ""}, "Välj en timme."),
    ],
)
def test_hours_and_ways_that_the_municipality_does_not_allow_are_refused_at_their_field(
    cast: Cast, changed: dict[str, str], words: str
) -> None:
    status, text = sent(cast.client("polis"), CHOICE | changed)
    assert status == 422
    assert words in text
    with work(cast.actor("polis")):
        assert not Choice.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        # From PTS's series of numbers for fiction.
        ("070-174 06 05", "+46701740605"),
        ("0046 70 174 06 05", "+46701740605"),
        ("ring växeln", None),
        ("070-17", None),
        ("+0701740605", None),
        ("07017406050000000", None),
    ],
)
def test_a_number_for_sms_is_one_or_is_refused_at_its_field(
    cast: Cast, settings: Any, typed: str, kept: str | None
) -> None:
    settings.SMS_URL = "https://sms.invalid/"
    status, text = sent(cast.client("polis"), CHOICE | {"sms_number": typed})
    with work(cast.actor("polis")):
        numbers = list(Choice.objects.values_list("sms_number", flat=True))
    if kept is not None:
        assert (status, numbers) == (302, [kept])
    else:
        assert (status, numbers) == (422, [])
        assert "Skriv numret med siffror" in text
        assert f'value="{typed}"' in text


def seen_in(text: str) -> str:
    return (
        text.split('name="seen" value="')[1].split('"', maxsplit=1)[0]
        if 'name="seen" value="' in text
        else ""
    )


def test_the_older_of_two_windows_is_told_and_keeps_what_was_chosen_there(cast: Cast) -> None:
    client = cast.client("polis")
    first = seen_in(client.get(SETTINGS).content.decode())
    assert sent(client, CHOICE | {"seen": first})[0] == 302
    second = seen_in(client.get(SETTINGS).content.decode())
    assert sent(client, CHOICE | {"seen": second, "end": "15"})[0] == 302
    # Twice the same is once, from whichever window.
    assert sent(client, CHOICE | {"seen": second, "end": "15"})[0] == 302
    text = ""
    for older in (first, second):
        status, text = sent(client, CHOICE | {"seen": older, "end": "12"})
        assert status == 409
        assert "i ett annat fönster" in text
        assert '<option value="12" selected>12.00</option>' in text
    with work(cast.actor("polis")):
        assert Choice.objects.get().mail_to == 15
    assert sent(client, CHOICE | {"seen": seen_in(text), "end": "12"})[0] == 302
    with work(cast.actor("polis")):
        assert Choice.objects.get().mail_to == 12


def test_the_lock_keeps_what_was_typed_in_either_form(cast: Cast) -> None:
    client = cast.client("chef")
    typed = (
        (SETTINGS, CHOICE | {"end": "13"}, '<option value="13" selected>13.00</option>'),
        (SETTINGS, away(4, 9), f'value="{day(4)}"'),
        (LIST, away(4, 9) | {"who": str(cast.membership("koordinator").pk)}, f'value="{day(9)}"'),
    )
    for path, fields, shown in typed:
        _last_seen(client, timedelta(minutes=16))
        locked = client.post(path, fields)
        assert locked["Location"].startswith("/las-upp/")
        _last_seen(client, timedelta())
        text = main_of(client.get(path).content.decode())
        assert "Det du skrev finns kvar" in text
        assert shown in text
        assert "Det du skrev finns kvar" not in client.get(path).content.decode()
    assert absences(cast) == []


def _last_seen(client: Client, ago: timedelta) -> None:
    session = client.session
    session["seen"] = (timezone.now() - ago).isoformat()
    session["locked"] = False
    session.save()


# --- who is away in the unit -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["larare", "socialsekreterare", "polis", "rektor", "logggranskare"])
def test_the_list_of_who_is_away_is_for_who_leads_the_work(cast: Cast, who: str) -> None:
    assert cast.client(who).get(LIST).status_code == 404


def test_manager_and_coordinator_see_who_is_away_in_their_unit_and_who_stands_in(
    cast: Cast,
) -> None:
    substitute = cast.membership("socialsekreterare-utanfor")
    sent(cast.client("socialsekreterare"), away(-1, 5, substitute=str(substitute.pk)))
    sent(cast.client("registrator"), away(40, 50))
    # Another unit, and another agency: not theirs to know.
    sent(cast.client("socialsekreterare-utanfor"), away(20, 25))
    sent(cast.client("larare"), away(0, 5))
    for who in ("chef", "koordinator"):
        text = main_of(cast.client(who).get(LIST).content.decode())
        assert "Elias Brodin</strong>, till och med" in text
        assert f"{substitute.user.name} tar emot påminnelserna." in text
        assert "Ingen särskild ersättare." in text
        assert f"<strong>{substitute.user.name}</strong>" not in text
        assert "Amira" not in text
        assert ("Anteckna att någon är borta" in text) is (who == "chef")
        assert ("Anteckna att du själv är borta" in text) is (who == "koordinator")
        today = main_of(cast.client(who).get("/").content.decode())
        assert "Elias Brodin</strong>, till och med" in today
        # What is more than two weeks ahead stands on the list only.
        assert cast.membership("registrator").user.name in text
        assert cast.membership("registrator").user.name not in today
    own = main_of(cast.client("socialsekreterare").get("/").content.decode())
    assert "<strong>Du</strong>, till och med" in own
    assert LIST not in own
    assert "Elias Brodin" not in main_of(
        cast.client("socialsekreterare-utanfor").get("/").content.decode()
    )


def test_the_manager_notes_it_for_a_colleague_who_has_fallen_ill_and_that_they_are_back(
    cast: Cast,
) -> None:
    manager = cast.client("chef")
    ill, substitute = cast.membership("koordinator"), cast.membership("socialsekreterare")
    right = away(0, 3, substitute=str(substitute.pk)) | {"who": str(ill.pk)}
    wrong = (
        ({"who": ""}, "Välj vem som är borta."),
        ({"who": str(cast.membership("socialsekreterare-utanfor").pk)}, "Välj ett giltigt"),
        ({"who": str(cast.membership("larare").pk)}, "Välj ett giltigt"),
        ({"substitute": str(ill.pk)}, "Välj någon annan, som har kvar"),
        ({"to_day": day(-1)}, "Välj en dag som inte"),
    )
    for changed, words in wrong:
        status, text = sent(manager, right | changed, LIST)
        assert status == 422, changed
        assert words in text, changed
    assert absences(cast) == []
    assert sent(cast.client("koordinator"), right, LIST)[0] == 404
    for _press in range(2):
        assert sent(manager, right, LIST)[0] == 302
    (noted,) = absences(cast)
    assert (noted.membership_id, noted.substitute_id) == (ill.pk, substitute.pk)
    assert noted.noted_by_id == cast.membership("chef").pk
    back = f"{SETTINGS}borta/{noted.pk}/slut/"
    assert cast.client("socialsekreterare").post(back).status_code == 404
    assert manager.post(back)["Location"] == LIST
    assert absences(cast)[0].ended_at is not None
