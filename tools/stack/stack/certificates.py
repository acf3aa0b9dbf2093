"""The stack's own authority and the keys it signs. All elliptic (P-256): made in milliseconds, known to Java."""

import datetime as dt
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from stack.home import LOOPBACK, Home
from stack.secret_files import Secrets

YEARS = 10


def make_certificates(home: Home) -> None:
    """Make what is missing: ca.pem and ca.key, then tls.crt, tls.key and kafka.pem (key and chain in one file)."""
    secrets = Secrets(home.secrets)
    if not secrets.has("ca.pem"):
        key = ec.generate_private_key(ec.SECP256R1())
        authority = _certificate("Kentongan local authority", key, "Kentongan local authority", key, authority=True)
        secrets.put("ca.key", _pem(key))
        secrets.put("ca.pem", authority.public_bytes(Encoding.PEM).decode())
    for process in ("tls", "kafka"):
        if not secrets.has(f"{process}.crt"):
            _issue(secrets, process)


def _issue(secrets: Secrets, name: str) -> None:
    signer = load_pem_private_key(secrets.get("ca.key").encode(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("ca.key is not the key that was made here")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("localhost", key, "Kentongan local authority", signer, authority=False)
    chain = certificate.public_bytes(Encoding.PEM).decode() + secrets.get("ca.pem")
    secrets.put(f"{name}.key", _pem(key))
    secrets.put(f"{name}.pem", _pem(key) + chain)
    secrets.put(f"{name}.crt", chain)


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])
