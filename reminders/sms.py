"""SMS through a provider: off until one is configured. The text says that there is something to do, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.utils.translation import override

from reminders.mail import Sent
from reminders.models import Outcome, Reminder
from reminders.texts import SMS_TEXT

# Below a delivery's lease with room for the mail after it.
TIMEOUT_SECONDS = 10
# Answers that say "later"; every other 4xx is about this message, which will not go better the next time.
LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class Provider(Protocol):
    """Somebody who sends SMS. `key` is the same for every try of one message: it is sent once."""

    def send(self, *, number: str, text: str, key: UUID) -> Sent:
        """Hands one message over. number: E.164. Never raises for the network's sake."""
        ...


@dataclass(frozen=True, slots=True)
class HttpProvider:
    """The shape that providers have in common: POST of JSON with a bearer token, the key in `Idempotency-Key`."""

    url: str
    token: str
    sender: str

    def send(self, *, number: str, text: str, key: UUID) -> Sent:
        request = Request(  # noqa: S310 - the address is the operator's; sspf.env takes https only
            self.url,
            data=json.dumps({"to": number, "from": self.sender, "text": text}).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.token}",
                "Idempotency-Key": str(key),
            },
            method="POST",
        )
        try:
            with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Sent(Outcome.ACCEPTED, answer.status)
        except HTTPError as fault:
            return _answered(fault.code)
        except URLError as fault:
            # Refused before anything was handed over; a timeout may come after it was.
            taken = isinstance(fault.reason, TimeoutError)
            return Sent(Outcome.UNCERTAIN if taken else Outcome.DEFERRED)
        except (OSError, HTTPException):
            return Sent(Outcome.UNCERTAIN)


class _NoRedirect(HTTPRedirectHandler):
    """A token and a number are sent to the configured address and nowhere else."""

    def redirect_request(self, *_args: object) -> None:
        return None


def provider() -> Provider | None:
    """The configured provider; None where the municipality has none."""
    if not settings.SMS_URL:
        return None
    return HttpProvider(settings.SMS_URL, settings.SMS_TOKEN, settings.SMS_SENDER)


def key_of(reminder: Reminder) -> UUID:
    """The same for every try of the message that stands for `reminder`."""
    return uuid5(NAMESPACE_URL, f"sspf:sms:{reminder.pk}")


def send(reminder: Reminder, *, number: str) -> Sent:
    """One SMS to a number of staff. Raises LookupError without a provider."""
    found = provider()
    if found is None:
        raise LookupError("no SMS provider is configured")
    with override("sv"):
        text = f"{SMS_TEXT} {settings.BASE_URL}"
    return found.send(number=number, text=text, key=key_of(reminder))


def _answered(code: int) -> Sent:
    later = code in LATER or code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Sent(Outcome.DEFERRED if later else Outcome.REFUSED, code)
