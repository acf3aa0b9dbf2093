"""What an error of a whole transaction asks of the boundary."""

import asyncpg
import pytest
from asyncpg.exceptions import _base

from chassis.postgres.failures import DatabaseAway, Verdict, blame, judge, wait
from chassis.postgres.writing import Stale


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError("twice"),
        asyncpg.DeadlockDetectedError("both"),
        asyncpg.InvalidCachedStatementError("the schema changed"),
        Stale("referral"),
    ],
)
def test_a_lost_race_is_run_again(error):
    assert judge(error) is Verdict.AGAIN


@pytest.mark.parametrize(
    "error",
    [
        OSError("reset"),
        TimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("not connected"),
        asyncpg.TargetServerAttributeNotMatched("a standby"),
        asyncpg.ProtocolError("unexpected message"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"),
        asyncpg.AdminShutdownError("57P01"),
        asyncpg.CrashShutdownError("57P02"),
        asyncpg.CannotConnectNowError("57P03"),
        asyncpg.DiskFullError("53100"),
        asyncpg.TooManyConnectionsError("53300"),
    ],
)
def test_a_database_that_is_away_is_waited_for_and_blames_no_event(error):
    assert judge(error) is Verdict.WAIT
    assert isinstance(wait(error), DatabaseAway)


@pytest.mark.parametrize(
    "error",
    [
        _base.DataError("invalid input for query argument $1"),
        asyncpg.CharacterNotInRepertoireError("a zero byte"),
        asyncpg.CheckViolationError("rule"),
        TypeError("a bug of ours"),
    ],
)
def test_what_no_database_will_ever_take_is_looked_for_in_the_batch(error):
    assert judge(error) is Verdict.SPLIT
    assert blame(error) is error
