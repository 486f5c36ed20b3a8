"""The calendar address: a secret that is shown once, dates without names, and nothing for anybody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from access.models import Membership
from access.request_transaction import work
from audit.models import AuditEvent
from reminders import choice_rules
from reminders.calendar import as_icalendar
from reminders.models import CalendarFeed, Deadline
from tests.cast import Cast
from tests.reminders.conftest import at
from tests.reminders.test_pages import owe

NOW = at(2026, 11, 24, 10, 0)
travel = time_machine.travel(NOW, tick=False)


def address_of(client: Client) -> str:
    page = client.post("/paminnelser/kalender/").content.decode()
    found = re.search(r"/kalender/[\w-]{43}\.ics", page)
    assert found
    return found[0]


@travel
def test_the_address_gives_kind_day_and_an_opaque_link_and_no_cookie(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    deadline = owe(actor, date(2026, 12, 1), label="I26-SECRET", kind="task_due")
    address = address_of(cast.client("koordinator"))
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert not answer.cookies
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "SSPF: uppgift"
    assert event.decoded("DTSTART") == date(2026, 12, 1)
    assert str(event["URL"]).endswith(f"/datum/{deadline.pk}/")
    assert set(event) == {
        "UID",
        "DTSTAMP",
        "SEQUENCE",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "URL",
        "CLASS",
        "TRANSP",
    }
    assert b"SECRET" not in answer.content
    assert cast.client("koordinator").get(f"/datum/{deadline.pk}/").status_code == 302
    assert cast.client("larare").get(f"/datum/{deadline.pk}/").status_code == 404
    with work(actor):
        feed = CalendarFeed.objects.get()
        assert feed.opened_at == NOW
        assert feed.token_hash not in address
        assert AuditEvent.objects.filter(action="calendar.open", object_id=feed.pk).count() == 1


@travel
def test_what_nobody_can_say_is_about_nobody_protected_stays_on_today_and_the_page_says_so(
    cast: Cast,
) -> None:
    actor = cast.actor("socialsekreterare")
    owe(actor, date(2026, 11, 24), label="M26-REPORT", kind="protection_assessment")
    owe(actor, date(2026, 12, 1), label="I26-JOINT", kind="task_due")
    client = cast.client("socialsekreterare")
    assert "M26-REPORT" in client.get("/").content.decode()
    said = client.get("/paminnelser/").content.decode()
    assert "de som du själv ansvarar för i ärenden, gemensamma insatser och loggkontroll" in said
    assert "andra uppgifter, till exempel orosanmälningar: de står bara under I dag" in said
    events = Calendar.from_ical(Client().get(address_of(client)).content).walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == ["SSPF: uppgift"]


@travel
def test_a_new_address_ends_the_old_one_and_a_closed_or_unknown_one_is_a_missing_page(
    cast: Cast,
) -> None:
    client = cast.client("koordinator")
    first, second = address_of(client), address_of(client)
    assert second not in client.get("/paminnelser/").content.decode()
    missing = Client().get("/finns-inte/")
    for gone in (first, "/kalender/x.ics", f"/kalender/{'å' * 43}.ics"):
        answer = Client().get(gone)
        assert (answer.status_code, bare(answer.content)) == (404, bare(missing.content))
    assert Client().get(second).status_code == 200
    assert client.post("/paminnelser/kalender/stang/").status_code == 302
    assert Client().get(second).status_code == 404


@travel
def test_the_address_of_somebody_who_has_left_is_a_missing_page(cast: Cast) -> None:
    address = address_of(cast.client("koordinator"))
    with work(cast.actor("koordinator")):
        Membership.objects.filter(pk=cast.actor("koordinator").member).update(
            ends_on=date(2026, 11, 23)
        )
    assert Client().get(address).status_code == 404


@travel
def test_where_the_municipality_allows_no_calendar_an_old_address_is_a_missing_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = address_of(cast.client("koordinator"))
    (row,) = choice_rules.table()
    none_here = replace(row, municipality="1495", calendar=False)
    monkeypatch.setattr(choice_rules, "table", lambda: (row, none_here))
    assert Client().get(address).status_code == 404
    elsewhere = replace(none_here, municipality="0662")
    monkeypatch.setattr(choice_rules, "table", lambda: (row, elsewhere))
    assert Client().get(address).status_code == 200


def bare(page: bytes) -> bytes:
    """Without what is drawn anew for each answer or repeats the address asked for."""
    page = re.sub(rb'nonce="[^"]*"', b"", page)
    page = re.sub(rb'(name="next" value|href)="[^"]*"', b"", page)
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page)


@travel
def test_an_address_is_not_asked_for_ever(cast: Cast) -> None:
    address = address_of(cast.client("koordinator"))
    codes = [Client().get(address).status_code for _number in range(31)]
    assert codes == [200] * 30 + [429]


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2028, 2, 29)])
def test_the_calendar_is_as_rfc_5545_has_it_also_when_the_clock_is_changed(day: date) -> None:
    deadline = Deadline(kind="turns_eighteen", due_on=day, created_at=NOW, version=3)
    text = as_icalendar([deadline])
    assert text.endswith(b"END:VCALENDAR\r\n")
    lines = text.split(b"\r\n")
    assert all(b"\n" not in line and len(line) <= 75 for line in lines)
    whole = Calendar.from_ical(text)
    assert {str(whole[name]) for name in ("VERSION", "METHOD")} == {"2.0", "PUBLISH"}
    assert "PRODID" in whole
    (event,) = whole.walk("VEVENT")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (day, day + timedelta(days=1))
    assert b"DTSTART;VALUE=DATE:" + day.strftime("%Y%m%d").encode() in lines
    assert b"DTSTAMP:20261124T090000Z" in lines
    assert event["SEQUENCE"] == 2
