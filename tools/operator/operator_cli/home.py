"""The stack that the command speaks to: addresses and secrets in its state folder."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from operator_cli.errors import CliError

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Home:
    """A state folder."""

    root: Path
    region: str

    def addresses(self) -> dict[str, str]:
        """Name to host:port. Raises CliError when nothing was ever started here."""
        path = self.root / "run" / "addresses.json"
        try:
            found: dict[str, str] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            text = (
                f"tidak ada {path}; jalankan `make up`, atau sebutkan foldernya: KENTONGAN_HOME=/jalan/ke/.kentongan"
            )
            raise CliError(text, "NO_STACK") from None
        return found

    def address(self, name: str) -> str:
        """The host:port of a listener. Raises CliError."""
        known = self.addresses()
        if name not in known:
            raise CliError(f"tidak ada {name}; yang ada: {', '.join(sorted(known))}", "NO_ADDRESS")
        return known[name]

    def grpc_services(self) -> list[str]:
        """Processes that serve gRPC."""
        return sorted(name.removesuffix(".grpc") for name in self.addresses() if name.endswith(".grpc"))

    def secret(self, name: str) -> bytes:
        """A secret's bytes. Raises CliError."""
        try:
            return self.secret_path(name).read_bytes()
        except OSError as error:
            text = f"rahasia {self.secret_path(name)} tidak terbaca ({error.strerror})"
            raise CliError(text, "NO_SECRET") from None

    def secret_path(self, name: str) -> Path:
        """Where a secret is kept."""
        return self.root / "secrets" / name


def from_environment() -> Home:
    """The stack of KENTONGAN_HOME, by default .kentongan in the current folder, then in the checkout."""
    given = os.environ.get("KENTONGAN_HOME")
    here = Path(".kentongan")
    root = Path(given).expanduser() if given else (here if here.is_dir() else CHECKOUT / ".kentongan")
    region = Path(os.environ.get("KENTONGAN_REGION") or "33.17").name
    return Home(root.resolve(), region)
