"""Reads frozen dataclasses of settings from the environment, and says all that is wrong with it at once."""

import os
import sys
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from chassis.settings.rules import Rule

T = TypeVar("T")
SECRETS = "KENTONGAN_SECRETS"
EX_CONFIG = 78  # sysexits.h: something in an unconfigured or misconfigured state
_NO_DEFAULT: Any = object()
_SOURCE = "chassis.settings"


class SettingsError(Exception):
    """The settings do not allow a start. Each of `problems` is one line that says how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    rule: Rule[Any]
    default: Any


@dataclass(frozen=True, slots=True)
class _Secret:
    file: str
    rule: Rule[Any]


@dataclass(frozen=True, slots=True)
class _Part:
    kind: type


@dataclass(frozen=True, slots=True)
class _Service:
    pass


def setting(name: str, rule: Rule[T], default: T = _NO_DEFAULT) -> T:
    """Declare a field read from the environment variable `name`. Without a default it must be there."""
    return cast("T", field(metadata={_SOURCE: _Variable(name, rule, default)}))


def secret(file: str, rule: Rule[T]) -> T:
    """Declare a field read from a file of the secrets folder, named with `{service}` and earlier fields."""
    return cast("T", field(repr=False, metadata={_SOURCE: _Secret(file, rule)}))


def part(kind: type[T]) -> T:
    """Declare a field that is itself a class of settings."""
    return cast("T", field(metadata={_SOURCE: _Part(kind)}))


def service_name() -> str:
    """Declare the field that holds the name of the service."""
    return cast("str", field(metadata={_SOURCE: _Service()}))


def load(kind: type[T], service: str, environment: Mapping[str, str] | None = None) -> T:
    """Read the settings of `service`. Raises SettingsError with every problem found."""
    reading = _Reading(service, os.environ if environment is None else environment)
    found = reading.read(kind)
    if reading.problems:
        raise SettingsError(reading.problems)
    return found


def load_or_stop(kind: type[T], service: str) -> T:
    """Read the settings for a process; with a problem, say so on stderr, a line each, and end with status 78."""
    try:
        return load(kind, service)
    except SettingsError as error:
        _stop(service, error)


def _stop(service: str, error: SettingsError) -> NoReturn:
    for problem in error.problems:
        sys.stderr.write(f"{service} cannot start: {problem}\n")
    raise SystemExit(EX_CONFIG)


class _Reading:
    def __init__(self, service: str, environment: Mapping[str, str]) -> None:
        self.service = service
        self.environment = environment
        self.problems: list[str] = []

    def read(self, kind: type[T]) -> T:
        values: dict[str, Any] = {}
        for each in fields(cast("Any", kind)):
            values[each.name] = self._value(each, values)
        # With a problem noted the instance is never handed out: what stands in for a missing value does not matter.
        return kind(**values)

    def _value(self, each: "Field[Any]", earlier: Mapping[str, Any]) -> Any:
        match each.metadata.get(_SOURCE):
            case _Variable(name, rule, default):
                return self._variable(name, rule, default)
            case _Secret(file, rule):
                return self._secret(file, rule, earlier)
            case _Part(kind):
                return self.read(kind)
            case _Service():
                return self.service
        raise TypeError(f"{each.name} says not where it is read from: use setting, secret, part or service_name")

    def _variable(self, name: str, rule: Rule[Any], default: Any) -> Any:
        text = self.environment.get(name, "")
        if text == "":
            return default if default is not _NO_DEFAULT else self._note(name, "is not set", rule)
        return self._parse(name, text, rule)

    def _secret(self, file: str, rule: Rule[Any], earlier: Mapping[str, Any]) -> Any:
        folder = self.environment.get(SECRETS, "")
        if not folder:
            hint = f"{SECRETS} is not set; allowed: the path of a folder; example: {SECRETS}=.kentongan/secrets"
            return None if hint in self.problems else self.problems.append(hint)
        path = Path(folder) / file.format(**{"service": self.service, **earlier})
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            return self._note(f"the secret {path}", f"cannot be read ({error.strerror})", rule)
        return self._parse(f"the secret {path}", text.strip(), rule)

    def _parse(self, name: str, text: str, rule: Rule[Any]) -> Any:
        try:
            return rule.read(text)
        except ValueError as error:
            return self._note(name, f"is wrong: {error}", rule)

    def _note(self, name: str, what: str, rule: Rule[Any]) -> None:
        equals = f"{name}=" if name.startswith("KENTONGAN_") else ""
        self.problems.append(f"{name} {what}; allowed: {rule.allowed}; example: {equals}{rule.example}")
