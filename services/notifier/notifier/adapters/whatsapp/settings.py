"""What the WhatsApp carrier must know."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """One phone number of a WhatsApp Business account. Times in seconds."""

    base_url: str  # with the version: https://graph.facebook.com/v23.0
    token: str = field(repr=False)
    phone_number_id: str
    name: str = "whatsapp"
    timeout: float = 20.0
    connections: int = 80  # Meta takes 80 messages a second by default
    reserve: int = 16  # of them never used by routine
    rate: float = 80.0  # messages a second; Meta counts what comes in as well, and throttles beyond
    pair_burst: int = 40  # messages to one person at once; then one every `pair_pause` (Meta: 45, one in 6 s)
    throttle_pause: float = 5.0  # where the answer has no Retry-After
    spam_pause: float = 3600.0  # after 131048: people blocked or reported us
    pair_pause: float = 6.0  # after 131056: one message to one person every six seconds
