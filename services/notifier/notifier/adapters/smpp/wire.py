"""A TCP connection that carries frames: cut out of what comes in, gathered on their way out."""

import asyncio
import socket
from collections.abc import Sequence
from typing import cast

from notifier.adapters.smpp.codec import BadLength, Framer

_LAST_SEQUENCE = 0x7FFFFFFF


class Wire(asyncio.Protocol):
    """What a link stands on; it knows frames and no commands. `closed` is set with the reason."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._framer = Framer()
        self._out: list[bytes] = []
        self._sequence = 0
        self._heard = self._loop.time()  # the last whole frame: bytes that never become one are no sign of life
        self._transport: asyncio.Transport | None = None
        self._reason = "link_lost"
        self.closed: asyncio.Future[str] = self._loop.create_future()

    # --- for the link

    def took(self, frames: Sequence[bytes]) -> None:
        """Whole frames of one read. The link's to write."""
        raise NotImplementedError

    def lost_framing(self, error: BadLength, data: bytes) -> None:
        """Where the next frame begins is unknown. The link's to write."""
        raise NotImplementedError

    def next_sequence(self) -> int:
        """1 to 0x7fffffff, and again."""
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    def write(self, frame: bytes) -> None:
        """Send it together with what else is written in this turn of the loop."""
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out.append(frame)

    def flush(self) -> None:
        """Hand over what is written."""
        data = b"".join(self._out)
        self._out.clear()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self, *, at_once: bool = False) -> None:
        """Send what is written, then close; or `at_once`."""
        self.flush()
        transport = self._transport  # the end may be told before `close` returns
        if transport is not None:
            transport.close()
            if at_once:
                transport.abort()

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send small packets at once: a window of ten would otherwise wait for acknowledgements."""
        # What create_connection makes; uvloop's own transports are no subclass, so that nothing can be asserted.
        self._transport = cast("asyncio.Transport", transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the end."""
        del exc
        self._transport = None  # asyncio's own, of TLS, bears no second end before Python 3.11.5
        if not self.closed.done():
            self.closed.set_result(self._reason)

    def pause_writing(self) -> None:
        """The other side does not read: read nothing more from it, so that our answers do not pile up."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Cut frames; everything that came in one read is handled together."""
        frames: list[bytes] = []
        broken: BadLength | None = None
        try:
            frames.extend(self._framer.feed(data))
        except BadLength as error:
            broken = error
        if frames:
            self._heard = self._loop.time()
            self.took(frames)
        if broken is not None:
            self.lost_framing(broken, data)
