"""The register of disclosures per unit and per case, its extract, and the dated rule that a disclosure stands on."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access import door
from access.extract import FORMULA
from access.log_review.protection import LOG
from access.models import PartitionModel
from access.policy import Action
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Disclosure, Summary
from cases.rules import law
from tests.cases import hard_steps, steps
from tests.cases.share_steps import (
    RISK,
    TOLD,
    case_of_sami,
    decide,
    fields_to,
    send,
    text_of,
    years_ago,
)
from tests.cast import Cast

UNGA = RISK | {"basis": "UNGA_18A"}
CRIME = {
    "basis": "BROTT_15A",
    "q_brott_note": "Misshandel som planeras på rasten.",
    "q_behovs": "yes",
    "q_behovs_note": "Utan det vet polisen inte var.",
    "q_overvagande": "no",
    "q_overvagande_note": "Inget talar emot.",
}
EXTRACT = "/utlamnat/utdrag/"


@pytest.fixture
def case(cast: Cast) -> str:
    """Sami's case, with what was told to the police and approved by the manager. Gives its path."""
    page = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    fields = fields_to(cast.membership("polis", code="1495")) | UNGA
    proposal = send(cast.client("socialsekreterare"), f"{page}dela/", fields)
    assert decide(cast.client("chef"), proposal).status_code == 302
    return page


def id_of(page: str) -> str:
    return page.rstrip("/").rsplit("/", 1)[-1]


def cells(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content.decode()
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


# --- per unit and per case --------------------------------------------------------------------------------


def test_both_registers_say_what_to_whom_how_why_and_who_decided(cast: Cast, case: str) -> None:
    worker = cast.client("socialsekreterare")
    told = (
        "Samir Ekdal, Områdespolisen Skara",
        "10 kap. 18 a § OSL",
        "Förhindra att en ung person begår brott",
        "Skriftligt här i systemet",
        "Ingrid Åhl",
    )
    for register in ("/utlamnat/", f"/utlamnat/?case={id_of(case)}"):
        shown = text_of(worker.get(register))
        for part in told:
            assert part in shown, (register, part)
    assert f'/utlamnat/?case={id_of(case)}"' in worker.get(case).content.decode()
    set_partition(cast.actor("chef"))
    row = Disclosure.objects.get()
    kept = text_of(worker.get(f"/utlamnat/{row.pk}/"))
    for part in (*told[1:], TOLD, "Samir Ekdal"):
        assert part in kept
    # Another's case, and one that is not there, look the same: there is nothing.
    other = text_of(cast.client("larare").get(f"/utlamnat/?case={id_of(case)}"))
    missing = text_of(cast.client("larare").get(f"/utlamnat/?case={row.pk}"))
    assert other == missing
    assert "Samir Ekdal" not in other


def test_a_proposal_without_a_case_is_found_in_the_register_by_who_wrote_it(cast: Cast) -> None:
    fields = fields_to(cast.membership("polis", code="1495"), kind="school", born="") | CRIME
    teacher, principal = cast.client("larare"), cast.client("rektor")
    proposal = send(teacher, "/dela/", fields)
    for client in (teacher, principal):
        assert f'href="{proposal}"' in client.get("/utlamnat/").content.decode()
    assert proposal not in cast.client("kurator").get("/utlamnat/").content.decode()
    assert decide(principal, proposal).status_code == 302
    register = steps.first_link(teacher, "/utlamnat/", "/utlamnat/")
    assert f'href="{proposal}"' in teacher.get(register).content.decode()


# --- the extract ------------------------------------------------------------------------------------------


def test_an_extract_is_for_who_answers_for_the_unit_or_the_case_and_is_in_the_log(
    cast: Cast, case: str
) -> None:
    manager = cast.client("chef")
    assert 'action="/utlamnat/utdrag/"' in manager.get("/utlamnat/").content.decode()
    assert manager.post(EXTRACT, {}).status_code == 422
    assert manager.post(EXTRACT, {"purpose": "nyfiken"}).status_code == 422
    answer = manager.post(EXTRACT, {"purpose": "supervision", "case": id_of(case)})
    assert answer["Content-Disposition"].startswith('attachment; filename="utlamnat-')
    header, row = cells(answer)
    assert len(header) == len(row)
    for told in ("Samir Ekdal", "10 kap. 18 a § OSL", "Ingrid Åhl", "Polisen i Skara"):
        assert told in row
    # What was told is not taken out, nor whom it was about.
    assert TOLD not in answer.content.decode()
    assert "Sami" not in answer.content.decode().replace("Samir Ekdal", "")
    # Chosen as on the page.
    empty = manager.post(EXTRACT, {"purpose": "request", "basis": "SAMTYCKE"})
    assert len(cells(empty)) == 1
    event = AuditEvent.objects.filter(action="disclosure.export").order_by("occurred_at").first()
    assert event is not None
    assert (event.purpose, event.actor_name) == ("supervision", "Ingrid Åhl")
    assert event.case_number
    for who in ("socialsekreterare", "larare", "polis", "administrator", "logggranskare"):
        client = cast.client(who, code="1495")
        assert client.post(EXTRACT, {"purpose": "request"}).status_code == 404, who
        assert EXTRACT not in client.get("/utlamnat/").content.decode()
    assert len(cells(cast.client("rektor").post(EXTRACT, {"purpose": "request"}))) == 1
    assert len(cells(cast.client("koordinator").post(EXTRACT, {"purpose": "request"}))) == 2


@pytest.mark.parametrize("level", ["marked", "protected"])
def test_nobody_with_protected_personal_data_is_in_an_extract(cast: Cast, level: str) -> None:
    case = hard_steps.protected(cast, level)
    coordinator = cast.client("koordinator")
    fields = fields_to(cast.membership("polis", code="1495"), channel="oral") | {
        "basis": "NOD",
        "q_fara": "yes",
        "q_fara_note": "Hon svarar inte.",
        "q_annat": "no",
        "q_annat_note": "112 är ringt.",
    }
    send(coordinator, f"{case}dela/", fields)
    # It stands in the register for who is named, and is not taken out of it.
    assert "Samir Ekdal" in text_of(coordinator.get("/utlamnat/"))
    assert len(cells(coordinator.post(EXTRACT, {"purpose": "request"}))) == 1


@pytest.mark.parametrize(
    ("who", "model", "group"),
    [
        ("larare", Disclosure, "disclosure"),
        ("socialsekreterare", Disclosure, "disclosure"),
        ("chef", LOG, "log"),
    ],
)
def test_who_may_only_look_takes_nothing_out_whatever_the_page(
    cast: Cast, who: str, model: type[PartitionModel], group: str
) -> None:
    actor = cast.actor(who)
    with work(actor), pytest.raises(door.NotHere):
        door.demand_of_role(actor, model, group, Action.EXPORT)
    with work(actor):
        assert not door.visible(actor, model, action=Action.EXPORT).exists()


def test_no_cell_of_the_extract_can_be_a_formula(cast: Cast) -> None:
    case = case_of_sami(cast, born=years_ago(19, timezone.localdate()))
    fields = fields_to(cast.membership("polis", code="1495")) | UNGA
    fields |= {
        "to_unit": "00000000-0000-0000-0000-000000000001",
        "receiver_name": '=HYPERLINK("http://x")',
        "channel": "letter",
    }
    proposal = send(cast.client("socialsekreterare"), f"{case}dela/", fields)
    assert decide(cast.client("chef"), proposal).status_code == 302
    rows = cells(cast.client("chef").post(EXTRACT, {"purpose": "request"}))
    assert any("HYPERLINK" in cell for cell in rows[1])
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]


# --- who decides ------------------------------------------------------------------------------------------


def test_who_may_decide_for_others_does_not_decide_on_their_own(cast: Cast) -> None:
    fields = fields_to(cast.membership("polis", code="1495"), kind="school", born="") | CRIME
    principal = cast.client("rektor")
    proposal = send(principal, "/dela/", fields)
    assert decide(principal, proposal).status_code == 409
    assert "Ingen hos er har den roll som ska godkänna" in text_of(principal.get(proposal))
    set_partition(cast.actor("rektor"))
    assert Summary.objects.get().approved_by_id is None
    assert not Disclosure.objects.exists()


def test_in_a_small_municipality_the_one_appointed_decides_what_a_manager_would(cast: Cast) -> None:
    steps.tell(cast.client("essunga-larare"))
    lead = cast.client("essunga-koordinator", role="coordinator")
    page = steps.take(lead, steps.first_link(lead, "/inkommet/", "/inkommet/"))
    fields = fields_to(cast.membership("essunga-polis")) | UNGA
    proposal = send(lead, f"{page}dela/", fields)
    assert decide(lead, proposal).status_code == 409
    appointed = {
        "address": "gotene-koordinator@sspf.example",
        "until": (timezone.localdate() + timedelta(days=20)).isoformat(),
        "bound_by_secrecy": "on",
    }
    assert lead.post(f"{page}utsedd/", appointed).status_code == 302
    guest = cast.client("gotene-koordinator", role="approver")
    assert decide(guest, proposal).status_code == 302
    set_partition(cast.actor("essunga-koordinator"))
    row = Disclosure.objects.select_related("decided_by").get()
    assert row.decided_by.role == "approver"
    assert row.decided_by_id != Summary.objects.get().author_id
    acts = AuditEvent.objects.filter(action__in=("case.appoint", "summary.release"))
    assert {one.action for one in acts} == {"case.appoint", "summary.release"}


# --- the rule of the day ----------------------------------------------------------------------------------

NEW = """
[[rule.question]]
code = "ny"
text = "Har du frågat den unge?"
expects = "yes"
refused = "Fråga först."
"""


@pytest.fixture
def changed_tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[date]:
    """The table as it would be if UNGA_18A had another wording, with one question more, from tomorrow."""
    folder = tmp_path / "law"
    shutil.copytree(law.FOLDER, folder)
    table = folder / "legal_basis.toml"
    tomorrow = timezone.localdate() + timedelta(days=1)
    head, found, tail = table.read_text(encoding="utf-8").rpartition('[[rule]]\ncode = "UNGA_18A"')
    row, end, rest = tail.partition("\n[[rule]]\n")
    now = row.replace(
        "valid_from = 2025-04-01",
        f"valid_from = 2025-04-01\nvalid_to = {timezone.localdate()}",
    )
    then = row.replace("valid_from = 2025-04-01", f"valid_from = {tomorrow}")
    table.write_text(f"{head}{found}{now}\n{found}{then}{NEW}{end}{rest}", encoding="utf-8")
    monkeypatch.setattr(law, "FOLDER", folder)
    law.rows.cache_clear()
    yield tomorrow
    monkeypatch.undo()
    law.rows.cache_clear()


def test_a_disclosure_uses_the_rule_of_its_day_and_none_is_approved_under_another(
    cast: Cast, changed_tomorrow: date
) -> None:
    today = timezone.localdate()
    page = case_of_sami(cast, born=years_ago(19, today))
    worker, manager = cast.client("socialsekreterare"), cast.client("chef")
    fields = fields_to(cast.membership("polis", code="1495")) | UNGA
    proposal = send(worker, f"{page}dela/", fields)
    with time_machine.travel(f"{changed_tomorrow.isoformat()}T09:00:00+01:00", tick=True):
        worker, manager = cast.client("socialsekreterare"), cast.client("chef")
        stale = decide(manager, proposal)
        assert stale.status_code == 409
        assert "Regeln har en annan lydelse nu" in text_of(stale)
        assert worker.post(f"{page}dela/", fields | {"act": "send"}).status_code == 422
        answered = fields | {"q_ny": "yes", "q_ny_note": "Ja, i går."}
        newer = send(worker, f"{page}dela/", answered)
        assert decide(manager, newer).status_code == 302
        past = fields | {"happened_on": today.isoformat(), "channel": "oral"}
        older = send(worker, f"{page}dela/", past)
        assert decide(manager, older).status_code == 302
    set_partition(cast.actor("chef"))
    rows = {one.happened_on: one.basis_version for one in Disclosure.objects.all()}
    assert rows == {None: changed_tomorrow, today: date(2025, 4, 1)}
