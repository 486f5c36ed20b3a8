"""Which files are kept, and in which words another is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class MediaType(StrEnum):
    """Told by the content alone, never by the name or by what the browser says."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


class Problem(StrEnum):
    """Why a file is not kept."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TYPE = "type"
    BROKEN = "broken"
    LOCKED = "locked"
    PAGES = "pages"
    PIXELS = "pixels"
    ACTIVE = "active"
    MALWARE = "malware"
    NO_SCANNER = "no_scanner"
    SCANNER_AWAY = "scanner_away"


ENDINGS: Mapping[MediaType, str] = {
    MediaType.PDF: ".pdf",
    MediaType.JPEG: ".jpg",
    MediaType.PNG: ".png",
}

WORDS: Mapping[Problem, _StrPromise] = {
    Problem.EMPTY: _("Filen är tom. Välj en annan."),
    Problem.TOO_LARGE: _(
        "Filen är för stor: högst %(megabytes)s MB. Dela upp den, eller skanna med lägre upplösning."
    ),
    Problem.TYPE: _(
        "Här tas bara PDF, JPEG och PNG emot. Öppna filen i programmet där den är gjord och välj Spara som PDF."
    ),
    Problem.BROKEN: _(
        "Filen går inte att läsa, eller är något annat än den ser ut att vara. Öppna den och spara den på nytt som PDF."
    ),
    Problem.LOCKED: _(
        "PDF-filen är låst eller har ett lösenord. Öppna den och välj Skriv ut, sedan Spara som PDF."
    ),
    Problem.PAGES: _("PDF-filen har för många sidor: högst %(pages)s. Dela upp den."),
    Problem.PIXELS: _("Bilden är för stor: högst %(megapixels)s megapixel. Förminska den."),
    Problem.ACTIVE: _(
        "PDF-filen gör något av sig själv eller bär andra filer i sig. Öppna den och välj Skriv ut, sedan Spara som PDF."
    ),
    Problem.MALWARE: _(
        "Virusskyddet stoppade filen. Den är inte sparad. Hör av dig till den som sköter er it-säkerhet innan du öppnar den igen."
    ),
    Problem.NO_SCANNER: _(
        "Bilagor kan inte läggas till: virusskyddet är inte inställt här. Hör av dig till den som sköter SSPF hos er."
    ),
    Problem.SCANNER_AWAY: _(
        "Filen kunde inte kontrolleras mot virus just nu, så den är inte sparad. Försök igen om en stund."
    ),
}


class FileRefused(Exception):
    """The file is not kept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem
