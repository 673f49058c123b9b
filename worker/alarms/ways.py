"""
The ways a Sự cố leaves by: the wire, SMTP, and our own SMS channel in a lane of its own.

The lane is a channel built apart from the dispatcher's: an alarm does not wait behind a
campaign, a pause or a stop. In training that channel speaks to the sandbox, the wire
refuses every host but loopback, and no mail is sent.
"""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from channels.base import Channel
from channels.values import Accepted, Delivered, Message
from channels.wire import Answer, NoAnswer, Wire
from worker.alarms.notify import Senders
from worker.office import MissingSecretError, Office
from worker.settings import Secret

#: seconds one way may take: a dead way must not hold up the next for long
TIMEOUT = 10.0
#: who is called in training, when the roster's numbers are not set: the sandbox answers
TRAINING_NUMBER = Secret("0950000000")


class NotToldError(OSError):
    """A way did not take the message; says why, scrubbed."""


def ways(office: Office) -> Senders:
    """The ways of this installation; `office` should be one of the alarms' own."""
    channel = office.channels.get(office.force.programme.alarms.sms_channel or "")
    return Senders(
        secret=_training_secret(office) if office.training else office.secret,
        post=poster(office.wire, office.clock.elapsed),
        mail=None if office.training else send_mail,
        sms=text_by(channel, office.clock.elapsed) if channel is not None else None,
    )


def _training_secret(office: Office) -> Callable[[str], Secret]:
    def secret(reference: str) -> Secret:
        try:
            return office.secret(reference)
        except MissingSecretError:
            return TRAINING_NUMBER

    return secret


def poster(wire: Wire, elapsed: Callable[[], float]) -> Callable[[str, dict[str, Any]], None]:
    """POST JSON to the webhook; anything but 2xx is a failure."""
    def post(url: str, body: dict[str, Any]) -> None:
        _hide(wire, url)
        _must_be_taken(wire.request("POST", url, json=body, timeout=TIMEOUT,
                                    deadline=elapsed() + TIMEOUT))

    return post


def beat(wire: Wire, elapsed: Callable[[], float], url: str) -> None:
    """Tell the outside watcher that we live; raises `NotToldError` when it does not hear."""
    _hide(wire, url)
    _must_be_taken(wire.request("GET", url, timeout=TIMEOUT, deadline=elapsed() + TIMEOUT,
                                idempotent=True))


def _hide(wire: Wire, url: str) -> None:
    """Such an address is its own password: what follows the host is shown nowhere."""
    at = urlsplit(url)
    wire.hide(part for part in (at.path.strip("/"), at.query) if len(part) > 5)


def _must_be_taken(got: Answer | NoAnswer) -> None:
    if isinstance(got, NoAnswer):
        raise NotToldError(f"{got.code}: {got.detail}")
    if not 200 <= got.status <= 299:
        raise NotToldError(f"HTTP {got.status}")


def text_by(channel: Channel, elapsed: Callable[[], float]) -> Callable[[str, str, str], None]:
    """One SMS through our own gateway; one try, for escalation is the retry."""
    def send(number: str, text: str, key: str) -> None:
        message = Message(key=key, target=number, text=text)
        outcome = channel.send(message, deadline=elapsed() + channel.timeout)
        if not isinstance(outcome, Accepted | Delivered):
            raise NotToldError(f"{outcome.code}: {outcome.detail}")

    return send


def send_mail(smtp_url: str, to: str, subject: str, text: str) -> None:
    """
    One mail. `smtp://user:password@host:587` turns to TLS before it logs in (only a
    loopback relay may do without); `smtps://…:465` is TLS from the start.
    """
    at = urlsplit(smtp_url)
    host = at.hostname or "localhost"
    context = ssl.create_default_context()
    letter = EmailMessage()
    letter["Subject"], letter["To"] = subject, to
    user = unquote(at.username or "")
    letter["From"] = user if "@" in user else f"giovang@{host}"
    letter.set_content(text)
    server: smtplib.SMTP
    if at.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, at.port or 465, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, at.port or 587, timeout=TIMEOUT)
    with server:
        if at.scheme != "smtps" and host not in ("localhost", "127.0.0.1", "::1"):
            server.starttls(context=context)
        if user:
            server.login(user, unquote(at.password or ""))
        server.send_message(letter)
