"""The words of one action: `done` follows the person's name, `tried` is the infinitive of an attempt that was stopped.

`done` may hold %(what)s (the object), %(case)s (the case), %(number)s and %(about)s (whom or what a part of the log was
about).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Act:
    """The words of one action."""

    done: _StrPromise
    tried: _StrPromise | None = None


OPEN = _("öppna %(what)s")
