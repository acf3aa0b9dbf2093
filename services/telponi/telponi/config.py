"""The settings of the Telponi process."""

from dataclasses import dataclass

from chassis.settings import KEY, ProcessSettings, load_or_stop, part, secret

SERVICE = "telponi"


@dataclass(frozen=True, slots=True)
class Config:
    """What Telponi needs besides what every process needs: the key that seals for the notifier."""

    process: ProcessSettings = part(ProcessSettings)
    notifier_key: bytes = secret("sealing-notifier.pub", KEY)


def load() -> Config:
    """Read the settings, or say on stderr what is wrong and end."""
    return load_or_stop(Config, SERVICE)
