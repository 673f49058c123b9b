"""
Enveloped XML signatures (CAP 1.2, section 3.3.4.1): RSA or ECDSA with SHA-256, exclusive
canonical form, so that an alert may be put into another document without breaking it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.values import Problem
from vietnamese.i18n import t

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


@dataclass(frozen=True)
class Signer:
    """A private key and, where given, the certificate that says whose it is."""

    key: RSAPrivateKey | EllipticCurvePrivateKey
    cert: str = ""

    def signed(self, document: bytes) -> bytes:
        """The document with its signature as the last element."""
        # here, for who signs: both are large, and an idle worker stays small
        from lxml import etree  # noqa: PLC0415
        from signxml.algorithms import SignatureMethod  # noqa: PLC0415
        from signxml.signer import XMLSigner  # noqa: PLC0415

        method = (SignatureMethod.RSA_SHA256 if isinstance(self.key, RSAPrivateKey)
                  else SignatureMethod.ECDSA_SHA256)
        signer = XMLSigner(signature_algorithm=method, c14n_algorithm=_EXCLUSIVE)
        root = signer.sign(etree.fromstring(document), key=self.key, cert=self.cert or None)
        whole: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return whole

    def ends_at(self) -> datetime | None:
        """When the certificate ends."""
        if not self.cert:
            return None
        return x509.load_pem_x509_certificate(self.cert.encode()).not_valid_after_utc


def signer_of(names: Mapping[str, str]) -> Signer | Problem | None:
    """From an account's secrets `key` and `cert` (PEM); None without a key."""
    if not names.get("key"):
        return None
    try:
        key = load_pem_private_key(names["key"].encode(), password=None)
        cert = names.get("cert", "")
        if cert:
            known = x509.load_pem_x509_certificate(cert.encode())
            if known.public_key() != key.public_key():
                return Problem("secrets.cert", t("chứng thư không phải của khóa này",
                                                 "the certificate is not this key's"),
                               t("Lấy đúng cặp khóa và chứng thư", "Take the pair"))
    except (ValueError, TypeError) as error:
        return Problem("secrets.key", t(f"không đọc được PEM ({type(error).__name__})",
                                        f"the PEM cannot be read ({type(error).__name__})"),
                       t("Tệp PEM, khóa không đặt mật khẩu", "A PEM file, without a passphrase"))
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        return Problem("secrets.key", t("chỉ dùng khóa RSA hoặc ECDSA", "RSA or ECDSA only"),
                       "openssl ecparam -name prime256v1 -genkey -noout")
    return Signer(key, cert)


def is_over(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is not None and ends_at <= now.astimezone(UTC)
