"""A paper for the demo's case: a PDF of one page, written out by hand so that no picture of one lies in the repository."""

from __future__ import annotations

from collections.abc import Sequence


def paper(lines: Sequence[str]) -> bytes:
    """An A4 page with one line of text under another (ISO 32000-2, 7.5); characters of Windows-1252 only."""
    text = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 13 Tf 20 TL 70 760 Td\n{text}ET".encode("cp1252")
    objects = [
        b"<</Type /Catalog /Pages 2 0 R /Lang (sv)>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
        b"<</Font <</F1 5 0 R>>>>",
    ]
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(file)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
