"""Rules of the design that no linter knows, each shown to see a planted fault."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSIDES = ("domain", "application")
READERS_OF_THE_ENVIRONMENT = (
    "libs/chassis/chassis/settings/",
    "tools/handset/handset/config.py",
    "tools/handset/handset/demo/stage.py",  # FORCE_COLOR, which every terminal program reads
    "tools/operator/operator_cli/",
    "tools/stack/stack/",
)
VAGUE = {"utils", "helpers", "common", "manager", "base", "util", "helper", "misc"}
CONFIGURATION = (".lock", ".toml", ".yaml", ".yml", ".xml", ".ini", ".cfg", ".json", ".properties", "Makefile", ".in")
# Names that identify a schema or a licence, which nobody downloads from.
NAMES_NOT_PLACES = re.compile(
    r"https?://(maven\.apache\.org/POM|www\.w3\.org|www\.apache\.org/licenses|json-schema\.org)"
)
ADDRESS = re.compile(r"https?://(?!localhost|127\.0\.0\.1|[a-z-]+\.example\b|example\.)[A-Za-z0-9.-]+")
REGISTRY = re.compile(r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs|repo1?\.maven)\b", re.IGNORECASE)


def sources(root: Path) -> Iterator[Path]:
    for folder in ("libs", "services", "tools"):
        yield from (file for file in (root / folder).rglob("*.py") if "tests" not in file.relative_to(root).parts)


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def impure(root: Path) -> list[str]:
    """Imports of domain and application that are neither the standard library, themselves nor chassis.kernel."""
    found = []
    for file in sorted((root / "services").glob("*/*/*/**/*.py")):
        service, room = file.relative_to(root / "services").parts[1:3]
        for name in imported(file) if room in INSIDES and service != "tests" else ():
            own = name.split(".")[:2] in ([service, inside] for inside in INSIDES)
            if (
                not own
                and name.split(".")[0] not in sys.stdlib_module_names
                and not name.startswith("chassis.kernel")
            ):
                found.append(f"{file.relative_to(root)}: {name}")
    return found


def readers(root: Path) -> list[str]:
    """Who reads the environment without being the one place that may."""
    found = []
    for file in sources(root):
        name = str(file.relative_to(root))
        if not name.startswith(READERS_OF_THE_ENVIRONMENT) and re.search(r"\benviron\b|\bgetenv\b", file.read_text()):
            found.append(name)
    return found


def vague(root: Path) -> list[str]:
    """Modules whose name says nothing."""
    return [str(file.relative_to(root)) for file in sources(root) if {file.stem, file.parent.name} & VAGUE]


def hosts(files: list[Path]) -> list[str]:
    """Lines of locks and settings that name where packages come from."""
    found = []
    for file in files:
        for line in file.read_text(errors="replace").splitlines():
            rest = NAMES_NOT_PLACES.sub("", line)
            if ADDRESS.search(rest) or REGISTRY.search(rest):
                found.append(f"{file.name}: {line.strip()[:100]}")
    return found


def committed(*endings: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if name.endswith(endings) and (ROOT / name).is_file()]


def test_domain_and_application_stand_on_the_standard_library_and_the_kernel() -> None:
    assert impure(ROOT) == []


def test_nothing_but_settings_reads_the_environment() -> None:
    assert readers(ROOT) == []


def test_no_module_has_a_vague_name() -> None:
    assert vague(ROOT) == []


def test_no_lock_and_no_setting_names_a_host() -> None:
    assert hosts(committed(*CONFIGURATION)) == []


def test_every_locked_package_has_a_hash() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    packages = [n for n, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    assert len(packages) > 50
    assert [lines[n] for n in packages if "--hash=sha256:" not in lines[n + 1]] == []


@pytest.mark.parametrize(
    "line", ["import asyncpg", "from telponi.adapters import x", "from chassis.postgres import y"]
)
def test_an_impure_import_is_seen(tmp_path: Path, line: str) -> None:
    file = tmp_path / "services/telponi/telponi/domain/x.py"
    file.parent.mkdir(parents=True)
    file.write_text("import datetime\nimport telponi.domain\nimport chassis.kernel.clock\n")
    assert impure(tmp_path) == []
    file.write_text(line)
    assert len(impure(tmp_path)) == 1


def test_a_reader_of_the_environment_and_a_vague_name_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "services/telponi/telponi/adapters/utils.py"
    file.parent.mkdir(parents=True)
    file.write_text("import os\nX = os.environ['X']\n")
    assert readers(tmp_path) == vague(tmp_path) == ["services/telponi/telponi/adapters/utils.py"]


@pytest.mark.parametrize("line", ["--index-url https://packages.invalid/simple", "url: pypi.org/simple"])
def test_a_named_host_is_seen(tmp_path: Path, line: str) -> None:
    file = tmp_path / "requirements.lock"
    file.write_text(f"asyncpg==1\n{line}\nschema: http://maven.apache.org/POM/4.0.0\n")
    assert hosts([file]) == [f"requirements.lock: {line}"]
