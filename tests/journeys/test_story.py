"""The main story in a real browser: told, taken, consented, written, approved, read, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.test_pages import axe_violations

SUMMARY = "Ella får stöd på eftermiddagarna. Ring om du ser henne vid torget sent."


def press(page: Any, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


@pytest.mark.slow
def test_the_whole_spine_by_hand(page_as: Callable[..., Any]) -> None:
    teacher = page_as("larare", width=390)
    teacher.goto("/oro/ny/")
    teacher.get_by_label("Nej", exact=True).check()
    teacher.get_by_label("Vem gäller det?").fill("Ella Browser i 7A")
    teacher.get_by_label("Vad har du sett eller hört, och när?").fill("Ledsen hela veckan.")
    teacher.get_by_label("Ja, de vet").check()
    press(teacher, "Skicka")
    assert "Tack. Det du berättade är mottaget." in teacher.inner_text("h1")
    number = teacher.locator(".s-receipt__number strong").inner_text()

    coordinator = page_as("koordinator")
    coordinator.goto("/inkommet/")
    coordinator.get_by_role("link", name=number).click()
    assert "Ella Browser i 7A" in coordinator.inner_text("main")
    coordinator.get_by_label("Den unges namn").fill("Ella Browser")
    press(coordinator, "Ta ärendet")
    assert coordinator.inner_text("h1") == "Ella Browser"
    case = coordinator.url

    coordinator.get_by_role("link", name="Registrera samtycke").first.click()
    coordinator.get_by_label("Vem har skrivit under?").fill("Vårdnadshavare 1 och Ella")
    coordinator.get_by_label("Polisen i Skara").check()
    coordinator.get_by_label("På papper, underskrivet").check()
    press(coordinator, "Registrera")
    assert coordinator.url == case

    coordinator.get_by_role("link", name="Skriv sammanfattning till polisen").first.click()
    coordinator.get_by_label("Samir Ekdal, kommunpolis, Områdespolisen Skara").check()
    coordinator.get_by_label("Vem gäller det?").fill("Ella, född 2013")
    coordinator.get_by_label("Sammanfattning", exact=True).fill(SUMMARY)
    press(coordinator, "Visa så som mottagaren ser det")
    assert SUMMARY in coordinator.inner_text("article")
    press(coordinator, "Be om godkännande")
    summary = coordinator.url

    manager = page_as("chef")
    manager.goto(summary)
    press(manager, "Godkänn och lämna ut")
    assert "Utlämnad" in manager.inner_text("main")

    officer = page_as("polis", width=390)
    officer.goto("/delat-med-oss/")
    officer.get_by_role("link", name="Ella, född 2013").click()
    assert SUMMARY in officer.inner_text("main")
    read = officer.url
    officer.goto("/")

    coordinator.goto(case)
    coordinator.get_by_role("link", name="Registrera återkallelse").click()
    coordinator.get_by_label("Polisen i Skara").check()
    coordinator.get_by_label("Per telefon").check()
    press(coordinator, "Visa vad som händer")
    assert "kan inte längre läsa sammanfattningen" in coordinator.inner_text("main")
    press(coordinator, "Registrera återkallelsen")

    officer.go_back()
    officer.wait_for_load_state()
    assert officer.url == read
    assert SUMMARY not in officer.inner_text("body")
    assert "Sidan finns inte" in officer.inner_text("body")


@pytest.mark.slow
def test_the_draft_saves_itself_and_the_keyboard_reaches_everything(
    page_as: Callable[..., Any],
) -> None:
    page = page_as("larare-utanfor")
    page.goto("/oro/ny/")
    page.get_by_label("Vad har du sett eller hört, och när?").fill("Skriver mellan två lektioner")
    page.get_by_text("Sparat", exact=False).first.wait_for(timeout=15_000)
    page.goto("/")
    page.goto("/oro/ny/")
    kept = page.get_by_label("Vad har du sett eller hört, och när?").input_value()
    assert kept == "Skriver mellan två lektioner"
    reached = set()
    for _tab in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.id"))
    assert {"harm", "child", "seen", "place", "done", "guardians"} <= reached


@pytest.mark.slow
def test_the_pages_work_without_javascript(site: str, chromium_browser: Any) -> None:
    context = chromium_browser.new_context(base_url=site, java_script_enabled=False, locale="sv-SE")
    page = context.new_page()
    page.goto("/logga-in/")
    page.locator('button[name="cast"][value="fritidsledare"]').click()
    page.wait_for_url("**/")
    page.goto("/oro/ny/")
    page.get_by_label("Vad har du sett eller hört, och när?").fill("Utan skript")
    press(page, "Spara utkast")
    page.wait_for_load_state()
    page.goto("/oro/ny/")
    assert page.get_by_label("Vad har du sett eller hört, och när?").input_value() == "Utan skript"
    page.get_by_label("Ja, jag vet eller misstänker det").check()
    press(page, "Skicka")
    assert page.inner_text("h1") == "Gör en orosanmälan genast"
    page.goto("/oro/ny/")
    assert page.get_by_label("Vad har du sett eller hört, och när?").input_value() == ""
    context.close()


@pytest.mark.slow
def test_the_demo_mailbox_says_when_the_next_mail_goes(page_as: Callable[..., Any]) -> None:
    page = page_as("koordinator", width=320)
    answer = page.goto("/demo/brevlada/")
    assert answer.status == 200
    # No worker runs beside the tests' site: the mail about the untaken concern still waits.
    assert "Nästa mejl skickas" in page.inner_text("main")
    assert axe_violations(page) == []
