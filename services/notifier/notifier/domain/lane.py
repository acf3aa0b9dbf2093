"""The priority classes, and the queues their deliveries wait in."""

from enum import IntEnum

from notifier.domain.channel import Channel

_CHANNELS = (Channel.SMS, Channel.WHATSAPP)


class Lane(IntEnum):
    """How urgent an alert is. Each lane has its own topic, workers and connections."""

    LIFE_SAFETY = 1
    URGENT = 2
    ROUTINE = 3

    @property
    def sends_again_when_unclear(self) -> bool:
        """Whether a message that may have been sent goes out again: better twice than never; routine is held."""
        return self is not Lane.ROUTINE

    @property
    def word(self) -> str:
        """As written in settings, metrics and topics' names."""
        return self.name.lower()


def queue_of(lane: Lane, channel: Channel) -> int:
    """Number of the queue that one channel of a lane walks: a slow channel holds up no other."""
    return lane * len(_CHANNELS) + _CHANNELS.index(channel)


def lane_of(queue: int) -> Lane:
    """The lane that a queue belongs to."""
    return Lane(queue // len(_CHANNELS))


def channel_of(queue: int) -> Channel:
    """The channel that a queue belongs to."""
    return _CHANNELS[queue % len(_CHANNELS)]


QUEUES = tuple(queue_of(lane, channel) for lane in Lane for channel in _CHANNELS)
