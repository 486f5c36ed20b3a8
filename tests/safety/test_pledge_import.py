"""Importing a pledge: what is read is reviewed before it is stored, and what cannot be read stores nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from access.request_transaction import work
from safety.models import Pledge, Promise, UnplacedLine
from safety.pledge_text import read_pledge
from tests.cast import Cast
from tests.conftest import ROOT, requires
from tests.safety.steps import SAFETY, TEXT, imported, review_fields

SEEDS = ROOT.parent / "shared" / "seeds"
PAGE = "/medborgarloften/importera/"
NOT_PLEDGES = {
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "huge": b"Kommunen lovar\n- Att " + b"laga lampor " * 20_000,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "something else": "Välkommen till simhallen. Vi har öppet alla dagar mellan klockan tio och sju.".encode(),
}


def seeds() -> list[Path]:
    found = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else []
    if not found and requires("seeds"):
        pytest.fail("../shared/seeds is missing, and SSPF_REQUIRE asks for it")
    return found


def stored(cast: Cast) -> int:
    with work(cast.actor(SAFETY)):
        return Pledge.objects.count() + Promise.objects.count()


@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.stem[:3])
def test_a_real_pledge_is_imported_whole_through_the_page(cast: Cast, seed: Path):
    read = read_pledge(seed.read_bytes(), municipality_name="Skara")
    page = imported(cast.client(SAFETY), seed.read_text(encoding="utf-8"))
    with work(cast.actor(SAFETY)):
        pledge = Pledge.objects.get(pk=page.strip("/").rsplit("/", 1)[-1])
        assert pledge.year == read.year
        assert [(p.promiser, p.text) for p in pledge.promises.all()] == [
            (p.promiser.value, p.text) for p in read.promises
        ]
        assert [area.name for area in pledge.focus_areas.all()] == list(read.focus_areas)
        kept = "\n".join(line.text for line in pledge.unplaced.all())
        assert pledge.unplaced.count() == len(read.unplaced)
        assert not [line.text for line in read.withheld if line.text.strip() and line.text in kept]


@pytest.mark.parametrize("seed", seeds(), ids=lambda path: path.stem[:3])
def test_a_real_pledge_is_imported_whole_through_the_command(cast: Cast, seed: Path):
    read = read_pledge(seed.read_bytes(), municipality_name="Skara")
    call_command(
        "import_pledge",
        str(seed),
        "--municipality",
        "1495",
        stdout=io.StringIO(),
        stderr=io.StringIO(),
    )
    with work(cast.actor(SAFETY)):
        pledge = Pledge.objects.get()
        assert pledge.agency_id == cast.actor(SAFETY).agency_id
        assert pledge.state == "draft"
        assert [p.text for p in pledge.promises.all()] == [p.text for p in read.promises]


def test_the_dry_run_prints_what_was_read_and_stores_nothing(cast: Cast, tmp_path: Path):
    file = tmp_path / "löfte 2026.txt"
    file.write_text(TEXT, encoding="utf-8")
    out = io.StringIO()
    call_command(
        "import_pledge", str(file), "--municipality", "1495", "--dry-run", "--json", stdout=out
    )
    printed = json.loads(out.getvalue())
    assert printed["year"] == 2026
    assert [p["promiser"] for p in printed["promises"]] == ["municipality"] * 2 + [
        "police",
        "together",
    ]
    assert printed["promises"][0]["text"] == "Att hålla orossamtal och följa upp ungdomar."
    assert printed["focus_areas"] == ["Trygghet i centrum"]
    assert printed["unplaced"] == ["Nu kör vi så det ryker"]
    assert stored(cast) == 0


@pytest.mark.parametrize("raw", NOT_PLEDGES.values(), ids=NOT_PLEDGES)
def test_the_command_refuses_what_is_no_pledge_in_one_line_and_stores_nothing(
    cast: Cast, tmp_path: Path, raw: bytes
):
    file = tmp_path / "fil.txt"
    file.write_bytes(raw)
    with pytest.raises(CommandError) as refusal:
        call_command("import_pledge", str(file), "--municipality", "1495")
    assert "\n" not in str(refusal.value)
    assert stored(cast) == 0


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        ("finns-inte.txt", "1495", "går inte att läsa"),
        (".", "1495", "går inte att läsa"),
        ("", "9999", "9999"),
    ],
    ids=["missing file", "folder", "unknown municipality"],
)
def test_the_command_says_what_is_wrong_with_its_arguments(
    cast: Cast, tmp_path: Path, file: str, code: str, says: str
):
    good = tmp_path / "bra.txt"
    good.write_text(TEXT, encoding="utf-8")
    with pytest.raises(CommandError, match=says):
        call_command(
            "import_pledge", str(tmp_path / file if file else good), "--municipality", code
        )
    assert stored(cast) == 0


def test_a_text_without_a_year_is_asked_for_one(cast: Cast, tmp_path: Path):
    file = tmp_path / "utan.txt"
    file.write_text(TEXT.replace("2026", ""), encoding="utf-8")
    with pytest.raises(CommandError, match="--year"):
        call_command("import_pledge", str(file), "--municipality", "1495")
    call_command(
        "import_pledge", str(file), "--municipality", "1495", "--year", "2024", stdout=io.StringIO()
    )
    with work(cast.actor(SAFETY)):
        assert Pledge.objects.get().year == 2024


def test_the_command_as_a_process_ends_with_an_error_code_and_no_traceback(
    environment_of: Callable[[str], dict[str, str]], tmp_path: Path
):
    bad = tmp_path / "bild.txt"
    bad.write_bytes(NOT_PLEDGES["binary"])
    done = subprocess.run(
        [sys.executable, "manage.py", "import_pledge", str(bad), "--municipality", "1495"],
        cwd=ROOT, env=environment_of("web"), capture_output=True, text=True, check=False,
        timeout=240,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_reading_on_the_page_stores_nothing_before_it_is_saved(cast: Cast):
    answer = cast.client(SAFETY).post(PAGE, {"text": TEXT})
    assert answer.status_code == 200
    assert "Att fotpatrullera vid stationen på kvällarna." in answer.content.decode()
    assert stored(cast) == 0


def test_a_file_is_read_like_a_pasted_text(cast: Cast):
    client = cast.client(SAFETY)
    file = SimpleUploadedFile("löfte.txt", TEXT.encode("cp1252"))
    answer = client.post(PAGE, {"text": "", "file": file})
    assert answer.status_code == 200
    assert "Att hålla orossamtal och följa upp ungdomar." in answer.content.decode()


@pytest.mark.parametrize("raw", NOT_PLEDGES.values(), ids=NOT_PLEDGES)
def test_the_page_refuses_what_is_no_pledge_at_the_field(cast: Cast, raw: bytes):
    answer = cast.client(SAFETY).post(
        PAGE, {"text": "", "file": SimpleUploadedFile("fil.txt", raw)}
    )
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert stored(cast) == 0


def test_nothing_pasted_is_lost_when_it_cannot_be_read(cast: Cast):
    pasted = "Det här är inget löfte, men jag hade skrivit det länge och vill ha det kvar."
    answer = cast.client(SAFETY).post(PAGE, {"text": pasted})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert pasted in page
    assert 'id="id_text_error"' in page


def test_the_reviewer_moves_drops_and_adds_promises(cast: Cast):
    client = cast.client(SAFETY)
    fields = review_fields(client.post(PAGE, {"text": TEXT}).content.decode())
    fields |= {"p0_promiser": "together", "p1_drop": "on", "u0_as": "police",
               "new_promiser": "municipality", "new_text": "Att städa parken."}  # fmt: skip
    page = str(client.post(PAGE, fields)["Location"])
    with work(cast.actor(SAFETY)):
        pledge = Pledge.objects.get(pk=page.strip("/").rsplit("/", 1)[-1])
        assert [(p.promiser, p.text[:16]) for p in pledge.promises.all()] == [
            ("together", "Att hålla orossa"),
            ("police", "Att fotpatruller"),
            ("together", "Att utveckla arb"),
            ("police", "Nu kör vi så det"),
            ("municipality", "Att städa parken"),
        ]
        assert not UnplacedLine.objects.exists()


def test_nothing_reviewed_is_lost_when_something_is_wrong(cast: Cast):
    client = cast.client(SAFETY)
    fields = review_fields(client.post(PAGE, {"text": TEXT}).content.decode())
    answer = client.post(
        PAGE, fields | {"year": "", "p2_text": "Att gå dit oftare.", "p1_drop": "on"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_year_error"' in page
    again = review_fields(page)
    assert again["p2_text"] == "Att gå dit oftare."
    assert again["p1_drop"] == "on"
    assert again["unplaced"] == fields["unplaced"]
    assert stored(cast) == 0


def test_a_number_of_a_person_in_a_promise_is_stopped_at_the_field(cast: Cast):
    client = cast.client(SAFETY)
    fields = review_fields(client.post(PAGE, {"text": TEXT}).content.decode())
    answer = client.post(PAGE, fields | {"p0_text": "Att följa upp 20080412-2380"})
    assert answer.status_code == 422
    assert 'id="id_p0_text_error"' in answer.content.decode()
    assert stored(cast) == 0


def test_a_number_in_a_line_that_is_kept_aside_is_taken_out(cast: Cast):
    page = imported(
        cast.client(SAFETY), TEXT + "\nRing handläggaren 080412-2380 om du undrar något mer\n"
    )
    with work(cast.actor(SAFETY)):
        lines = UnplacedLine.objects.filter(pledge_id=page.strip("/").rsplit("/", 1)[-1])
        assert not any("2380" in line.text for line in lines)


def test_a_promise_that_recurs_is_linked_unless_the_reviewer_unticks_it(cast: Cast):
    client = cast.client(SAFETY)
    imported(client, TEXT)
    later = TEXT.replace("2026", "2027").replace("Att laga lampor", "Att fortsätta laga lampor")
    read = client.post(PAGE, {"text": later}).content.decode()
    assert "Samma löfte som 2026: ”Att laga lampor där det är mörkt.”" in read
    fields = review_fields(read)
    del fields["p0_recurs"]
    client.post(PAGE, fields)
    with work(cast.actor(SAFETY)):
        linked = [
            p.recurs_from.text if p.recurs_from else None
            for p in Promise.objects.filter(pledge__year=2027).order_by("order")
        ]
    assert linked == [
        None,
        "Att laga lampor där det är mörkt.",
        "Att fotpatrullera vid stationen på kvällarna.",
        "Att utveckla arbetet med grannsamverkan i hela kommunen.",
    ]


def test_what_was_reviewed_comes_back_after_the_session_has_locked(cast: Cast):
    client = cast.client(SAFETY)
    fields = review_fields(client.post(PAGE, {"text": TEXT}).content.decode())
    session = client.session
    session["locked"] = True
    session.save()
    assert client.post(PAGE, fields | {"p0_text": "Att skriva länge."})["Location"].startswith(
        "/las-upp/"
    )
    session = client.session
    session["locked"] = False
    session.save()
    back = client.get(PAGE)
    assert "Att skriva länge." in back.content.decode()
    assert client.post(PAGE, review_fields(back.content.decode())).status_code == 302
    with work(cast.actor(SAFETY)):
        assert Promise.objects.filter(text="Att skriva länge.").exists()


def test_only_the_safety_coordinator_imports(cast: Cast):
    for who in ("polis", "koordinator", "larare"):
        assert cast.client(who).get(PAGE).status_code == 404
