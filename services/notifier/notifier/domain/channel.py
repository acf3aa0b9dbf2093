"""The ways to reach a phone."""

from chassis.kernel.alert import Channel as Channel  # noqa: PLC0414 - the notifier's rooms take it from here


def other(channel: Channel) -> Channel:
    """The channel to try when this one fails."""
    return Channel.WHATSAPP if channel is Channel.SMS else Channel.SMS
