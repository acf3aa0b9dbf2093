import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.testing.until import until
from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.adapters.smpp.testing import Centre
from notifier.application.carrier_errors import CarrierDown
from notifier.application.outgoing import Accepted, Outgoing, PlainText

SMS = Outgoing(UUID(int=1), "+628123456789", PlainText("Awas banjir"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "centre")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    file = tmp_path / "centre.pem"
    file.write_bytes(
        made.public_bytes(form)
        + key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
async def secure(certificate: Path):
    centre = Centre()
    centre.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    centre.tls.load_cert_chain(certificate)
    async with centre:
        yield centre


async def test_it_binds_over_tls_and_loses_a_link_there_too(secure, certificate, book):
    carrier = SmppCarrier(parse(secure.url(f"tls_ca={certificate}")), book)
    await carrier.start()
    await until(lambda: carrier.up)
    assert await carrier.submit(SMS) == Accepted(("1",))
    secure.drop()
    await until(lambda: carrier.counters["binds"] == 2)
    assert await carrier.submit(SMS) == Accepted(("2",))
    await carrier.stop()


async def test_a_stranger_with_a_certificate_of_his_own_is_not_believed(secure, book):
    carrier = SmppCarrier(parse(secure.url()), book)
    await carrier.start()
    await until(lambda: carrier.counters["link_ends"] >= 1)
    with pytest.raises(CarrierDown) as raised:
        await carrier.submit(SMS)
    assert raised.value.reason == "tls_failed"
    assert secure.seen == []
    await carrier.stop()
