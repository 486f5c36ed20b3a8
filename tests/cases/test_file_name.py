"""Names of uploaded files: no path, nothing invisible, and the ending of what the file is."""

from __future__ import annotations

import pytest

from cases.rules.file_kinds import MediaType
from cases.rules.file_name import clean_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("samtycke.pdf", "samtycke.pdf"),
        ("Samtycke från Åsa & Örjan.PDF", "Samtycke från Åsa & Örjan.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\karin\\brev.pdf", "brev.pdf"),
        ("brev.docx", "brev.docx.pdf"),
        ("virus.pdf.exe", "virus.pdf.exe.pdf"),
        ("brev\u202efdp.exe", "brevfdp.exe.pdf"),
        ("br\u200bev\u2066.pdf", "brev.pdf"),
        ('a"; filename="b.exe', "a_; filename=_b.exe.pdf"),
        ("brev\r\nSet-Cookie: a=b.pdf", "brevSet-Cookie_ a=b.pdf"),
        ("brev\x00.pdf", "brev.pdf"),
        ("  .. brev  2 .pdf", "brev 2.pdf"),
        ("A\u030asa.pdf", "Åsa.pdf"),
        ("con.pdf", "bilaga con.pdf"),
        ("", "bilaga.pdf"),
        ("...", "bilaga.pdf"),
        (".pdf", "bilaga.pdf"),
        ("å" * 300 + ".pdf", "å" * 100 + ".pdf"),
        ("\ud800.pdf", "bilaga.pdf"),
    ],
)
def test_a_name_is_cleaned_and_ends_as_what_the_file_is(given: str, kept: str) -> None:
    assert clean_name(given, MediaType.PDF) == kept


def test_the_ending_is_that_of_the_content() -> None:
    assert clean_name("foto.pdf", MediaType.JPEG) == "foto.jpg"
    assert clean_name("foto.jpeg", MediaType.PNG) == "foto.png"
