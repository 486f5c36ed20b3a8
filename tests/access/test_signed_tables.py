"""The tables that decide, printed for signature; who signed which version; and that the product says so plainly."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pypdf
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from access.log_review.words import ACTIONS
from access.models import SecrecyRegime, SignedTable
from access.policy import policy
from access.request_transaction import work
from access.signed_tables.services import PaperSignature, record_signature, signed_states
from access.signed_tables.tables import Table, digest, table_called, tables
from audit.models import AuditEvent
from cases.rules.law import FOLDER
from cases.rules.law_words import COLUMNS, TITLES
from tests.cases.share_steps import case_of_sami, fields_to
from tests.cast import Cast

LAW = "legal_basis"


def fields(table: Table, **changed: str) -> dict[str, str]:
    return {
        "version": table.short,
        "signed_by": "Karin Jurist",
        "title": "stadsjurist",
        "signed_on": timezone.localdate().isoformat(),
        "paper_reference": "SON 2026/238",
    } | changed


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_table_of_law_and_the_policy_can_be_signed() -> None:
    files = {file.stem for file in FOLDER.glob("*.toml")}
    assert {table.code for table in tables()} == files | {"policy", "accounts"}
    assert len(files) >= 20


def test_every_table_and_column_of_law_has_words() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} - TITLES.keys() == set()
    columns: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            columns.update(value)
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)

    for table in tables():
        if table.code != "policy":
            collect(table.content.get("rule", []) or list(table.content.values()))
            assert table.sections(table.content) or not table.content.get("rule", ["-"])
    assert columns - COLUMNS.keys() - {regime.value for regime in SecrecyRegime} == set()


def test_the_hash_is_of_what_the_table_says(tmp_path: Path) -> None:
    """Comments and the order of keys do not count; a value, a row more and the order of rows do."""

    def of(text: str) -> str:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        file.write_text(text, encoding="utf-8")
        return Table(code="x", file=file, title=str, sections=lambda _c: []).sha256

    one = of('[[rule]]\na = 1\nb = "å"\n[[rule]]\na = 2\n')
    assert one == of('# said\n[[rule]]\nb = "å" # more\na = 1\n\n[[rule]]\na = 2\n')
    others = [
        of('[[rule]]\na = 1\nb = "ä"\n[[rule]]\na = 2\n'),
        of('[[rule]]\na = 2\n[[rule]]\na = 1\nb = "å"\n'),
        of('[[rule]]\na = 1\nb = "å"\n'),
        of('[[rule]]\na = true\nb = "å"\n[[rule]]\na = 2\n'),
    ]
    assert len({one, *others}) == 5
    assert digest({"a": date(2026, 1, 1)}) == digest({"a": "2026-01-01"})


def test_the_policy_has_one_hash_everywhere() -> None:
    assert policy().digest == table_called("policy").sha256


@pytest.mark.parametrize("code", ["policy", LAW, "consent_signer"])
def test_a_table_prints_whole_with_version_and_hash(cast: Cast, code: str) -> None:
    table = table_called(code)
    answer = cast.client("chef").get(f"/lagtabeller/{code}/pdf/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="lagtabell.pdf"'
    assert answer["Cache-Control"] == "no-store"
    paper = pypdf.PdfReader(io.BytesIO(answer.content))
    root: Any = paper.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "sv"
    pages = ["".join(one.extract_text().split()) for one in paper.pages]
    assert all(table.sha256 in one and table.short in one for one in pages)
    said = "".join(pages).replace("\u200b", "")
    assert "Namnteckning" in said
    missing = [
        cell
        for section in table.sections(table.content)
        for row in section.rows
        for cell in row
        if "".join(cell.split()) not in said
    ]
    # What a page break cuts in two is in the file in two places.
    assert len(missing) <= len(pages)


def test_a_paragraph_and_its_dates_are_on_the_paper(cast: Cast) -> None:
    html = page(cast.client("registrator"), f"/lagtabeller/{LAW}/")
    assert "10 kap. 18 a § OSL" in html
    assert "2025-04-01" in html
    assert "Gäller från och med" in html
    assert table_called(LAW).sha256 in html


def named(table: Table) -> str:
    """How a page away from the table tells which one it is about."""
    return f"Tabellen ”{table.title()}”, version {table.version},"


def test_recording_a_signature_says_so_everywhere_and_once(cast: Cast) -> None:
    table, manager = table_called("policy"), cast.client("chef")
    assert f"{named(table)} är inte underskriven av någon." in page(
        cast.client("larare"), "/vem-far-se-vad/"
    )
    for _twice in range(2):
        answer = manager.post("/lagtabeller/policy/underskrift/", fields(table))
        assert answer.status_code == 302
    said = f"{named(table)} är underskriven av Karin Jurist, stadsjurist"
    for who in ("larare", "polis", "logggranskare"):
        assert page(cast.client(who), "/vem-far-se-vad/").count(said) == 1
    with work(cast.actor("chef")):
        assert SignedTable.objects.count() == 1
        [row] = SignedTable.objects.all()
        assert row.recorded_by_id == cast.membership("chef").pk
        assert (row.sha256, row.paper_reference) == (table.sha256, "SON 2026/238")
        assert AuditEvent.objects.filter(action="table.sign", object_id=row.pk).count() == 1
    assert "table.sign" in ACTIONS


def test_a_signature_of_an_earlier_version_does_not_hold_for_this_one(cast: Cast) -> None:
    table, actor = table_called(LAW), cast.actor("chef")
    given = PaperSignature(
        signed_by="Karin Jurist", title="jurist", signed_on=date(2026, 11, 1), paper_reference="1"
    )
    with work(actor):
        row = record_signature(actor=actor, table=table, signature=given, now=timezone.now())
        SignedTable.objects.bulk_create(
            [
                SignedTable(
                    municipality_id=row.municipality_id, agency_id=row.agency_id, table="policy",
                    version="2025-01-01 · 00000000", sha256="0" * 64, signed_by="Gammal Jurist",
                    title="jurist", signed_on=date(2025, 1, 2), paper_reference="2",
                    recorded_by_id=actor.member, recorded_at=timezone.now(),
                )
            ]
        )  # fmt: skip
        [state] = signed_states(actor, [table_called("policy")])
        assert (state.signed, state.earlier and state.earlier.signed_by) == (False, "Gammal Jurist")
        [law] = signed_states(actor, [table])
        assert law.signed
    html = page(cast.client("trygghetssamordnare"), "/vem-far-se-vad/")
    assert "är inte underskriven. En tidigare version" in html
    listed = page(cast.client("chef"), "/lagtabeller/")
    assert "Nej, bara en tidigare version" in listed
    assert "Karin Jurist, jurist, 2026-11-01" in listed


def test_the_paper_must_be_of_the_present_version(cast: Cast) -> None:
    table, client = table_called(LAW), cast.client("registrator")
    for wrong in ("00000000", table.short[:6], "policy"):
        answer = client.post(f"/lagtabeller/{LAW}/underskrift/", fields(table, version=wrong))
        assert answer.status_code == 422
        assert "Tabellen ser annorlunda ut nu än på papperet" in answer.content.decode()
    later = (timezone.localdate() + timedelta(days=1)).isoformat()
    answer = client.post(f"/lagtabeller/{LAW}/underskrift/", fields(table, signed_on=later))
    assert answer.status_code == 422
    assert "Karin Jurist" in answer.content.decode()
    for whole in (table.version, table.sha256, f" {table.short.upper()} "):
        answer = client.post(f"/lagtabeller/{LAW}/underskrift/", fields(table, version=whole))
        assert answer.status_code == 302


@pytest.mark.parametrize("who", ["larare", "koordinator", "polis", "logggranskare"])
def test_others_read_but_do_not_record(cast: Cast, who: str) -> None:
    client = cast.client(who)
    assert "Registrera en underskrift" not in page(client, f"/lagtabeller/{LAW}/")
    sent = client.post(f"/lagtabeller/{LAW}/underskrift/", fields(table_called(LAW)))
    assert sent.status_code == 404
    assert client.get("/lagtabeller/nothing/").status_code == 404
    assert client.get("/lagtabeller/nothing/pdf/").status_code == 404


def test_another_municipality_does_not_see_it(cast: Cast) -> None:
    cast.client("chef").post("/lagtabeller/policy/underskrift/", fields(table_called("policy")))
    other = cast.actor("gotene-koordinator")
    with work(other):
        [state] = signed_states(other, [table_called("policy")])
        assert (state.signed, state.earlier) == (False, None)
        assert SignedTable.objects.count() == 0


@pytest.mark.parametrize(
    "change", ["UPDATE access_signedtable SET title = 'x'", "DELETE FROM access_signedtable"]
)
def test_a_recorded_signature_is_never_changed(cast: Cast, change: str) -> None:
    cast.client("chef").post("/lagtabeller/policy/underskrift/", fields(table_called("policy")))
    with (
        work(cast.actor("chef")),
        pytest.raises(ProgrammingError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_guides_foot_says_whether_its_legal_bases_are_signed(cast: Cast) -> None:
    table, worker = table_called(LAW), cast.client("socialsekreterare")
    case = case_of_sami(cast, born="2008-03-01")
    asked = fields_to(cast.membership("polis", code="1495")) | {"act": "bases"}
    unsigned = worker.post(f"{case}dela/", asked)
    assert f"{named(table)} är inte underskriven av någon." in unsigned.content.decode()
    cast.client("chef").post(f"/lagtabeller/{LAW}/underskrift/", fields(table))
    for step in (asked, asked | {"act": "preview", "basis": "UNGA_18A"}):
        said = worker.post(f"{case}dela/", step).content.decode()
        assert f"{named(table)} är underskriven av Karin Jurist" in said
