"""Each gate of `make check` is shown once to fail on a fault planted in a small tree, and to pass without it.

The gates run as the Makefile runs them, with the project's own settings.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = ("Makefile", "pyproject.toml", ".importlinter", "buf.yaml", "requirements.lock")
SERVICES = {
    "telponi": "services/telponi/telponi",
    "gareng_mesem": "services/gareng-mesem/gareng_mesem",
    "destana": "services/destana/destana",
    "notifier": "services/notifier/notifier",
}
CHASSIS = ("kernel", "region", "telemetry", "auth", "settings", "postgres", "kafka", "grpc", "process", "testing")
OTHERS = (
    "libs/wire/wire",
    "tools/handset/handset",
    "tools/stack/stack",
    "tools/operator/operator_cli",
)
PROTO = """// Words of a trial.
syntax = "proto3";

package kentongan.trial.v1;

// A thing.
message Thing {
  // Its name.
  string name = 1;
  // Its size in metres.
  int32 size = 2;
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the project's packages, all but empty, and its settings."""
    for name in SETTINGS:
        shutil.copy(ROOT / name, tmp_path / name)
    packages = [f"libs/chassis/chassis/{room}" for room in CHASSIS] + list(OTHERS)
    packages += [f"{place}/{room}" for place in SERVICES.values() for room in ("domain", "application")]
    packages += [f"{place}/{room}" for place in SERVICES.values() for room in ("adapters", "entrypoints")]
    for package in packages:
        _write(tmp_path / package / "__init__.py", "")
        if Path(package).parent.parent.name not in {"libs", "tools"}:
            _write(tmp_path / package / "../__init__.py", "")
    for place in SERVICES.values():
        for module in ("__main__", "bootstrap", "config"):
            _write(tmp_path / place / f"{module}.py", f'"""The {module}."""\n')
    _write(tmp_path / "proto/kentongan/trial/v1/thing.proto", PROTO)
    shutil.copytree(ROOT / "proto/vendor", tmp_path / "proto/vendor")
    return tmp_path


def gate(tree: Path, target: str) -> subprocess.CompletedProcess[str]:
    roots = ["libs/chassis", "libs/wire", *(str(Path(place).parent) for place in SERVICES.values())]
    roots += ["tools/handset", "tools/stack", "tools/operator"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": ":".join(str(tree / root) for root in roots),
    }
    command = ["make", "-C", str(tree), target, "-o", "ready"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def passes(tree: Path, target: str) -> None:
    answer = gate(tree, target)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def fails(tree: Path, target: str, *words: str) -> None:
    answer = gate(tree, target)
    said = " ".join((answer.stdout + answer.stderr).split())
    assert answer.returncode != 0, f"{target} let the fault pass: {said}"
    assert [word for word in words if word not in said] == [], said


def test_format(tree: Path) -> None:
    file = tree / "libs/wire/wire/one.py"
    _write(file, '"""One."""\n\nX = 1\n')
    passes(tree, "check-format")
    _write(file, '"""One."""\nX=1\n')
    fails(tree, "check-format", "one.py")


def test_lint(tree: Path) -> None:
    file = tree / "libs/wire/wire/one.py"
    _write(file, '"""One."""\n\nX = 1\n')
    passes(tree, "check-lint")
    _write(file, '"""One."""\n\nimport os\n')
    fails(tree, "check-lint", "one.py", "F401")


def test_types(tree: Path) -> None:
    file = tree / "libs/wire/wire/one.py"
    _write(file, "def one(x: int) -> int:\n    return x\n")
    passes(tree, "check-types")
    _write(file, "def one(x):\n    return x\n")
    fails(tree, "check-types", "one.py", "no-untyped-def")


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("services/telponi/telponi/domain/x.py", "import telponi.application", "imports point inwards"),
        ("services/telponi/telponi/application/x.py", "import telponi.adapters", "imports point inwards"),
        ("services/telponi/telponi/adapters/x.py", "import telponi.entrypoints", "imports point inwards"),
        ("services/telponi/telponi/utils.py", "", "imports point inwards"),
        ("libs/chassis/chassis/kernel/x.py", "import chassis.postgres", "the kernel nobody"),
        ("libs/chassis/chassis/postgres/x.py", "import chassis.kafka", "the kernel nobody"),
        ("libs/chassis/chassis/kafka/x.py", "import chassis.grpc", "the kernel nobody"),
        ("libs/chassis/chassis/helpers/__init__.py", "", "the kernel nobody"),
        ("libs/chassis/chassis/kafka/x.py", "import telponi.domain", "the chassis knows nobody"),
        ("services/telponi/telponi/adapters/x.py", "import destana.domain", "never import each other"),
        ("tools/handset/handset/x.py", "import chassis.kernel", "The handset imports nothing of ours"),
        ("services/destana/destana/domain/x.py", "import asyncpg", "know no contract and no infrastructure"),
        ("libs/chassis/chassis/grpc/x.py", "import kentongan.rules.v1.rules_pb2", "The chassis knows no contract"),
        ("services/destana/destana/adapters/x.py", "import chassis.settings", "Settings are read in config alone"),
        ("services/destana/destana/entrypoints/x.py", "import chassis.process", "put together in bootstrap alone"),
        ("services/destana/destana/adapters/x.py", "import chassis.testing", "What is made for tests stays in tests"),
    ],
)
def test_imports(tree: Path, file: str, line: str, contract: str) -> None:
    _write(tree / file, f"{line}\n")
    fails(tree, "check-imports", contract, "BROKEN")


def test_imports_pass_without_a_fault(tree: Path) -> None:
    passes(tree, "check-imports")


def test_contracts(tree: Path) -> None:
    released = ["buf", "build", "--exclude-source-info", "-o", "proto/released.binpb"]
    subprocess.run([str(Path(sys.executable).parent / released[0]), *released[1:]], cwd=tree, check=True)
    passes(tree, "check-contracts")
    proto = tree / "proto/kentongan/trial/v1/thing.proto"
    proto.write_text(PROTO.replace("  // Its size in metres.\n", ""))
    fails(tree, "check-contracts", 'Field "size" should have a non-empty comment')
    proto.write_text(PROTO.replace("  // Its size in metres.\n  int32 size = 2;\n", ""))
    fails(tree, "check-contracts", 'Previously present field "2" with name "size"')


def test_duplicates(tree: Path) -> None:
    passes(tree, "check-duplicates")
    lines = "".join(f"    total_{n} = count * {n} + offset\n" for n in range(10))
    for name, package in (("one", "libs/wire/wire"), ("two", "tools/stack/stack")):
        _write(tree / package / f"{name}.py", f"def {name}(count, offset):\n{lines}    return total_9\n")
    fails(tree, "check-duplicates", "R0801", "Similar lines in 2 files")


def test_units(tree: Path) -> None:
    shutil.copytree(ROOT / "libs/chassis/chassis", tree / "libs/chassis/chassis", dirs_exist_ok=True)
    file = tree / "tests/test_one.py"
    _write(file, "def test_one():\n    assert 1 == 1\n")
    passes(tree, "check-unit")
    _write(file, "def test_one():\n    assert 1 == 2\n")
    fails(tree, "check-unit", "1 failed")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
