"""The main story in a real browser: told, taken, consented, shared, approved, read, withdrawn; also without any script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.test_pages import axe_violations

SUMMARY = "Ella får stöd på eftermiddagarna. Ring om du ser henne vid torget sent."


def press(page: Any, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def lock(page: Any) -> None:
    """As the idle lock does, from another tab of the same person."""
    other = page.context.new_page()
    other.goto("/")
    other.locator("details[data-menu] summary", has_text="Noomi Falk").click()
    press(other, "Lås")
    # A tab that is closed on its way to another page is at times waited for without end.
    other.get_by_role("button", name="Lås upp", exact=True).wait_for()
    other.close()


def consent_to(page: Any, police: str, leisure: str) -> None:
    """Every unit's tick by hand; the lock comes before it is saved, and takes nothing."""
    for unit, kind, way in (
        ("Barn och unga", "Socialtjänstens stöd", "får berätta om"),
        (police, "Socialtjänstens stöd", "får ta del av"),
        (leisure, "Socialtjänstens stöd", "får ta del av"),
    ):
        page.locator("summary", has_text=f"{unit}, ").click()
        page.get_by_label(f"{unit} {way}: {kind}").check(force=True)
    page.get_by_label("Vad får inte delas?").fill("Inget om pappa")
    lock(page)
    press(page, "Spara som utkast")
    press(page, "Lås upp")
    assert page.get_by_label("Vad får inte delas?").input_value() == "Inget om pappa"
    assert page.get_by_label(f"{police} får ta del av: Socialtjänstens stöd").is_checked()
    press(page, "Spara som utkast")


def signed_on_the_screen(page: Any) -> None:
    page.get_by_role("button", name="Låt skriva under på skärmen").click()
    press(page, "Jag säger ja och skriver under")
    page.get_by_role("link", name="Lämna tillbaka skärmen").click()
    press(page, "Lås upp")
    page.get_by_role("link", name="Anteckna svaret").click()
    page.get_by_label("Den unge vill vara med").check()
    page.get_by_label("Vid besök", exact=True).check()
    page.get_by_label("Vad säger den unge själv?").fill("Jag vill gärna ha hjälp.")
    press(page, "Spara svaret")


def told_through_the_guide(page: Any) -> str:
    """The guide Dela to the police, locked in its middle; gives the proposal's address."""
    page.get_by_role("link", name="Dela med någon annan").click()
    page.get_by_label("Vem vill du berätta för?").select_option(
        label="Områdespolisen Skara, Polisen i Skara"
    )
    page.get_by_label("Socialtjänstens stöd").check()
    press(page, "Visa vad som gäller")
    page.locator("section", has_text="Vårdnadshavarna har samtyckt").get_by_role(
        "button", name="Gå vidare på den här grunden"
    ).click()
    page.get_by_label("Samir Ekdal").check()
    page.get_by_label("Vem gäller det?").fill("Ella, född 2013")
    page.get_by_label("Vad vill du berätta?").fill(SUMMARY)
    page.get_by_label("Ja, personen vet om det").check()
    page.get_by_label("Varför, eller varför inte?").fill("Ella var med när vi skrev.")
    page.get_by_role("group", name="Håller du dig till det").get_by_label("Ja").check()
    page.get_by_label("Hur vet du det?").fill("Mona kryssade för det i dag.")
    lock(page)
    press(page, "Visa så som mottagaren ser det")
    press(page, "Lås upp")
    assert page.get_by_label("Vad vill du berätta?").input_value() == SUMMARY
    press(page, "Visa så som mottagaren ser det")
    assert SUMMARY in page.inner_text("article")
    press(page, "Be om godkännande")
    return str(page.url)


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_whole_spine_by_hand(page_as: Callable[..., Any], script: bool) -> None:
    teacher = page_as("larare", width=390, script=script)
    teacher.goto("/oro/ny/")
    teacher.get_by_label("Nej", exact=True).check()
    teacher.get_by_label("Vem gäller det?").fill("Ella Browser i 7A")
    teacher.get_by_label("Vad har du sett eller hört, och när?").fill("Ledsen hela veckan.")
    teacher.get_by_label("Ja, de vet").check()
    press(teacher, "Skicka")
    assert "Tack. Det du berättade är mottaget." in teacher.inner_text("h1")
    number = teacher.locator(".s-receipt__number strong").inner_text()

    coordinator = page_as("koordinator", script=script)
    coordinator.goto("/inkommet/")
    coordinator.get_by_role("link", name=number).click()
    assert "Ella Browser i 7A" in coordinator.inner_text("main")
    coordinator.get_by_label("Den unges namn").fill("Ella Browser")
    coordinator.get_by_label("Födelsedatum").fill("2013-05-06")
    press(coordinator, "Ta ärendet")
    assert coordinator.inner_text("h1") == "Ella Browser"
    case = coordinator.url

    coordinator.get_by_role("link", name="Registrera samtycke").first.click()
    coordinator.get_by_role("link", name="Registrera vårdnadshavare").click()
    coordinator.get_by_label("Namn", exact=True).fill("Mona Browser")
    coordinator.get_by_label("Vårdnadshavare, ensam vårdnad").check()
    press(coordinator, "Lägg till")
    coordinator.get_by_role("link", name="Gå vidare till samtycket").click()
    consent_to(coordinator, "Områdespolisen Skara", "Fritidsgården Navet")
    signed_on_the_screen(coordinator)
    consent = coordinator.url
    assert "Vad är ikryssat?" in coordinator.inner_text("main")

    coordinator.goto(case)
    summary = told_through_the_guide(coordinator)

    manager = page_as("chef", script=script)
    manager.goto(summary)
    press(manager, "Godkänn och lämna ut")
    assert "Utlämnad" in manager.inner_text("main")

    officer = page_as("polis", width=390, script=script)
    officer.goto("/delat-med-oss/")
    officer.get_by_role("link", name="Ella, född 2013").first.click()
    assert SUMMARY in officer.inner_text("main")
    read = officer.url
    officer.goto("/")

    coordinator.goto(case)
    coordinator.get_by_role("link", name="Registrera återkallelse").click()
    coordinator.get_by_label("Områdespolisen Skara, Polisen i Skara").check()
    coordinator.get_by_label("Per telefon").check()
    press(coordinator, "Visa vad som händer")
    assert "kan inte längre läsa" in coordinator.inner_text("main")
    press(coordinator, "Registrera återkallelsen")
    assert coordinator.url == case
    coordinator.goto(consent)
    ticks = coordinator.locator("section", has_text="Vad är ikryssat?").inner_text()
    assert "Fritidsgården Navet\nFår ta del av" in ticks
    assert "Områdespolisen Skara\nÅterkallat" in ticks

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
