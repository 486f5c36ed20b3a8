"""Looking things up in the log by number, colleague and day, and taking out an extract; never any content."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from access import extract
from access.log_review.events import line, log, newest_first
from access.request_transaction import work
from audit.models import AuditEvent
from tests.access import log_steps
from tests.access.log_steps import Notary
from tests.cases import steps
from tests.cast import Cast


@pytest.fixture(autouse=True)
def notary(tmp_path: Path) -> Iterator[Notary]:
    one = Notary(tmp_path)
    with one.settings():
        yield one


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client("logggranskare")


def month_drawn(cast: Cast, notary: Notary, client: Client) -> None:
    log_steps.last_month(cast.actor("koordinator"), 30)
    notary.after_last_month(cast.actor("logggranskare").municipality_id)
    assert "0 av 10 bedömda" in client.get("/loggkontroll/").content.decode()


def events_of(cast: Cast, action: str) -> list[AuditEvent]:
    reviewer = cast.actor("logggranskare")
    with work(reviewer):
        return list(log(reviewer).filter(action=action).order_by("occurred_at"))


# --- looking up ----------------------------------------------------------------------------------------


def test_a_case_is_looked_up_by_number_and_the_address_does_not_hold_it(
    cast: Cast, client: Client
) -> None:
    steps.released(cast)
    number = AuditEvent.objects.exclude(case_number="").latest("occurred_at").case_number
    answer = client.post("/loggkontroll/sok/", {"number": number.lower()})
    assert answer.status_code == 302
    assert number not in answer["Location"]
    html = client.get(answer["Location"]).content.decode()
    assert f"ur ärendet {number}" in html
    assert "Noomi Falk" in html


@pytest.mark.parametrize("typed", ["Nils Persson", "20110102-2398", "", "S26", "S26-7KQ2M' OR 1=1"])
def test_a_name_or_a_personal_number_is_not_a_way_to_search(
    cast: Cast, client: Client, typed: str
) -> None:
    answer = client.post("/loggkontroll/sok/", {"number": typed})
    assert answer.status_code == 422
    assert not events_of(cast, "log.search")


def test_a_number_nobody_has_is_said_and_noted(cast: Cast, client: Client) -> None:
    answer = client.post("/loggkontroll/sok/", {"number": "S26-ZZZZZ"})
    assert answer.status_code == 422
    assert "Det finns inga händelser med det numret" in answer.content.decode()
    (event,) = events_of(cast, "log.search")
    assert event.case_number == ""


def test_a_colleague_is_chosen_from_the_own_agency_only(cast: Cast, client: Client) -> None:
    html = client.get("/loggkontroll/").content.decode()
    assert "Elias Brodin" in html
    assert "Amira Holmgren" not in html
    teacher = cast.membership("larare").id
    assert client.post("/loggkontroll/sok/", {"colleague": str(teacher)}).status_code == 422
    assert client.get(f"/loggkontroll/kollega/{teacher}/").status_code == 404
    mine = cast.membership("koordinator").id
    answer = client.post("/loggkontroll/sok/", {"colleague": str(mine)})
    assert answer["Location"] == f"/loggkontroll/kollega/{mine}/"


@pytest.mark.parametrize("day", ["2026-02-30", "i-dag", "20261121", "2026-1-1", "9999-99-99"])
def test_a_day_that_does_not_exist_is_not_a_page(client: Client, day: str) -> None:
    assert client.get(f"/loggkontroll/dag/{day}/").status_code == 404
    assert client.post("/loggkontroll/sok/", {"day": day}).status_code in {302, 422}


def test_a_day_follows_the_wall_clock(cast: Cast, client: Client) -> None:
    coordinator = cast.actor("koordinator")
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    log_steps.put(
        coordinator,
        [
            log_steps.event(coordinator, midnight, case_number="S26-AAAAA"),
            log_steps.event(coordinator, midnight - timedelta(seconds=1), case_number="S26-BBBBB"),
        ],
    )
    html = client.get(f"/loggkontroll/dag/{midnight.date().isoformat()}/").content.decode()
    assert "S26-AAAAA" in html
    assert "S26-BBBBB" not in html


def test_reading_the_log_is_one_event_for_each_page(cast: Cast, client: Client) -> None:
    colleague = cast.membership("koordinator")
    for page in ("/loggkontroll/", f"/loggkontroll/kollega/{colleague.id}/"):
        client.get(page)
    first, second = events_of(cast, "log.read")
    assert second.object_id == colleague.id
    assert first.request_id != second.request_id


def test_what_is_odd_is_found_from_what_happened_around_it(cast: Cast) -> None:
    worker, reviewer = cast.actor("socialsekreterare"), cast.actor("logggranskare")
    noon = (timezone.localtime() - timedelta(days=7)).replace(hour=12, minute=0)
    noon -= timedelta(days=max(0, noon.isoweekday() - 5))
    many = [log_steps.event(worker, noon + timedelta(minutes=n)) for n in range(6)]
    later = noon + timedelta(hours=2)
    listed = [log_steps.event(worker, later, purpose="list") for _n in range(9)]
    closed = log_steps.event(worker, noon + timedelta(hours=1), action="case.close")
    after = log_steps.event(worker, noon + timedelta(hours=3), case_id=closed.case_id)
    soon = log_steps.event(worker, noon + timedelta(hours=1, minutes=5), case_id=closed.case_id)
    lone = {"action": "search", "object_type": "cases.person", "case_id": None, "case_number": ""}
    unopened = log_steps.event(worker, noon + timedelta(hours=4), **lone)
    opened = log_steps.event(worker, noon - timedelta(minutes=5), **lone)
    log_steps.put(worker, [*many, *listed, closed, after, soon, unopened, opened])
    with translation.override("sv"), work(reviewer):
        rows = newest_first(log(reviewer), now=timezone.now())
        why = {event.id: line(event).reasons for event in rows}
    assert [bool(why[one.id]) for one in many] == [False] * 5 + [True]
    assert why[many[5].id] == ("många ärenden på kort tid",)
    assert all(not why[one.id] for one in listed)
    assert why[after.id] == ("läste efter att ärendet avslutats",)
    assert why[soon.id] == ()
    assert why[unopened.id] == ("sökte utan att öppna något",)
    assert why[opened.id] == ()


# --- the extract ---------------------------------------------------------------------------------------


def test_an_extract_needs_a_purpose_and_is_an_event_of_its_own(cast: Cast, client: Client) -> None:
    steps.released(cast)
    asked = {"kind": "day", "key": timezone.localdate().isoformat()}
    assert client.post("/loggkontroll/utdrag/", asked).status_code == 422
    assert client.post("/loggkontroll/utdrag/", asked | {"purpose": "nyfiken"}).status_code == 422
    assert not events_of(cast, "log.export")
    answer = client.post("/loggkontroll/utdrag/", asked | {"purpose": "suspicion"})
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="loggutdrag-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"]
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    by_id = {str(event.id): event for event in AuditEvent.objects.all()}
    assert len(rows) > 8
    assert all(bytes(by_id[row[8]].leaf_hash).hex() == row[9] for row in rows[1:])
    (event,) = events_of(cast, "log.export")
    assert event.purpose == "suspicion"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_extract_can_be_a_formula(cast: Cast, client: Client, start: str) -> None:
    coordinator = cast.actor("koordinator")
    hostile = f'{start}HYPERLINK("http://x")'
    log_steps.put(
        coordinator,
        [log_steps.event(coordinator, timezone.now(), actor_name=hostile, case_number=hostile)],
    )
    asked = {"kind": "day", "key": timezone.localdate().isoformat(), "purpose": "log_review"}
    text = client.post("/loggkontroll/utdrag/", asked).content.decode("utf-8-sig")
    cells = [
        cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") for cell in row
    ]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(extract.FORMULA)]


def test_an_extract_of_something_else_is_not_there(client: Client) -> None:
    for asked in ({"kind": "all"}, {"kind": "day", "key": "x"}, {"kind": "colleague", "key": "1"}):
        assert (
            client.post("/loggkontroll/utdrag/", asked | {"purpose": "log_review"}).status_code
            == 404
        )


# --- nothing but metadata, and as many queries for many as for few -------------------------------------------


def test_no_page_of_the_log_holds_any_content(cast: Cast, notary: Notary, client: Client) -> None:
    case, _summary = steps.released(cast)
    month_drawn(cast, notary, client)
    notary.sign(cast.actor("logggranskare").municipality_id, timezone.now())
    day = timezone.localdate().isoformat()
    case_event = AuditEvent.objects.filter(case_id=case.strip("/").split("/")[-1]).first()
    assert case_event is not None
    pages = [
        "/loggkontroll/",
        f"/loggkontroll/dag/{day}/",
        f"/loggkontroll/nummer/{case_event.id}/",
        f"/loggkontroll/kollega/{cast.membership('koordinator').id}/",
    ]
    shown = [client.get(page) for page in pages]
    asked = {"kind": "day", "key": day, "purpose": "log_review"}
    shown.append(client.post("/loggkontroll/utdrag/", asked))
    for answer in shown:
        assert answer.status_code == 200
        text = answer.content.decode()
        for canary in (steps.SEEN, steps.SUMMARY, "Nils", "Persson", "Björkskolans gård"):
            assert canary not in text


@pytest.mark.parametrize("page", ["start", "day", "colleague"])
def test_many_events_cost_no_more_queries_than_few(
    cast: Cast, notary: Notary, client: Client, page: str
) -> None:
    coordinator = cast.actor("koordinator")
    month_drawn(cast, notary, client)
    path = {
        "start": "/loggkontroll/",
        "day": f"/loggkontroll/dag/{timezone.localdate().isoformat()}/",
        "colleague": f"/loggkontroll/kollega/{coordinator.membership_id}/",
    }[page]

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    queries()
    few = queries()
    now = timezone.now()
    log_steps.put(coordinator, [log_steps.event(coordinator, now) for _n in range(45)])
    assert queries() == few
    assert few <= 30


def test_a_day_is_written_as_on_every_other_page_whatever_the_browser_speaks(
    client: Client,
) -> None:
    assert 'type="date"' not in client.get("/loggkontroll/").content.decode()
