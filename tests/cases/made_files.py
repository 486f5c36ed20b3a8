"""Files of every kind, made in code: harmless, broken, and with something in them that must not come in."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

SKARA = (58.0, 23.0, 11.0)


def pdf(pages: int = 1, *, spoil: Any = None, password: str = "") -> bytes:
    """A PDF of blank pages; `spoil` is given the writer before it is written."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=595, height=842)
    if spoil:
        spoil(writer)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def named(values: Mapping[str, str]) -> DictionaryObject:
    return DictionaryObject({NameObject(k): NameObject(v) for k, v in values.items()})


def with_script(writer: PdfWriter) -> None:
    action = named({"/S": "/JavaScript"})
    action[NameObject("/JS")] = TextStringObject("app.alert('hej')")
    names = DictionaryObject(
        {NameObject("/JavaScript"): DictionaryObject({NameObject("/Names"): ArrayObject([action])})}
    )
    writer.root_object[NameObject("/Names")] = names


def with_file(writer: PdfWriter) -> None:
    writer.add_attachment("program.exe", b"MZ")


def with_unnamed_script(writer: PdfWriter) -> None:
    rendition = DictionaryObject({NameObject("/JS"): TextStringObject("app.alert('hej')")})
    writer.root_object[NameObject("/OpenAction")] = rendition


def with_launch(writer: PdfWriter) -> None:
    action = named({"/S": "/Launch"})
    action[NameObject("/F")] = TextStringObject("cmd.exe")
    writer.root_object[NameObject("/OpenAction")] = action


def with_call_home(writer: PdfWriter) -> None:
    action = named({"/S": "/URI"})
    action[NameObject("/URI")] = TextStringObject("https://elsewhere.example/opened")
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def with_printing(writer: PdfWriter) -> None:
    writer.root_object[NameObject("/OpenAction")] = named({"/S": "/Named", "/N": "/Print"})


def with_more_after_showing(writer: PdfWriter) -> None:
    with_first_page_shown(writer)
    action = named({"/S": "/GoTo"})
    action[NameObject("/D")] = writer.root_object["/OpenAction"]
    action[NameObject("/Next")] = named({"/S": "/URI"})
    writer.root_object[NameObject("/OpenAction")] = action


def with_first_page_shown(writer: PdfWriter) -> None:
    """Harmless: many programs write it, to have the whole first page shown."""
    page = writer.pages[0].indirect_reference
    writer.root_object[NameObject("/OpenAction")] = ArrayObject([page, NameObject("/Fit")])


def with_page_action(writer: PdfWriter) -> None:
    opened = DictionaryObject({NameObject("/O"): named({"/S": "/URI"})})
    writer.pages[0][NameObject("/AA")] = opened


def with_sending_form(writer: PdfWriter) -> None:
    field = DictionaryObject({NameObject("/A"): named({"/S": "/SubmitForm"})})
    writer.pages[0][NameObject("/Annots")] = ArrayObject([field])


def with_xfa(writer: PdfWriter) -> None:
    form = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})
    writer.root_object[NameObject("/AcroForm")] = form


def with_film(writer: PdfWriter) -> None:
    writer.pages[0][NameObject("/Annots")] = ArrayObject([named({"/Subtype": "/RichMedia"})])


def deep(writer: PdfWriter) -> None:
    inner: Any = ArrayObject()
    for _ in range(100):
        inner = ArrayObject([inner])
    writer.root_object[NameObject("/Deep")] = inner


def packed_pdf(content: bytes) -> bytes:
    """The same PDF with its objects in one compressed stream, as most programs write it today (ISO 32000-2, 7.5.7)."""
    reader = PdfReader(BytesIO(content))
    bodies: list[bytes] = []
    numbers = sorted(number for numbers in reader.xref.values() for number in numbers if number)
    for number in numbers:
        out = BytesIO()
        found = reader.get_object(number)
        assert found is not None
        found.write_to_stream(out)
        bodies.append(out.getvalue())
    starts = [sum(len(b) + 1 for b in bodies[:i]) for i in range(len(bodies))]
    head = b" ".join(b"%d %d" % pair for pair in zip(numbers, starts, strict=True)) + b" "
    inside = zlib.compress(head + b" ".join(bodies) + b" ")
    holder, table = max(numbers) + 1, max(numbers) + 2
    file = bytearray(b"%PDF-1.7\n")
    where_holder = len(file)
    file += b"%d 0 obj <</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>> stream\n" % (
        holder, len(numbers), len(head), len(inside),
    )  # fmt: skip
    file += inside + b"\nendstream endobj\n"
    where_table = len(file)
    rows = [b"\x00\x00\x00\x00\x00"] * (table + 1)
    for place, number in enumerate(numbers):
        rows[number] = b"\x02" + holder.to_bytes(3, "big") + bytes((place,))
    rows[holder] = b"\x01" + where_holder.to_bytes(3, "big") + b"\x00"
    rows[table] = b"\x01" + where_table.to_bytes(3, "big") + b"\x00"
    root = reader.trailer.raw_get("/Root").idnum
    body = b"".join(rows)
    file += b"%d 0 obj <</Type /XRef /W [1 3 1] /Size %d /Root %d 0 R /Length %d>> stream\n" % (
        table,
        table + 1,
        root,
        len(body),
    )
    file += body + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % where_table
    return bytes(file)


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: Any
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, **how).save(out, kind)
    return out.getvalue()


def photo_from_skara() -> bytes:
    """A JPEG taken with the camera on its side: with position, owner, comment and profile."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # held a quarter of a turn to the left
    exif[0x013B] = "Karin Exempel"
    position = exif.get_ifd(0x8825)
    position[1], position[2] = "N", SKARA
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"ZQHEMLIGT", icc_profile=b"ZQPROFIL", quality=95)
    return out.getvalue()


def png_with_text() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Karin Exempel")
    words.add_itxt("Comment", "ZQHEMLIGT")
    out = BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Karin Exempel"
    Image.new("RGBA", (20, 20), (255, 0, 0, 128)).save(
        out, "PNG", pnginfo=words, exif=exif, icc_profile=b"ZQPROFIL"
    )
    return out.getvalue()
