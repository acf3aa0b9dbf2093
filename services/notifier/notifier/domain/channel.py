"""The ways to reach a phone."""

from chassis.kernel.alert import Channel as Channel  # noqa: PLC0414 - the notifier's rooms take it from here

_BOTH, _WHATSAPP, _NONE = frozenset(Channel), frozenset({Channel.WHATSAPP}), frozenset[Channel]()


def other(channel: Channel) -> Channel:
    """The channel to try when this one fails."""
    return Channel.WHATSAPP if channel is Channel.SMS else Channel.SMS


def reachable_by(*, phone: bool, whatsapp: bool) -> frozenset[Channel]:
    """The channels of who has these: WhatsApp also by phone, until the carrier says there is none."""
    return _BOTH if phone else _WHATSAPP if whatsapp else _NONE
