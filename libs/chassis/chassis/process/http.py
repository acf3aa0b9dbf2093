"""The process's HTTP port: /healthz, /readyz and /metrics from the first moment, the service's own routes later."""

import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.settings import Address

Report = Callable[[], list[str]]

_GRACE = 0.5  # seconds for requests that run while the server stops
_LARGEST_BODY = 4 * 1024 * 1024


class Http:
    """Serves on one socket. `dead` and `unready` give the reasons, none when all is well."""

    name = "http"
    ready = True

    def __init__(self, address: Address, dead: Report, unready: Report) -> None:
        self._address = address
        self._reports = {"/healthz": dead, "/readyz": unready}
        self._socket: socket.socket | None = None
        self._runner: web.AppRunner | None = None
        self.port = address.port

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._socket = socket.create_server((self._address.host, self._address.port), reuse_port=False)
        self.port = int(self._socket.getsockname()[1])
        await self.serve(())

    async def serve(self, routes: Sequence[web.AbstractRouteDef]) -> None:
        """Add the service's routes: a second application takes over the socket before the first one leaves it."""
        if self._socket is None:
            raise RuntimeError("not started")
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes([*(web.get(path, _answering(report)) for path, report in self._reports.items()), *routes])
        app.router.add_get("/metrics", _metrics)
        before, runner = self._runner, web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE)
        await runner.setup()
        await web.SockSite(runner, self._socket.dup()).start()
        self._runner = runner
        if before is not None:
            await before.cleanup()

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._socket is not None:
            self._socket.close()


def _answering(report: Report) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.StreamResponse:
        reasons = report()
        return web.json_response({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    return answer


async def _metrics(_: web.Request) -> web.StreamResponse:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
