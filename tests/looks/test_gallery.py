"""The visual language holds together: every component is shown, documented and plain HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test.signals import template_rendered
from django.urls import get_resolver
from django.utils import translation

from tests.looks.gallery import Code, context

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
OURS = [*TEMPLATES.rglob("*.html")]
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
FRAME = [
    *COMPONENTS,
    *(TEMPLATES / "account").rglob("*.html"),
    *(TEMPLATES / "mfa").rglob("*.html"),
    *TEMPLATES.glob("*.html"),
]
# Names that exist only in some installations; their links vanish by `{% url … as … %}`.
OPTIONAL = {"demo_login", "demo_mailbox", "mfa_deactivate_totp", "about", "accessibility"}

pytestmark = pytest.mark.urls("tests.looks.urls")


class Outline(HTMLParser):
    """Headings, ids and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.pointed: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in {"aria-labelledby", "aria-describedby", "for"} and value:
                self.pointed |= set(value.split())


@pytest.fixture(scope="module")
def page() -> str:
    return render_to_string("components/gallery.html", context())


@pytest.mark.usefixtures("noted_templates")
def test_the_gallery_shows_every_component():
    shown: set[str] = set()

    def note(template, **_):
        shown.add(template.name)

    template_rendered.connect(note)
    try:
        render_to_string("components/gallery.html", context())
    finally:
        template_rendered.disconnect(note)
    assert {f"components/{path.name}" for path in COMPONENTS} - shown == set()


def test_the_gallery_has_one_h1_no_heading_gaps_and_ids_that_resolve(page: str):
    outline = Outline(page)
    assert outline.headings.count(1) == 1
    assert all(
        after - before <= 1
        for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.pointed <= set(outline.ids)


def test_wrong_input_is_told_at_the_field_and_on_top_and_stays_typed(page: str):
    assert 'href="#wrong_seen"' in page
    assert 'id="wrong_seen_error"' in page
    assert re.search(r'<input[^>]*value="igår"[^>]*aria-invalid="true"', page)
    assert re.search(r'<textarea[^>]*aria-describedby="wrong_seen_helptext wrong_seen_error"', page)


def test_a_form_never_shows_a_placeholder_in_place_of_a_label(page: str):
    assert "placeholder" not in page


def test_late_comes_first_and_only_late_is_red(page: str):
    order = re.findall(r'class="s-todo s-todo--(\w+)"', page)
    assert order == ["late", "today", "week"]
    css = (ROOT / "static/css/pieces.css").read_text(encoding="utf-8")
    red = {line.split("{")[0] for line in css.splitlines() if "var(--s-late" in line}
    assert all(re.search(r"late|error|warning|fault", selector) for selector in red), red


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_says_what_it_is_and_takes(path: Path):
    text = path.read_text(encoding="utf-8").removeprefix(
        '{% extends "base.html" %}{% load i18n %}\n'
    )
    assert text.startswith("{% comment %}\n")
    note, _, markup = text.partition("{% endcomment %}")
    assert len(note.split()) > 5
    assert len(markup.strip()) > 20


def test_a_form_that_is_included_gets_the_token_without_which_it_is_refused():
    """The tests' HTTP client asks for no token, so only a browser would notice: `only` takes it away."""
    forms = {
        str(path.relative_to(TEMPLATES))
        for path in OURS
        if "{% csrf_token %}" in path.read_text(encoding="utf-8")
    }
    without = [
        (str(path.relative_to(TEMPLATES)), name)
        for path in OURS
        for name, given in re.findall(
            r'\{%\s*include\s+"([\w/]+\.html)"([^%]*)%\}', path.read_text(encoding="utf-8")
        )
        if name in forms and "only" in given.split() and path.name != "gallery.html"
    ]
    assert "components/form.html" in forms
    assert without == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_gives_a_component_only_what_it_asks_for(path: Path):
    text = path.read_text(encoding="utf-8")
    for component, given in re.findall(r'\{%\s*include\s+"(components/\w+\.html)"([^%]*)%\}', text):
        note = (TEMPLATES / component).read_text(encoding="utf-8").partition("{% endcomment %}")[0]
        unknown = [
            name for name in re.findall(r"(\w+)=", given) if not re.search(rf"\b{name}\b", note)
        ]
        assert not unknown, f"{component} does not know {unknown}"


def test_every_class_of_ours_is_in_the_style_sheets():
    css = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "static/css").glob("*.css"))
    known = set(re.findall(r"\.(s-[\w-]+)", css))
    used = {
        name
        for path in OURS
        for value in re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
        for name in re.sub(r"\{[{%].*?[%}]\}", " ", value).split()
        if name.startswith("s-") and not name.endswith("-")
    }
    # Parts that only name themselves; their look comes from what they stand in.
    bare = {"s-body", "s-options", "s-options__group", "s-field__errors", "s-event__body", "s-todo__what",
            "s-paper-top__what"}  # fmt: skip
    assert used - known - bare == set()


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_is_plain_html_that_a_strict_policy_allows(path: Path):
    text = path.read_text(encoding="utf-8")
    engines["django"].from_string(text)
    assert not re.search(r"\sstyle\s*=", text), "inline style"
    assert not re.search(r"<style\b", text), "style element"
    assert not re.search(r"\son\w+\s*=", text), "inline handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert "://" not in text, "an address outside the installation"
    assert not re.search(r"\|\s*safe\b", text), "unescaped output"


def test_nothing_in_static_points_outside():
    for path in (ROOT / "static").rglob("*"):
        if path.suffix in {".css", ".js", ".svg", ".html"}:
            text = path.read_text(encoding="utf-8").replace(
                'xmlns="http://www.w3.org/2000/svg"', ""
            )
            assert "://" not in text, path.name
            assert "@import" not in text, path.name


def test_the_vendored_base_has_no_fonts_and_no_brand_of_another_authority():
    css = (ROOT / "static/vendor/govuk-frontend.css").read_text(encoding="utf-8")
    assert not re.search(
        r"(?i)@font-face|gds transport|crown|govuk-header|govuk-footer|logo|url\(", css
    )
    assert (
        "Permission is hereby granted"
        in (ROOT / "static/vendor/LICENSE-govuk-frontend.txt").read_text()
    )
    assert (
        "SIL Open Font License"
        in (ROOT / "static/fonts/LICENSE-atkinson-hyperlegible-next.txt").read_text()
    )


def test_the_frame_never_writes_the_address_into_the_page():
    # A missing page and a hidden one must look alike.
    for path in [TEMPLATES / "base.html", TEMPLATES / "404.html", *COMPONENTS]:
        assert not re.search(r"\{[{%][^}]*\brequest\.", path.read_text(encoding="utf-8")), path.name


def test_the_page_names_its_language():
    with translation.override("en"):
        page = render_to_string("404.html")
    assert '<html lang="en">' in page
    assert re.search(r'value="en" lang="en"[^>]*aria-current="true"', page)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_renders_with_nothing_at_all(name: str):
    page = render_to_string(f"{name}.html")
    assert '<html lang="sv">' in page
    assert Outline(page).headings == [1]


@pytest.mark.parametrize(
    "path",
    [p for folder in ("account", "mfa") for p in (TEMPLATES / folder).rglob("*.html")],
    ids=lambda path: path.stem,
)
def test_an_account_page_stands_in_our_frame(path: Path):
    page = render_to_string(
        str(path.relative_to(TEMPLATES)), {"form": Code(), "can_view_codes": True}
    )
    assert 'class="s-top"' in page
    assert Outline(page).headings.count(1) == 1


@pytest.mark.urls("sspf.urls")
def test_every_name_the_frame_links_to_exists():
    asked = {
        name
        for path in FRAME
        for name in re.findall(r"""\{% url ['"]([\w:]+)['"]""", path.read_text(encoding="utf-8"))
    }
    known = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert asked - OPTIONAL <= known
