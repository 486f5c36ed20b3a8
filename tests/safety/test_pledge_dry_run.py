"""A dry run of the command: every municipality of the country, and nothing stored."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from access.municipality_codes import municipality_names
from access.request_transaction import set_partition
from safety.models import Pledge
from tests.cast import Cast

TEXT = """Medborgarlöfte 2026

Kommunen lovar
- Att laga belysningen vid gångtunneln.

Polisen lovar
- Att fotpatrullera vid stationen på fredagar.
"""


@pytest.fixture
def pledge(tmp_path: Path) -> Path:
    file = tmp_path / "pledge.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.mark.parametrize("code", ["0114", "0683", "1495", "2584"])
def test_a_dry_run_reads_for_any_municipality_and_stores_nothing(
    cast: Cast, pledge: Path, code: str
) -> None:
    said = StringIO()
    call_command(
        "import_pledge", str(pledge), "--municipality", code, "--dry-run", "--json", stdout=said
    )
    read = json.loads(said.getvalue())
    assert read["year"] == 2026
    assert [promise["promiser"] for promise in read["promises"]] == ["municipality", "police"]
    set_partition(cast.actor("trygghetssamordnare"))
    before = Pledge.objects.filter(year=2026).count()
    assert before == 0


def test_a_code_that_no_municipality_has_is_a_clear_error(cast: Cast, pledge: Path) -> None:
    with pytest.raises(CommandError, match="9999"):
        call_command("import_pledge", str(pledge), "--municipality", "9999", "--dry-run")


def test_the_list_has_every_municipality_once() -> None:
    names = municipality_names()
    assert len(names) == 290
    assert (names["1495"], names["0683"]) == ("Skara", "Värnamo")
