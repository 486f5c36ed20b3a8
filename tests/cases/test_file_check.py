"""What is let in, as what, and what is left of it: by content, in a process that can open nothing."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from pytest_django import Settings

from cases.rules.file_kinds import FileRefused, MediaType, Problem
from cases.services.file_check import check_file
from tests.cases import made_files


def refused(content: bytes) -> Problem:
    with pytest.raises(FileRefused) as refusal:
        check_file(content)
    return refusal.value.problem


# --- documents -------------------------------------------------------------------------------------------


def test_a_pdf_is_kept_as_it_came() -> None:
    given = made_files.pdf(3)
    checked = check_file(given)
    assert (checked.media_type, checked.pages, checked.content) == (MediaType.PDF, 3, given)


SPOILED = [
    made_files.with_script,
    made_files.with_unnamed_script,
    made_files.with_launch,
    made_files.with_call_home,
    made_files.with_printing,
    made_files.with_more_after_showing,
    made_files.with_page_action,
    made_files.with_sending_form,
    made_files.with_xfa,
    made_files.with_film,
]


def test_a_pdf_that_says_which_page_to_show_is_kept() -> None:
    checked = check_file(made_files.pdf(spoil=made_files.with_first_page_shown))
    assert (checked.media_type, checked.pages) == (MediaType.PDF, 1)


@pytest.mark.parametrize("spoil", [*SPOILED, made_files.with_file])
def test_a_pdf_that_acts_or_carries_files_is_refused(spoil: Any) -> None:
    assert refused(made_files.pdf(spoil=spoil)) is Problem.ACTIVE


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_acts_is_found_also_inside_compressed_objects(spoil: Any) -> None:
    packed = made_files.packed_pdf(made_files.pdf(spoil=spoil))
    for name in (
        b"/Launch",
        b"/JavaScript",
        b"/JS",
        b"/AA",
        b"/SubmitForm",
        b"/XFA",
        b"/RichMedia",
    ):
        assert name not in packed
    assert refused(packed) is Problem.ACTIVE


def test_a_pdf_with_compressed_objects_is_kept_as_it_came() -> None:
    packed = made_files.packed_pdf(made_files.pdf(2))
    assert PdfReader(BytesIO(packed)).xref_objStm
    checked = check_file(packed)
    assert (checked.pages, checked.content) == (2, packed)


def test_a_script_that_no_table_leads_to_is_found_in_the_bytes() -> None:
    content = made_files.pdf()
    stray = b"9 0 obj <</S /J#61vaScript /JS (app.alert(1))>> endobj\n"
    place = content.rindex(b"startxref")
    assert refused(content[:place] + stray + content[place:]) is Problem.ACTIVE


def test_a_locked_pdf_is_refused() -> None:
    assert refused(made_files.pdf(password="hemligt")) is Problem.LOCKED


def test_too_many_pages_are_refused(settings: Settings) -> None:
    settings.ATTACHMENT_MAX_PAGES = 3
    assert check_file(made_files.pdf(3)).pages == 3
    assert refused(made_files.pdf(4)) is Problem.PAGES


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"%PDF-1.7\n", id="a head and nothing else"),
        pytest.param(made_files.pdf()[:200], id="cut off"),
        pytest.param(made_files.pdf() + b"<script>alert(1)</script>", id="something after the end"),
        pytest.param(made_files.pdf(spoil=made_files.deep), id="endless depth"),
        pytest.param(made_files.pdf(pages=0), id="no page"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused(content: bytes) -> None:
    assert refused(content) is Problem.BROKEN


def test_a_pdf_that_is_an_archive_too_is_refused() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("program.exe", b"MZ")
    assert refused(made_files.pdf() + archive.getvalue()) is Problem.BROKEN
    assert refused(archive.getvalue() + made_files.pdf()) is Problem.TYPE


# --- pictures --------------------------------------------------------------------------------------------


def test_a_photo_loses_position_owner_comment_and_profile_and_is_turned_upright() -> None:
    given = made_files.photo_from_skara()
    assert b"ZQHEMLIGT" in given
    assert b"Karin" in given
    checked = check_file(given)
    assert checked.media_type is MediaType.JPEG
    for trace in (b"ZQHEMLIGT", b"ZQPROFIL", b"Karin", b"Exif", b"GPS"):
        assert trace not in checked.content
    with Image.open(BytesIO(checked.content)) as kept:
        assert not kept.getexif()
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert kept.size == (20, 40)
        # Left on the sensor is up when it is held as it was.
        assert kept.getpixel((10, 5)) == pytest.approx((254, 0, 0), abs=8)
        assert kept.getpixel((10, 35)) == pytest.approx((255, 255, 255), abs=8)


def test_a_png_loses_its_texts_and_keeps_its_transparency() -> None:
    checked = check_file(made_files.png_with_text())
    for trace in (b"ZQHEMLIGT", b"ZQPROFIL", b"Karin", b"tEXt", b"iTXt", b"iCCP", b"eXIf"):
        assert trace not in checked.content
    with Image.open(BytesIO(checked.content)) as kept:
        assert kept.info == {}
        assert kept.getpixel((5, 5)) == (255, 0, 0, 128)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_common_kind_of_png_comes_through(mode: str) -> None:
    checked = check_file(made_files.picture("PNG", mode=mode))
    with Image.open(BytesIO(checked.content)) as kept:
        assert kept.size == (40, 30)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_common_kind_of_jpeg_comes_through(mode: str) -> None:
    checked = check_file(made_files.picture("JPEG", mode=mode))
    with Image.open(BytesIO(checked.content)) as kept:
        assert (kept.size, kept.mode) == ((40, 30), "L" if mode == "L" else "RGB")


def test_a_photo_with_a_second_picture_inside_keeps_only_the_first() -> None:
    out = BytesIO()
    second = Image.new("RGB", (40, 30), "blue")
    Image.new("RGB", (40, 30), "red").save(out, "MPO", save_all=True, append_images=[second])
    checked = check_file(out.getvalue())
    assert checked.media_type is MediaType.JPEG
    with Image.open(BytesIO(checked.content)) as kept:
        assert kept.format == "JPEG"
        assert kept.getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=8)


def test_what_hides_behind_a_picture_is_not_kept() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("ZQPROGRAM.exe", b"MZ")
    for kind in ("JPEG", "PNG"):
        checked = check_file(made_files.picture(kind) + archive.getvalue())
        assert b"ZQPROGRAM" not in checked.content
        assert not zipfile.is_zipfile(BytesIO(checked.content))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = made_files.picture("PNG", size=(30_000, 30_000), mode="1")
    assert len(bomb) < 200_000
    assert refused(bomb) is Problem.PIXELS


def test_the_limit_is_the_number_of_pixels(settings: Settings) -> None:
    settings.ATTACHMENT_MAX_PIXELS = 40 * 30
    check_file(made_files.picture(size=(40, 30)))
    assert refused(made_files.picture(size=(40, 31))) is Problem.PIXELS


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_is_cut_off_is_refused(kind: str) -> None:
    whole = made_files.picture(kind, size=(400, 300))
    assert refused(whole[: len(whole) // 2]) is Problem.BROKEN


def test_a_picture_that_grows_above_the_limit_when_made_anew_is_refused(settings: Settings) -> None:
    out = BytesIO()
    noise = Image.effect_noise((300, 300), 90)
    noise.save(out, "JPEG", quality=10)
    assert len(check_file(out.getvalue()).content) > len(out.getvalue())
    settings.ATTACHMENT_MAX_BYTES = len(out.getvalue())
    assert refused(out.getvalue()) is Problem.TOO_LARGE


# --- everything else -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"PK\x03\x04 word/document.xml", id="docx"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", id="doc"),
        pytest.param(b"MZ\x90\x00", id="program"),
        pytest.param(b"<html><script>alert(1)</script>", id="page"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", id="svg"),
        pytest.param(b"GIF89a\x01\x00\x01\x00", id="gif"),
        pytest.param(b"\x00\x00\x00\x18ftypheic", id="heic"),
        pytest.param(b"#!/bin/sh\n", id="script"),
        pytest.param(b"hej", id="text"),
        pytest.param(b"\n%PDF-1.7", id="pdf with something before"),
    ],
)
def test_other_kinds_are_refused(content: bytes) -> None:
    assert refused(content) is Problem.TYPE


def test_an_empty_file_and_one_that_is_too_large_are_refused(settings: Settings) -> None:
    assert refused(b"") is Problem.EMPTY
    given = made_files.pdf()
    settings.ATTACHMENT_MAX_BYTES = len(given)
    assert check_file(given).content == given
    settings.ATTACHMENT_MAX_BYTES = len(given) - 1
    settings.SCANNER = ""  # Not asked: a file that is too large bothers nobody.
    assert refused(given) is Problem.TOO_LARGE
