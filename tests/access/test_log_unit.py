"""The manager's report of the own unit, and the button that verifies the log."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from access.log_review import report
from access.log_review.events import log
from access.request_transaction import work
from tests.access import log_steps
from tests.cases import steps
from tests.cast import Cast

ROOT = Path(__file__).resolve().parents[2]


def rows(html: str) -> dict[str, list[str]]:
    """Name → the row's cells, of the last table of the page."""
    table = html[html.rindex("<table") :]
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL):
        cells = [
            re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row)
        ]
        found[cells[0]] = cells[1:]
    return found


def weekday_noon() -> datetime:
    noon = (timezone.localtime() - timedelta(days=7)).replace(hour=12, minute=0)
    return noon - timedelta(days=max(0, noon.isoweekday() - 5))


def test_the_report_counts_reads_changes_refusals_and_late_hours_of_each_colleague(
    cast: Cast,
) -> None:
    worker, noon = cast.actor("socialsekreterare"), weekday_noon()
    one = log_steps.event
    log_steps.put(
        worker,
        [
            one(worker, noon),
            one(worker, noon, action="list"),
            one(worker, noon.replace(hour=3)),
            one(worker, noon, action="summary.write"),
            one(worker, noon, action="membership.switch"),
            one(worker, noon, outcome="denied"),
            one(worker, noon, outcome="missing", action="write"),
            one(worker, noon - timedelta(days=60)),
        ],
    )
    html = cast.client("chef").get("/enhetens-logg/").content.decode()
    assert rows(html)["Elias Brodin"] == ["Socialsekreterare", "3", "1", "2", "1"]
    assert rows(html)["Gun Palm"] == ["Registrator", "0", "0", "0", "0"]
    assert "2 nekade försök" in html


def test_the_manager_sees_the_own_unit_only(cast: Cast) -> None:
    here, elsewhere = cast.actor("socialsekreterare"), cast.actor("socialsekreterare-utanfor")
    teacher = cast.actor("larare")
    for actor in (here, elsewhere, teacher):
        log_steps.put(actor, [log_steps.event(actor, weekday_noon())])
    manager, client = cast.actor("chef"), cast.client("chef")
    html = client.get("/enhetens-logg/").content.decode()
    assert "Elias Brodin" in html
    assert "Vera Lundh" not in html
    assert "Amira Holmgren" not in html
    with work(manager):
        assert {event.unit_id for event in log(manager)} == {manager.unit_id}
    own = client.get(f"/enhetens-logg/{here.membership_id}/")
    assert own.status_code == 200
    assert log_steps.NUMBER in own.content.decode()
    for other in (elsewhere.membership_id, teacher.membership_id, uuid4()):
        assert client.get(f"/enhetens-logg/{other}/").status_code == 404


def test_what_a_colleague_did_in_another_unit_is_not_the_managers(cast: Cast) -> None:
    worker = cast.actor("socialsekreterare")
    other_unit = cast.actor("socialsekreterare-utanfor").unit_id
    log_steps.put(
        worker,
        [
            log_steps.event(worker, weekday_noon(), case_number="S26-HERE2"),
            log_steps.event(worker, weekday_noon(), case_number="S26-THERE", unit_id=other_unit),
        ],
    )
    html = cast.client("chef").get(f"/enhetens-logg/{worker.membership_id}/").content.decode()
    assert "S26-HERE2" in html
    assert "S26-THERE" not in html


def test_the_report_holds_no_content_and_only_managers_have_it(cast: Cast) -> None:
    steps.released(cast)
    client = cast.client("chef")
    coordinator = cast.membership("koordinator").id
    for page in ("/enhetens-logg/", f"/enhetens-logg/{coordinator}/"):
        text = client.get(page).content.decode()
        assert "Noomi Falk" in text
        for canary in (steps.SEEN, steps.SUMMARY, "Nils", "Persson"):
            assert canary not in text
        for who in ("logggranskare", "koordinator", "administrator", "larare", "polis"):
            assert cast.client(who).get(page).status_code == 404
    foreign = cast.client("essunga-chef").get("/enhetens-logg/").content.decode()
    assert "Noomi Falk" not in foreign


def test_the_report_costs_the_same_for_many_colleagues_and_events(cast: Cast) -> None:
    client, worker = cast.client("chef"), cast.actor("socialsekreterare")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/enhetens-logg/").status_code == 200
        return len(caught)

    queries()
    few = queries()
    log_steps.put(worker, [log_steps.event(worker, weekday_noon()) for _n in range(40)])
    registrar = cast.actor("registrator")
    log_steps.put(registrar, [log_steps.event(registrar, weekday_noon()) for _n in range(40)])
    assert queries() == few


def test_the_longest_bar_is_full_and_none_is_without_a_number() -> None:
    made = [
        report.Colleague(membership_id=uuid4(), name=name, role="", reads=reads, denied=denied)
        for name, reads, denied in (("A", 40, 1), ("B", 10, 0), ("C", 0, 2))
    ]
    with translation.override("sv"):
        bars = report.bars(made)
    assert [(bar["value"], bar["percent"], bar["note"]) for bar in bars] == [
        ("40", 100, "1 nekat försök"),
        ("10", 25, ""),
        ("0", 0, "2 nekade försök"),
    ]
    assert report.bars([]) == []


# --- is the log whole? -------------------------------------------------------------------------------------


def sequence(environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "sequencer", "--once"],
        cwd=ROOT,
        env=environment | {"SSPF_CHECKPOINT_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def verify(client: Client, page: str) -> str:
    answer = client.post("/loggkontroll/kontrollera/")
    assert answer.status_code == 302
    assert answer["Location"] == f"{page}#check"
    return client.get(page).content.decode()


START = {"logggranskare": "/loggkontroll/", "chef": "/enhetens-logg/"}


@pytest.mark.parametrize("who", START)
def test_a_verification_is_ordered_answered_and_names_a_fault(
    who: str,
    committed_cast: Cast,
    superuser: psycopg.Connection,
    environment_of: Callable[[str], dict[str, str]],
    tmp_path: Path,
) -> None:
    steps.tell(committed_cast.client("larare"))
    client, page = committed_cast.client(who), START[who]
    assert "Loggen är inte kontrollerad än" in client.get(page).content.decode()
    waiting = verify(client, page)
    assert "Kontrollen är beställd" in waiting
    assert "Kontrollen är beställd" in client.get(page).content.decode()
    sequence(environment_of("sequencer"), tmp_path)
    whole = client.get(page).content.decode()
    assert "Inget i loggen har ändrats eller tagits bort" in whole
    assert "Kontrollen är beställd" not in whole
    root, events = superuser.execute("SELECT root, events FROM audit.verification").fetchone() or ()
    assert base64.b64encode(root).decode()[:16] in whole
    assert f"<dd>{events}</dd>" in whole

    victim = superuser.execute(
        "SELECT tableoid::regclass::text, id::text FROM audit.event WHERE action = 'concern.send'"
    ).fetchone()
    assert victim is not None
    table, event_id = victim
    superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    superuser.execute(f"UPDATE {table} SET actor_name = 'Någon annan' WHERE id = %s", [event_id])
    superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows")
    verify(client, page)
    sequence(environment_of("sequencer"), tmp_path)
    broken = client.get(page).content.decode()
    assert "Loggen stämmer inte" in broken
    assert "En händelse har ändrats efter att den skrevs." in broken
    assert event_id in broken
    assert "Inget i loggen har ändrats" not in broken


def test_only_the_reviewer_and_managers_order_a_verification(cast: Cast) -> None:
    for who in ("larare", "koordinator", "polis", "administrator", "registrator"):
        assert cast.client(who).post("/loggkontroll/kontrollera/").status_code == 404
    assert cast.client("chef").get("/loggkontroll/kontrollera/").status_code == 405


@pytest.mark.usefixtures("noted_templates")
def test_the_number_of_a_case_barred_from_the_manager_is_not_told(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    case = steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    opened = coordinator.get(case)
    number = opened.context["case"].row.number
    manager, page = cast.client("chef"), f"/enhetens-logg/{cast.membership('koordinator').id}/"
    told = manager.get(page).content.decode()
    assert number in told
    conflict = {"who": str(cast.membership("chef").id), "kind": "declared", "reason": "Moster"}
    assert manager.post(f"{case}jav/", conflict).status_code == 302
    hidden = manager.get(page).content.decode()
    assert number not in hidden
    # The event itself is still there.
    assert hidden.count("s-event__title") >= told.count("s-event__title")
