"""How templates are rendered in tests: as in use."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import base

PLAIN = vars(base.Template)["_render"]


@pytest.fixture(scope="session", autouse=True)
def _as_in_use(django_test_environment: None) -> None:
    """Without what Django's test environment adds: a copy of all that each template was given, a tenth of an answer's work."""
    _put(PLAIN)


@pytest.fixture
def noted_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals and answers (`context`) tell which templates were rendered, and with what."""
    from django.test import utils

    monkeypatch.setattr(base.Template, "_render", vars(utils)["instrumented_test_render"])


def _put(render: Any) -> None:
    setattr(base.Template, "_render", render)  # noqa: B010 - the stubs do not know it
