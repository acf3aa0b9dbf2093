"""Ports for servers of tests that must be told theirs before they listen."""

import random
import socket

_OURS = range(12_000, 20_000)
"""Below those that systems give to outgoing connections: one of these would have it before the server does."""


def free_port() -> int:
    """Give a port of this machine on which nobody listens."""
    while True:
        port = random.choice(_OURS)  # noqa: S311 - a spread, no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
