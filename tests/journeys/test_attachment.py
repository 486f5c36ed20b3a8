"""A signed paper in a browser: chosen, added, downloaded, removed; axe clean, on a phone, and without any script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cases import made_files
from tests.journeys.test_talk import Looks

PAPER = {"name": "Undertecknat hemma.pdf", "mimeType": "application/pdf"}


@pytest.mark.slow
def test_a_paper_is_added_to_its_consent_downloaded_and_removed(
    page_as: Callable[..., Any],
) -> None:
    page = page_as("koordinator", width=390)
    looks = Looks(page)
    content = made_files.pdf(2)
    page.goto("/arenden/")
    page.locator("tbody tr", has_text="Nils Exempel").locator("th a").click()
    case = page.url
    looks.at("attachments-demo")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Hämta Samtycke SSPF Nils.pdf").first.click()
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-1.4")
    assert saved.value.suggested_filename == "Samtycke SSPF Nils.pdf"

    page.get_by_role("link", name="Lägg till papperet").click()
    looks.at("attachment-new")
    page.get_by_label("Fil", exact=True).set_input_files(
        {"name": "brev.docx", "mimeType": "application/pdf", "buffer": b"PK\x03\x04"}
    )
    page.get_by_label("Anteckning").fill("Kom med posten")
    page.get_by_role("button", name="Lägg till").click()
    assert "välj Spara som PDF" in page.locator("main").inner_text()
    assert page.get_by_label("Anteckning").input_value() == "Kom med posten"
    looks.at("attachment-refused")
    page.get_by_label("Fil", exact=True).set_input_files(PAPER | {"buffer": content})
    page.get_by_role("button", name="Lägg till").click()
    page.get_by_role("heading", name="Vem ska skriva under?").wait_for()
    page.goto(case)
    looks.at("attachments")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Hämta Undertecknat hemma.pdf").first.click()
    assert Path(saved.value.path()).read_bytes() == content

    page.get_by_role("link", name="Ta bort Undertecknat hemma.pdf").click()
    looks.at("attachment-remove")
    page.get_by_label("Det är fel fil").check()
    page.get_by_role("button", name="Ta bort filen").click()
    page.wait_for_url(f"{case}#bilagor")
    assert page.get_by_role("link", name="Hämta Undertecknat hemma.pdf").count() == 0
    assert looks.faults == []


@pytest.mark.slow
def test_a_picture_is_added_and_downloaded_without_any_script(
    site: str, chromium_browser: Any
) -> None:
    context = chromium_browser.new_context(base_url=site, java_script_enabled=False, locale="sv-SE")
    try:
        page = context.new_page()
        page.goto("/logga-in/")
        page.locator('button[name="cast"][value="koordinator"]').click()
        page.goto("/arenden/")
        page.locator("tbody tr", has_text="Nils Exempel").locator("th a").click()
        case = page.url
        page.get_by_role("link", name="Lägg till bilaga").click()
        page.get_by_label("Fil", exact=True).set_input_files(
            {
                "name": "foto.jpeg",
                "mimeType": "image/jpeg",
                "buffer": made_files.photo_from_skara(),
            }
        )
        page.get_by_label("Bild", exact=True).check()
        page.get_by_role("button", name="Lägg till").click()
        assert page.url == f"{case}#bilagor"
        with page.expect_download() as saved:
            page.get_by_role("link", name="Hämta foto.jpg").click()
        kept = Path(saved.value.path()).read_bytes()
        assert kept.startswith(b"\xff\xd8\xff")
        assert b"Karin" not in kept
        page.get_by_role("link", name="Ta bort foto.jpg").click()
        page.get_by_label("Den behövs inte längre").check()
        page.get_by_role("button", name="Ta bort filen").click()
        assert page.url == f"{case}#bilagor"
    finally:
        context.close()
