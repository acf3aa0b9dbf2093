"""The broker's jars: brought once by Maven into build/, listed so that nobody asks Maven again."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from stack.errors import StackError
from stack.home import CHECKOUT
from stack.locks import held

KAFKA = CHECKOUT / "tools/stack/kafka"
OLDEST_JAVA = 17


def java() -> str:
    """Path of the Java runtime. Raises StackError when there is none, or one too old."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if not found:
        raise StackError(
            "Java is missing: install Java 17 or newer (for instance: apt install openjdk-17-jre-headless)"
        )
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = answer.stderr.partition('"')[2].partition('"')[0]
    if answer.returncode or not version or int(version.split(".")[0].split("-")[0]) < OLDEST_JAVA:
        raise StackError(f"Java 17 or newer is needed; {found} says {version or 'that it cannot run'!r}")
    return found


def jars() -> Path:
    """Folder with the broker's jars, brought by Maven when pom.xml is new. Raises StackError without Maven."""
    pom = KAFKA / "pom.xml"
    folder = CHECKOUT / "build" / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    listed = folder / "jars.txt"
    with held(
        CHECKOUT / "build" / "kafka.lock", wait=300, busy="another start has been bringing the jars for 5 minutes"
    ):
        if not listed.exists():
            _bring(pom, folder)
            listed.write_text("\n".join(sorted(jar.name for jar in folder.glob("*.jar"))) + "\n")
    return folder


def _bring(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise StackError("Maven is missing: install it to bring the broker's jars (for instance: apt install maven)")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    answer = subprocess.run([maven, "-B", "-q", "-f", str(pom), *goal], capture_output=True, text=True, check=False)
    if answer.returncode:
        said = [line for line in (answer.stdout + answer.stderr).splitlines() if "ERROR" in line]
        raise StackError(f"Maven could not bring the broker's jars: {(said or ['it said nothing'])[0][:300]}")
