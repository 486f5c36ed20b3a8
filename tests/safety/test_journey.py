"""A pledge from a text file to the public page, in a real browser on a phone's width, without a fault for axe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_pages import axe_violations
from tests.safety.steps import TEXT


@pytest.mark.slow
def test_a_pledge_goes_from_a_file_to_the_public_page(page_as: Callable[..., Any], tmp_path: Path):
    file = tmp_path / "löfte.txt"
    file.write_text(TEXT.replace("2026", "2025"), encoding="utf-8")
    page = page_as("trygghetssamordnare", width=390)
    faults: list[str] = []

    def look(at: Any) -> None:
        at.wait_for_load_state("load")
        faults.extend(f"{at.url} {fault}" for fault in axe_violations(at))

    page.goto("/medborgarloften/importera/")
    page.set_input_files("#id_file", str(file))
    page.click("text=Läs texten")
    look(page)
    page.fill("#id_year", "")
    page.click("text=Spara som utkast")
    assert "Skriv vilket år löftet gäller." in page.content()
    look(page)
    page.fill("#id_year", "2025")
    page.click("text=Spara som utkast")
    pledge = page.url
    assert "1 rad i texten kunde inte placeras" in page.content()
    page.click("text=Lägg till en aktivitet")
    page.fill("#id_what", "Hålla orossamtal")
    page.select_option("#id_owner_unit", label="Barn och unga")
    page.check("text=Orossamtal som har hållits")
    page.click("button:has-text('Spara')")
    page.click("text=Skriv en uppföljning")
    page.fill("#id_text", "Vi har börjat.")
    page.click("button:has-text('Spara')")
    page.click("text=Godkänn för kommunen")
    police = page_as("polis", width=390)
    assert "Medborgarlöfte att godkänna" in police.content()
    police.click("text=Medborgarlöfte 2025")
    police.click("text=Godkänn för polisen")
    page.goto(pledge)
    look(page)
    page.click("text=Publicera medborgarlöftet")
    page.click("text=Se den offentliga sidan >> nth=0")
    look(page)
    public = page.content()
    for shown in ("Vi har börjat.", "färre än 5", "Barn och unga", "Kommunen lovar"):
        assert shown in public
    assert "Nu kör vi så det ryker" not in public
    assert faults == []
