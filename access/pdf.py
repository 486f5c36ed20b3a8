"""Papers as PDF: tagged (PDF/UA-1), A4, the same bytes on every machine: no font and no program of the system.

A template under `templates/paper/` gets its data as JSON and shows it; nothing in the data is ever read as markup, and
a template reaches no file outside its folder.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse

if TYPE_CHECKING:
    from typst import Fonts

FOLDER = settings.BASE_DIR / "templates" / "paper"
FONTS = settings.BASE_DIR / "static" / "fonts"
NO_LETTER = "could not be displayed with font"
# What turns or hides the text around it; the joiners (U+200C, U+200D) are letters' own and stay.
TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}
# An opened paper is shown by the browser and kept nowhere; it may load and run nothing.
HEADERS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


def render_pdf(template: str, data: Mapping[str, Any], *, made_on: date) -> bytes:
    """The paper's bytes. Equal template, data and day give equal bytes. Raises typst.TypstError for a faulty template.

    A letter that the fonts lack is printed as an empty box; such a paper is tagged too, but does not call itself PDF/UA.
    """
    # With the first paper and not before: what prints nothing does not carry the compiler in its memory.
    import typst

    def compiled(standards: list[typst.PDFStandard]) -> bytes:
        content: bytes = typst.compile(
            FOLDER / template,
            root=FOLDER,
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(_plain(data), ensure_ascii=False)},
            pdf_standards=standards,
            timestamp=datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC),
        )
        return content

    try:
        return compiled(["ua-1"])
    except typst.TypstError as fault:
        if NO_LETTER not in fault.message:
            raise
        return compiled([])


def pdf_response(content: bytes, *, name: str) -> HttpResponse:
    """The paper to be shown and printed. `name` says what kind of paper it is, never whom or what it is about."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers=HEADERS | {"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )


def plain_text(text: str) -> str:
    """Without control characters and without what turns the direction of the text around it."""
    return "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in text
        if ord(char) not in TURNS
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


@cache
def _fonts() -> Fonts:
    from typst import Fonts  # as above

    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
