from bell_server import pb

from chassis.grpc.allowed import ANYONE, NOBODY, Allowed, allowed

SERVICE = f"/{pb.DESCRIPTOR.package}.BellService"


def test_the_contract_says_who_may_call():
    assert allowed(f"{SERVICE}/Ring") == Allowed(frozenset({"midwife", "operator"}))
    assert allowed(f"{SERVICE}/Knock") == Allowed(anyone=True)


def test_what_the_contract_does_not_say_is_for_nobody():
    for path in (f"{SERVICE}/Forgotten", f"{SERVICE}/Unknown", "/unknown.Service/Ring", "", "/"):
        assert allowed(path) == NOBODY, path


def test_probes_need_no_token():
    assert allowed("/grpc.health.v1.Health/Check") == ANYONE
