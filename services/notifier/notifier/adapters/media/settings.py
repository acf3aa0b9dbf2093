"""Where photos are kept: `file:///folder` or `s3://bucket/prefix?endpoint=https://…&region=…`."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

REGION = "us-east-1"  # what storages that know no regions expect


@dataclass(frozen=True, slots=True)
class S3Place:
    """A prefix of a bucket. Without keys the client library looks where the machine keeps its own."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = REGION
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


Place = Path | S3Place


def place_of(text: str) -> Place:
    """Read the setting. Raises ValueError."""
    parts = urlsplit(text.strip())
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and not parts.query:
        return Path(unquote(parts.path))
    if parts.scheme == "s3" and parts.hostname and parts.netloc == parts.hostname:
        return _s3(parts.hostname, parts.path.strip("/"), parse_qs(parts.query, strict_parsing=bool(parts.query)))
    raise ValueError("it is neither file:///folder nor s3://bucket")


def _s3(bucket: str, prefix: str, options: dict[str, list[str]]) -> S3Place:
    if unknown := sorted(set(options) - {"endpoint", "region"}):
        raise ValueError(f"{unknown[0]} is no option; endpoint and region are")
    endpoint = options.get("endpoint", [""])[0]
    if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise ValueError("endpoint is no http or https URL")
    region = options.get("region", [REGION])[0]
    return S3Place(bucket, f"{prefix}/" if prefix else "", endpoint, region)
