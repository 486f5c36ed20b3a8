"""The printed consent form: what it says in each language, that it is tagged, and that nothing on it is markup."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pypdf
import pytest

from access.pdf import render_pdf
from cases.rules.consent_form import (
    CODES,
    Filled,
    UnitOnForm,
    form_content,
    form_text,
)
from cases.rules.law import in_force

DAY = date(2026, 11, 22)
HOSTILE = '#import "x.typ"] $x$ `q` *b* <b>&amp; {contact} \\ " \u202eevil\u202c Åsa'
SWEDISH_WORDS = frozenset(
    ["och", "att", "inte", "eller", "som", "vad", "med", "till", "hos", "vill", "unge", "det", "är"]
)


def blank() -> Filled:
    return Filled(
        municipality="Skara kommun",
        controller="Socialtjänsten i Skara",
        contact="Socialtjänsten i Skara, 08-465 004 10",
    )


def filled(**changed: Any) -> Filled:
    given: dict[str, Any] = {
        "case_number": "SSPF 2026/12",
        "person": "Nils Exempel",
        "units": [
            UnitOnForm("school", "Björkskolan", [("school", True, False), ("plan", False, True)]),
            UnitOnForm("leisure", "Navet", [("plan", False, True)]),
        ],
        "not_shared": "inget om syskon",
        "valid_from": DAY,
        "valid_to": date(2027, 5, 22),
        "signers": [("guardian", "Maria Exempel"), ("youth", "Nils Exempel")],
    }
    return replace(blank(), **given | changed)


def printed(code: str, form: Filled) -> pypdf.PdfReader:
    content = form_content(code, form, on=DAY)
    return pypdf.PdfReader(io.BytesIO(render_pdf("consent_form.typ", content, made_on=DAY)))


def text_of(paper: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in paper.pages)


def keys_of(code: str) -> dict[str, list[str]]:
    text = form_text(code)
    return {"text": sorted(text.text)} | {name: sorted(of) for name, of in text.phrases.items()}


@pytest.mark.parametrize("code", CODES)
def test_every_language_says_the_same_things(code: str) -> None:
    assert keys_of(code) == keys_of("sv")
    named = {
        key: sorted(re.findall(r"{(\w+)}", text)) for key, text in form_text("sv").text.items()
    }
    mine = {key: sorted(re.findall(r"{(\w+)}", t)) for key, t in form_text(code).text.items()}
    assert mine == named


@pytest.mark.parametrize("code", ["en", "ar", "so"])
def test_no_swedish_is_left_in_a_translation(code: str) -> None:
    swedish, other = form_text("sv"), form_text(code)
    same = {key for key, text in other.text.items() if text == swedish.text[key]}
    for name, section in other.phrases.items():
        same |= {key for key, text in section.items() if text == swedish.phrases[name][key]}
    assert same == set()
    said = " ".join(
        [*other.text.values(), *(t for of in other.phrases.values() for t in of.values())]
    )
    assert set(re.findall(r"\w+", said.lower())) & SWEDISH_WORDS == set()
    assert set(said) & set("åäöÅÄÖ") == set()


@pytest.mark.parametrize("code", CODES)
def test_a_text_is_a_draft_until_both_have_put_name_and_day(code: str) -> None:
    assert form_text(code).draft
    assert form_content(code, filled(), on=DAY)["draft"]


@pytest.mark.parametrize("code", CODES)
def test_the_paper_is_tagged_and_short_and_says_what_it_must(code: str) -> None:
    for form in (blank(), filled()):
        paper = printed(code, form)
        root: Any = paper.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert root["/Lang"] == form_text(code).language
        assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
        assert len(paper.pages) <= 3
        assert paper.pages[0].mediabox.width == pytest.approx(595, abs=1)
        said, words = text_of(paper), form_text(code).text
        if form_text(code).direction == "ltr":
            for key in ("title", "no_harm", "documents", "data_4", "sign_text", "received_by"):
                assert words[key] in said, key
            assert words["page"].format(page=3, pages=3) in said
            assert "08-465 004 10" in said
        assert "Skara kommun" in said
        assert ("Nils Exempel" in said) is bool(form.person)


def test_the_arabic_words_are_whole_and_the_swedish_beside_them() -> None:
    said = text_of(printed("ar", filled()))
    words = form_text("ar").text
    line = words["person_heading"].rstrip("؟").split()
    # A line lies in the file as it is seen, from left to right: its words come the other way round.
    assert " ".join(reversed(line)) in said.replace("؟", "")
    whole = [
        word
        for word in re.findall(r"[\u0621-\u0652]{3,}", words["no_harm"])
        if not set(word) & set("\u064b\u064c\u064d")
    ]
    assert [word for word in whole if word not in said] == []
    for swedish in ("Skolan", "Fritidsverksamheten", "Vårdnadshavare", "Tolk, namn och språk"):
        assert swedish in said
    assert "2026-11-22" in said


def test_each_unit_has_its_own_ticks_and_no_others() -> None:
    content = form_content("en", filled(), on=DAY)
    ticked = {
        unit["name"]: [(row["text"], row["may_share"], row["may_receive"]) for row in unit["ticks"]]
        for unit in content["scopes"]
    }
    plan = "Our plan: what each of us is to do"
    school = "How school is going for me, and whether I am there"
    assert ticked == {
        "Björkskolan": [(school, True, False), (plan, False, True)],
        "Navet": [(plan, False, True)],
    }
    said = text_of(printed("en", filled()))
    assert len(re.findall(r"\bX\b", said)) == 3
    assert form_text("en").phrases["kinds"]["police"] not in said
    assert len(re.findall(r"\bX\b", text_of(printed("en", blank())))) == 0


def test_every_kind_of_information_has_its_phrase_and_swedish_has_the_tables_own() -> None:
    phrases = {row["code"]: row["phrase"] for row in in_force("information_kind", DAY)}
    assert form_text("sv").phrases["kinds"] == phrases


def test_names_are_never_markup_and_never_turn_the_text() -> None:
    for code in ("sv", "ar"):
        said = text_of(printed(code, filled(person=HOSTILE)))
        shown = HOSTILE.replace("\u202e", "").replace("\u202c", "")
        assert shown in said
        assert "\u202e" not in said


def test_a_very_long_name_stays_on_the_paper() -> None:
    paper = printed("sv", filled(person="Å" * 400))
    right = []
    for page in paper.pages:
        page.extract_text(visitor_text=lambda *at: right.append(at[2][4]))
    assert len(paper.pages) <= 3
    assert text_of(paper).replace(" ", "").replace("\u200b", "").count("Å") >= 400
    assert max(right) < 595


def test_a_letter_that_no_font_has_does_not_stop_the_paper() -> None:
    paper = printed("sv", filled(person="ሰላም Exempel"))
    assert "Exempel" in text_of(paper)
    root: Any = paper.trailer["/Root"]
    assert "/StructTreeRoot" in root


def test_the_familys_copy_has_no_signature_lines() -> None:
    copy, words = text_of(printed("sv", filled(copy=True))), form_text("sv").text
    assert "Maria Exempel" not in copy
    assert words["sign_text"] not in copy
    assert words["copy_note"] in copy
    assert "Nils Exempel" in copy
    assert form_content("sv", filled(copy=True), on=DAY)["signers"] != []


def test_the_same_form_gives_the_same_bytes_from_our_own_fonts() -> None:
    content = form_content("ar", filled(), on=DAY)
    one, two = (render_pdf("consent_form.typ", content, made_on=DAY) for _ in range(2))
    assert one == two
    fonts = set(re.findall(rb"/BaseFont/[A-Z]{6}\+([\w-]+)", one))
    assert fonts
    assert {font.split(b"-")[0] for font in fonts} == {b"NotoSans", b"IBMPlexSansArabic"}


@pytest.mark.parametrize("code", CODES)
def test_the_data_protection_officer_is_named_or_there_is_a_line_to_write_on(code: str) -> None:
    officer = "ombud@skara.example, 08-465 004 12"
    named = text_of(printed(code, filled(officer=officer)))
    for part in officer.split(", "):
        assert part in named
    unnamed = text_of(printed(code, filled()))
    assert "@" not in unnamed
    assert len(unnamed) < len(named)


def test_the_numbers_are_those_of_the_law_on_the_day() -> None:
    text = form_content("sv", blank(), on=DAY)["text"]
    assert "Högst 12 månader" in text["validity"]
    assert "fyllt 15 år" in text["who_signs"]
    assert "fyllt 18 år" in text["who_signs"]
