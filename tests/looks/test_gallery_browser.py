"""The gallery in a real browser: axe, phone width, keyboard, drafts, the hidden page. No database."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.looks.gallery import context

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests/vendor/axe.min.js"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
POLICY = "; ".join(
    f"{name} {' '.join(values)}"
    for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)

pytestmark = pytest.mark.urls("tests.looks.urls")


class Gallery:
    """The rendered gallery and the static files, served with the product's own policy."""

    def __init__(self, html: str) -> None:
        self.html = html.encode()
        self.loads = 0
        self.drafts: list[dict[str, str]] = []
        self.draft_status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/":
                    outer.loads += 1
                    self.answer(200, outer.html, "text/html; charset=utf-8")
                elif self.path.startswith("/static/") and (ROOT / self.path[1:]).is_file():
                    path = ROOT / self.path[1:]
                    self.answer(200, path.read_bytes(), TYPES[path.suffix])
                else:
                    self.answer(200, b"<!DOCTYPE html><title>x</title>", "text/html")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                sent: dict[str, str] = {}
                for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
                    text = part.get_payload(decode=True)
                    assert isinstance(text, bytes)
                    name = part.get_param("name", header="content-disposition")
                    sent[str(name)] = text.decode()
                outer.drafts.append(sent)
                self.answer(outer.draft_status, b"", "text/plain")

            def answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Silent: the test says what went wrong."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    served = Gallery(render_to_string("components/gallery.html", context()))
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def visit(chromium_browser: Browser, gallery: Gallery) -> Iterator[Callable[..., Page]]:
    """Opens the gallery; afterwards nothing may have been refused by the policy or asked of another host."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_page(*, width: int = 1280, height: int = 900, **options: Any) -> Page:
        made = chromium_browser.new_context(
            viewport={"width": width, "height": height}, locale="sv-SE", **options
        )
        contexts.append(made)
        made.add_init_script(path=AXE)
        page = made.new_page()
        page.on(
            "console",
            lambda said: (
                trouble.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(gallery.address) else trouble.append(asked.url)
            ),
        )
        page.goto(gallery.address)
        return page

    yield open_page
    for made in contexts:
        made.close()
    assert not trouble


def from_the_top(page: Page) -> None:
    """The gallery's error summary takes the focus; this moves the keyboard's start to the page's top."""
    page.evaluate(
        "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex') }"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(visit: Callable[..., Page], width: int, scheme: str):
    page = visit(width=width, color_scheme=scheme)
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { if (!('menu' in d.dataset)) d.open = true })"
    )
    found = page.evaluate(
        """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
        'best-practice']})).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])"""
    )
    assert found == []


def test_the_primary_action_in_the_phone_bar_is_readable_on_its_own_page(
    visit: Callable[..., Page],
):
    page = visit(width=390)
    main = page.locator(".s-bar__main a")
    main.evaluate("(link) => link.setAttribute('aria-current', 'page')")
    ink, ground = main.evaluate(
        "(link) => [getComputedStyle(link).color, getComputedStyle(link).backgroundColor]"
    )
    assert (ink, ground) == ("rgb(255, 255, 255)", "rgb(12, 87, 87)")


@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_no_page_scrolls_sideways(visit: Callable[..., Page], width: int):
    page = visit(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_targets_on_a_phone_are_44_pixels(visit: Callable[..., Page]):
    page = visit(width=390, has_touch=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll(`button, summary, select, .govuk-button, nav a, .s-todo__row a,
             label.govuk-radios__label, label.govuk-checkboxes__label, input[type=text], input[type=date]`)]
        .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5)
        .map((e) => [Math.round(e.getBoundingClientRect().height), e.outerHTML.slice(0, 90)])"""
    )
    assert small == []


def test_the_focus_ring_shows_on_every_stop_of_the_keyboard(visit: Callable[..., Page]):
    page = visit()
    from_the_top(page)
    bare: list[str] = []
    for _ in range(70):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
            return [s.outlineStyle, parseFloat(s.outlineWidth), e.outerHTML.slice(0, 80)] }"""
        )
        if ring[0] != "solid" or ring[1] < 3:
            bare.append(ring[2])
    assert bare == []


def test_the_skip_link_is_first_and_leads_to_the_content(visit: Callable[..., Page]):
    page = visit()
    from_the_top(page)
    page.keyboard.press("Tab")
    expect(page.locator(".s-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_hiding_the_page_blanks_it_at_once_and_one_key_brings_it_back(visit: Callable[..., Page]):
    page = visit()
    title = page.title()
    page.locator("#id_seen").fill("Hen var trött i dag.")
    page.keyboard.press("F9")
    expect(page.locator("main")).to_be_hidden()
    expect(page.locator("header.s-top")).to_be_hidden()
    assert page.title() == "SSPF"
    expect(page.get_by_role("button", name="Visa sidan")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_visible()
    assert page.title() == title
    expect(page.locator("#id_seen")).to_be_focused()
    assert page.locator("#id_seen").input_value() == "Hen var trött i dag."

    page.get_by_role("button", name="Dölj sidan").click()
    expect(page.locator("main")).to_be_hidden()
    page.keyboard.press(" ")
    expect(page.locator("main")).to_be_visible()


def test_hiding_the_page_works_without_javascript(visit: Callable[..., Page]):
    page = visit(java_script_enabled=False, height=700)
    page.locator("[data-hide]").click()
    veil = page.locator("#dold")
    expect(veil).to_be_visible()
    box = veil.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 700)
    page.locator("[data-show]").click()
    expect(veil).to_be_hidden()


def test_a_draft_saves_itself_and_says_when(visit: Callable[..., Page], gallery: Gallery):
    page = visit()
    page.locator("#id_seen").fill("Hen var trött i dag.")
    expect(page.locator("[data-autosave-status]")).to_have_text(
        re.compile(r"^Sparat \d\d\.\d\d$"), timeout=6000
    )
    assert gallery.drafts[-1]["seen"] == "Hen var trött i dag."
    assert len(gallery.drafts) == 1


def test_a_draft_that_cannot_be_saved_says_so_and_keeps_what_was_typed(
    visit: Callable[..., Page], gallery: Gallery
):
    gallery.draft_status = 503
    page = visit()
    page.locator("#id_seen").fill("Kvar")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Kunde inte spara", timeout=6000)
    assert page.locator("#id_seen").input_value() == "Kvar"


def test_a_signed_out_draft_is_told_apart_from_a_fault(
    visit: Callable[..., Page], gallery: Gallery
):
    gallery.draft_status = 403
    page = visit()
    page.locator("#id_seen").fill("Kvar")
    expect(page.locator("[data-autosave-status]")).to_contain_text(
        "Du har loggats ut", timeout=6000
    )


def test_a_page_brought_back_by_the_browser_is_asked_for_again(
    visit: Callable[..., Page], gallery: Gallery
):
    page = visit()
    before = gallery.loads
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert gallery.loads == before + 1


def test_an_open_menu_closes_with_escape(visit: Callable[..., Page]):
    page = visit()
    menu = page.locator("header .s-menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("button", name="Logga ut")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Logga ut")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_paper_carries_the_content_and_not_the_frame(visit: Callable[..., Page]):
    page = visit()
    page.emulate_media(media="print")
    for frame in (
        "header.s-top",
        ".s-acting",
        ".s-demo",
        ".s-foot",
        ".s-crumbs",
        ".s-buttons >> nth=0",
    ):
        expect(page.locator(frame)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".s-paper-foot")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
