"""`manage.py test` would build a database as the web role and fail; say what to do instead."""

from typing import Any


class UsePytest:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise SystemExit("Use `make test` (pytest): tests connect as the web role.")
