"""`delivery.tried`: the channels that a copy does not go by any more, a bit for each."""

from notifier.domain.channel import Channel

BIT = {Channel.SMS: 1, Channel.WHATSAPP: 2}

BOTH = 3
"""Of twins from the beginning: each channel has a copy of its own."""

CHANNELS = tuple(frozenset(channel for channel, bit in BIT.items() if tried & bit) for tried in range(4))
"""What each value means."""
