"""Looks into one uploaded file, in a process of its own that cannot open anything: no file, no socket, no process.

    python -I file_inspector.py MAX_PAGES MAX_PIXELS < file > verdict

The verdict is one line of JSON, {"media_type": …, "pages": … or null, "problem": … or ""}, and after it, for a picture,
the picture made anew. The type is told by the content alone. It imports nothing of the project's and is given no
environment: what breaks a decoder here finds no key, no database and no other file.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

MEMORY = 1 << 30
SECONDS = 20
# The exit code that says that the fault is this installation's, not the file's.
NO_LIBRARY = 3
# Enough for a long report with a picture on every page.
MAX_OBJECTS = 100_000
DEEPEST = 60

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
# Of a PNG; every other mode becomes RGB.
MODES = {"1": "1", "L": "L", "P": "P", "LA": "LA", "RGBA": "RGBA", "PA": "RGBA", "I;16": "I;16"}

# What acts by itself or carries other files (ISO 32000-2, 12.6, 7.11.4, 12.7.8, 13).
KEYS = {"/JS", "/AA", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
ACTIONS = {
    *("/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData"),
    *("/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView"),
}
KINDS = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
# Also sought in the bytes, where no table of the file leads to them: in earlier versions, behind a broken table.
NAMES = (b"/JavaScript", b"/EmbeddedFile", b"/RichMedia", b"/SubmitForm", b"/ImportData")


class Refused(Exception):
    """The file is not kept; the text is the problem's key."""


def reader_of(content: bytes) -> tuple[str, Callable[[bytes, int, int], tuple[int | None, bytes]]]:
    """What it is by its first bytes, and what reads it; imports now what that needs, since later nothing can be opened."""
    if not content:
        raise Refused("empty")
    if content.startswith(b"%PDF-"):
        import pypdf.filters  # noqa: F401  reading imports it late, and then it cannot be opened

        return PDF, look_into_pdf
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        from PIL import Image, ImageOps, MpoImagePlugin, TiffImagePlugin  # noqa: F401  as above

        Image.preinit()
        return (JPEG if content[0] == 0xFF else PNG), look_into_picture
    raise Refused("type")


def look_into_picture(content: bytes, _pages: int, max_pixels: int) -> tuple[None, bytes]:
    """The first frame, turned as it was held, with nothing else in it: no position, camera, text or colour profile."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # Counted here, before anything is unpacked.
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > max_pixels:
                raise Refused("pixels")
            jpeg = content[0] == 0xFF
            turned = ImageOps.exif_transpose(picture)
            clean = turned.convert(_mode(turned, jpeg=jpeg))
            clean.info = {}
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, EOFError) as fault:
        raise Refused("broken") from fault
    out = BytesIO()
    if jpeg:
        clean.save(out, "JPEG", quality=85)
    else:
        clean.save(out, "PNG", compress_level=3)
    return None, out.getvalue()


def _mode(picture: Any, *, jpeg: bool) -> str:
    if jpeg:
        return "L" if picture.mode == "L" else "RGB"
    if "transparency" in picture.info:
        return "RGBA"
    return MODES.get(picture.mode, "RGB")


def look_into_pdf(content: bytes, max_pages: int, _pixels: int) -> tuple[int, bytes]:
    """Refuses a PDF that is locked, acts by itself, carries other files or is something else as well."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Refused("locked")
        pages = len(reader.pages)
        if pages == 0:
            raise Refused("broken")
        if pages > max_pages:
            raise Refused("pages")
        for thing in _everything_in(reader):
            if _acts(thing):
                raise Refused("active")
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Refused("broken") from fault
    except (RecursionError, IndexError, AssertionError, NotImplementedError) as fault:
        raise Refused("broken") from fault
    if not content.rstrip(b"\0\r\n\t \x1a").endswith(b"%%EOF"):
        raise Refused("broken")
    if any(name in _plain_names(content) for name in NAMES):
        raise Refused("active")
    return pages, b""


def _everything_in(reader: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary of the file, wherever it stands; an object that cannot be read is a fault."""
    from pypdf.generic import IndirectObject

    places = {
        (number, generation) for generation, numbers in reader.xref.items() for number in numbers
    } | {(number, 0) for number in reader.xref_objStm}
    if len(places) > MAX_OBJECTS:
        raise Refused("broken")
    yield from _within(reader.trailer, 0)
    for number, generation in sorted(places):
        if number:
            yield from _within(reader.get_object(IndirectObject(number, generation, reader)), 0)


def _within(thing: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The dictionaries inside one object; what it refers to stands in the table itself."""
    if depth > DEEPEST:
        raise Refused("broken")
    if isinstance(thing, dict):
        yield thing
        for value in dict.values(thing):
            yield from _within(value, depth + 1)
    elif isinstance(thing, list):
        for value in list.__iter__(thing):
            yield from _within(value, depth + 1)


def _acts(thing: dict[str, Any]) -> bool:
    named = {str(dict.get(thing, key)) for key in ("/Type", "/Subtype")}
    acts = KEYS & thing.keys() or str(dict.get(thing, "/S")) in ACTIONS or KINDS & named
    return bool(acts) or ("/OpenAction" in thing and _does_more_than_show(thing["/OpenAction"]))


def _does_more_than_show(opened: Any) -> bool:
    """Whether what happens when the file is opened is anything but showing one of its pages: nobody asked for it."""
    return isinstance(opened, dict) and (str(opened.get("/S")) != "/GoTo" or "/Next" in opened)


def _plain_names(content: bytes) -> bytes:
    """The bytes with the names' #xx written out (ISO 32000-2, 7.3.5)."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), content)


def close_the_doors() -> None:
    """From here on nothing can be opened, started or kept, and memory and time have an end."""
    if sys.platform == "linux":  # elsewhere a limit on memory is not kept
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def main() -> None:
    """One file from standard input to a verdict on standard output."""
    content = sys.stdin.buffer.read()
    media_type, pages, picture, problem = "", None, b"", ""
    try:
        media_type, look = reader_of(content)
        close_the_doors()
        pages, picture = look(content, int(sys.argv[1]), int(sys.argv[2]))
    except Refused as refusal:
        problem = str(refusal)
    except ImportError:
        sys.exit(NO_LIBRARY)
    verdict = {"media_type": media_type, "pages": pages, "problem": problem}
    sys.stdout.buffer.write(json.dumps(verdict).encode() + b"\n" + picture)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
