"""The policy's own words, put together in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from access.policy import Either, policy


def either_words(needed: Either) -> str:
    """E.g. "ärendet är öppet och ett samtycke gäller"; empty where nothing is needed."""
    conditions = policy().conditions
    sets = sorted(needed, key=lambda one: [list(conditions).index(name) for name in sorted(one)])
    return _(" eller ").join(
        _(" och ").join(_(conditions[name]) for name in conditions if name in one)
        for one in sets
        if one
    )
