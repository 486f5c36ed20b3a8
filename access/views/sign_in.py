"""The sign-in page; in the demo it also shows the cast."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings

from access.views.demo import demo_cast


class SignIn(LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cast = demo_cast() if settings.DEMO else []
        return super().get_context_data(**kwargs) | {"cast": cast}


sign_in = SignIn.as_view()
