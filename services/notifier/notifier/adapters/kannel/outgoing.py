"""An outgoing message as the query of sendsms (Kannel user guide, chapter 6)."""

from notifier.adapters.aggregator.text import text_of
from notifier.adapters.kannel.settings import KannelSettings
from notifier.application.outgoing import Outgoing
from notifier.domain.text.coding import Coding

_CODING = {Coding.GSM7: "0", Coding.UCS2: "2"}
_EVERYTHING = "31"  # of delivery reports: to the phone, to the centre, failed, rejected, buffered
_LONGEST_VALIDITY = 99 * 24 * 60  # minutes


def path_of(settings: KannelSettings) -> str:
    """Where Kannel's callbacks come in."""
    return f"/webhooks/kannel/{settings.name}"


def id_of(outgoing: Outgoing) -> str:
    """The id under which receipts come back: ours, for sendsms gives none."""
    return outgoing.delivery_id.hex


def query_of(outgoing: Outgoing, settings: KannelSettings) -> dict[str, str]:
    """Write the query. Raises RejectedForGood: no text, or too many parts."""
    text = text_of(outgoing, settings)
    query = {
        "username": settings.user,
        "password": settings.password,
        "to": outgoing.to,
        "text": text.words,
        "coding": _CODING[text.coding],
        "charset": "UTF-8",
    }
    if settings.sender:
        query["from"] = settings.sender
    if settings.smsc:
        query["smsc"] = settings.smsc
    if outgoing.valid_for is not None:
        query["validity"] = str(min(max(int(outgoing.valid_for.total_seconds()) // 60, 1), _LONGEST_VALIDITY))
    if not settings.missing_for_receipts:
        query |= {"dlr-mask": _EVERYTHING, "dlr-url": _report_url(outgoing, settings)}
    return query


def _report_url(outgoing: Outgoing, settings: KannelSettings) -> str:
    """Kannel fills in %d (what became of it) and %A (what the centre said); nothing else in it has a percent sign."""
    base = settings.callback.rstrip("/") + path_of(settings)
    return f"{base}?secret={settings.secret}&id={id_of(outgoing)}&state=%d&said=%A"
