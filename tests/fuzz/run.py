"""Fuzz for a while: `python tests/fuzz/run.py SECONDS`. With atheris, led by coverage; else with hypothesis, blindly.

What breaks a target is written to build/fuzz/NAME.hex; put the file into tests/fuzz/kept when it is mended.
"""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build/fuzz"
sys.path[:0] = [str(ROOT / "tests"), str(PLACE / "lib")]
NAMES = ("codec", "link", "text")
MEBIBYTES = 512  # of memory at most
SLOWEST = 5  # seconds for one input at most
AS_IT_IS = b"\1"  # the first byte says whether the rest is a stream, or the plan of one
DATA = Path(os.environ.get("KENTONGAN_TEST_DATA", ROOT.parent / "shared/data")) / "smpp/smpp_pdu_vectors.json"


def main(seconds: int) -> int:
    """Every target for its share of the time. Gives 1 where one broke."""
    PLACE.mkdir(parents=True, exist_ok=True)
    share = max(1, seconds // len(NAMES))
    codes = []
    for name in NAMES:
        began = time.monotonic()
        line = [sys.executable, __file__, "target", name, str(share)]
        codes.append(subprocess.run(line, check=False, cwd=ROOT).returncode)
        told = {"fuzzed": name, "with": _engine(), "seconds": round(time.monotonic() - began)}
        print(json.dumps(told | {"broken": codes[-1] != 0}))
    return int(any(codes))


def target(name: str, seconds: int) -> None:
    """One target in a process of its own."""
    logging.disable()
    (_coverage if _engine() == "atheris" else _blindly)(name, seconds)


def _engine() -> str:
    return "atheris" if find_spec("atheris") else "hypothesis"


def _coverage(name: str, seconds: int) -> None:
    import atheris  # noqa: PLC0415 - it is not everywhere

    with atheris.instrument_imports(include=["notifier.adapters.smpp", "notifier.domain.text"]):
        from fuzz.targets import TARGETS, stream_of  # noqa: PLC0415 - what is imported here is instrumented
    _quiet()

    def one(data: bytes) -> None:
        told = data[1:] if data[:1] == AS_IT_IS else stream_of(data[1:])
        try:
            TARGETS[name](told)
        except BaseException:
            _keep(name, told)
            raise

    corpus = PLACE / f"corpus-{name}"
    corpus.mkdir(exist_ok=True)
    for number, frame in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(AS_IT_IS + frame)
    limits = [f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEBIBYTES}", "-max_len=4096"]
    atheris.Setup(
        ["fuzz", *limits, f"-artifact_prefix={PLACE}/", "-print_final_stats=1", "-verbosity=0", str(corpus)], one
    )
    atheris.Fuzz()


def seeds() -> Iterator[bytes]:
    """What to begin with: a receipt, a part of a long message, and the public PDUs where they are."""
    from notifier.adapters.smpp.codec import Pdu, encode  # noqa: PLC0415 - instrumented above
    from notifier.adapters.smpp.commands import Command, Tag  # noqa: PLC0415

    receipt = b"id:00A1 sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 stat:DELIVRD err:000"
    for fields in (
        {"esm_class": 4, "short_message": receipt},
        {"esm_class": 64, "short_message": b"\5\0\3\7\2\1BUMIL"},
    ):
        yield encode(Pdu(Command.DELIVER_SM, 0, 7, {"source_addr": "62811", **fields}))
    yield encode(Pdu(Command.DATA_SM, 0, 8, {"data_coding": 8}, {Tag.MESSAGE_PAYLOAD: "ꦏ😀".encode("utf-16-be")}))
    if DATA.exists():
        for case in json.loads(DATA.read_text())["cases"]:
            if isinstance(case["hex"], str):
                yield bytes.fromhex(case["hex"])


def _blindly(name: str, seconds: int) -> None:
    from fuzz.targets import TARGETS, stream_of  # noqa: PLC0415 - as above
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415
    from hypothesis import strategies as st  # noqa: PLC0415

    _quiet()
    frames = st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=300)).map(
        lambda told: bytes(told[:2]) + len(told[2]).to_bytes(2, "big") + told[2]
    )

    @settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=[Phase.generate])  # fmt: skip
    @given(
        st.one_of(st.binary(max_size=2000), st.lists(frames, max_size=12).map(lambda all_: stream_of(b"".join(all_))))
    )
    def some(data: bytes) -> None:
        try:
            TARGETS[name](data)
        except BaseException:
            _keep(name, data)
            raise

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        some()


def _quiet() -> None:
    import structlog  # noqa: PLC0415 - after the instruments are in

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _keep(name: str, data: bytes) -> None:
    (PLACE / f"{name}.hex").write_text(data.hex() + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "target":
        target(sys.argv[2], int(sys.argv[3]))
    else:
        os.chdir(ROOT)
        sys.exit(main(int(sys.argv[1])))
