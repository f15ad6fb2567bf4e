# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throwaway certificate authority. Elliptic keys, because making RSA keys would be the slowest part of a start."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Collection, Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class CertificateAuthority:
    """Issues server certificates; its own certificate is `pem`."""

    def __init__(
        self, common_name: str, issuer: CertificateAuthority | None = None, days: tuple[float, float] = (-1, 3650)
    ) -> None:
        """`issuer`: the authority that vouches for this one, itself by default. `days`: from now, as below."""
        self._issuer = issuer
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(common_name)
        signer = issuer or self
        builder = signer._builder(self._name, self._key.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_CA_USAGE, critical=True)
        builder = signer._with_authority_key(builder) if issuer else builder
        self._certificate = builder.sign(signer._key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """What a client must trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def server_context(
        self, names: Iterable[str], days: tuple[float, float] = (-1, 90), *, without: Collection[str] = ()
    ) -> ssl.SSLContext:
        """A TLS server context with a fresh certificate for these host names and addresses, valid from `days[0]` to
        `days[1]` days from now. It sends the chain below the root along.

        `without`: what it lacks. `names` leaves only the common name, which browsers refuse; `authority_key` leaves out
        the extension that Python 3.13 insists on."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = tuple(names)
        builder = self._builder(_name(names[0]), key.public_key(), days)
        if "names" not in without:
            alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if "authority_key" not in without:
            builder = self._with_authority_key(builder)
        certificate = builder.sign(self._key, hashes.SHA256())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # no resumption: every connection shows the certificate of its time
        with tempfile.NamedTemporaryFile() as file:  # the ssl module reads certificates from files only
            file.write(certificate.public_bytes(serialization.Encoding.PEM) + self._chain)
            file.write(
                key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
            file.flush()
            context.load_cert_chain(file.name)
        return context

    @property
    def _chain(self) -> bytes:
        """The certificates of the authorities from this one up to below the root."""
        return self.pem + self._issuer._chain if self._issuer else b""

    def _with_authority_key(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(issuer, critical=False)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: tuple[float, float]
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now + datetime.timedelta(days=days[0]))
        builder = builder.not_valid_after(now + datetime.timedelta(days=days[1]))
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
