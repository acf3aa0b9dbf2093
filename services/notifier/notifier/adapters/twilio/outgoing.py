"""An outgoing message as the form of POST /2010-04-01/Accounts/{SID}/Messages.json."""

from notifier.adapters.aggregator.text import text_of
from notifier.adapters.twilio.settings import TwilioSettings
from notifier.application.outgoing import Outgoing

LONGEST_VALIDITY = 36000  # seconds, as the API allows


def path_of(settings: TwilioSettings) -> str:
    """Where the account's callbacks come in."""
    return f"/webhooks/twilio/{settings.name}"


def form_of(outgoing: Outgoing, settings: TwilioSettings) -> dict[str, str]:
    """Write the form. Raises RejectedForGood: no text, or too many parts."""
    form = {"To": outgoing.to, "Body": text_of(outgoing, settings).words}
    if settings.sender:
        form["From"] = settings.sender
    if settings.service:
        form["MessagingServiceSid"] = settings.service
    if not settings.missing_for_receipts:
        url = settings.callback.rstrip("/") + path_of(settings)
        form["StatusCallback"] = f"{url}#{settings.retry}" if settings.retry else url
    if outgoing.valid_for is not None:
        seconds = int(outgoing.valid_for.total_seconds())
        form["ValidityPeriod"] = str(min(max(seconds, 1), LONGEST_VALIDITY))
    return form
