"""The settings of this service: one typed place, read once."""

from dataclasses import dataclass
from pathlib import Path

from chassis.region.pack import Region
from chassis.settings import ProcessSettings, load_or_stop, part, secret
from chassis.settings.rules import KEY

SERVICE = "destana"
MIGRATIONS = Path(__file__).parents[1] / "migrations"


@dataclass(frozen=True, slots=True)
class Config:
    """What the chassis needs, and the notifier's public key for what people will read."""

    process: ProcessSettings = part(ProcessSettings)
    notifier_key: bytes = secret("sealing-notifier.pub", KEY)

    @property
    def region(self) -> Region:
        """The region pack with its clocks."""
        return Region.load(self.process.region, self.process.clocks)


def load() -> Config:
    """Read the settings, or end with one line for each that is missing or wrong."""
    return load_or_stop(Config, SERVICE)
