"""Lint a region pack's texts: `python -m notifier.adapters.template_lint regions/33.17`; ends with 1 on an error."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chassis.region.pack import Region
from notifier.adapters.templates import Templates
from notifier.domain.template_lint import Finding, look_at


def findings(folder: Path) -> Iterator[Finding]:
    """Look at every text of a pack, in every language it is written in.

    Raises ValueError or KeyError naming one that is not well written.
    """
    texts = Templates.of(Region.load(folder))
    for name in texts.names():
        yield look_at(name, texts[name])
        for language, text in texts[name].texts.items():
            yield look_at(f"{name} ({language})", replace(texts[name], text=text))


def main(folder: Path, *, whole: bool) -> int:
    """Tell errors and warnings, with `whole` what every text takes; give the exit code."""
    found = list(findings(folder))
    errors = [told for one in found for told in one.errors()]
    warnings = [told for one in found for told in one.warnings()]
    lines = [one.line() for one in found] if whole else []
    lines += [f"warning: {told}" for told in warnings] + [f"error: {told}" for told in errors]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), whole="--all" in sys.argv))
