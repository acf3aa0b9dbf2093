"""The page and its files."""

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "page"
_POLICY = "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def routes() -> list[web.RouteDef]:
    """Give the page's routes; only files that lie in its folder are given out."""
    files = [path for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS]
    return [
        web.get("/", _index),
        web.get("/healthz", _healthy),
        *(web.get(f"/page/{path.name}", _file) for path in files),
    ]


async def _index(_: web.Request) -> web.StreamResponse:
    return _give(_FOLDER / "index.html")


async def _file(request: web.Request) -> web.StreamResponse:
    return _give(_FOLDER / request.path.rpartition("/")[2])


async def _healthy(_: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})


def _give(path: Path) -> web.Response:
    return web.Response(
        body=path.read_bytes(),
        content_type=_KINDS[path.suffix],
        charset="utf-8",
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        },
    )
