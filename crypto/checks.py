"""System checks of sealed fields."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks

from crypto.fields import SealedField


@checks.register(checks.Tags.models)
def each_uid_names_one_field(
    app_configs: Sequence[AppConfig] | None,
    **kwargs: Any,
) -> list[checks.CheckMessage]:
    """Two fields with one uid could have their values swapped without the seal breaking."""
    seen: dict[str, str] = {}
    found: list[checks.CheckMessage] = []
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                other = seen.setdefault(field.uid, str(field))
                if other != str(field):
                    message = f"{field} and {other} share the sealed uid {field.uid}."
                    found.append(checks.Error(message, obj=field, id="crypto.E002"))
    return found
