"""Detached CMS signatures of MANIFEST.XML and CHECKSUM.TXT, judged with a certificate.

The certificate is the one that the receiver trusts, had by another way than the export: neither
those within the signature nor their chain are believed. (RFC 5652, 5.3 to 5.6.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from segur_interop.errors import ExportError
from segur_interop.export import layout
from segur_interop.export._notes import Notes
from segur_interop.export._tree import Tree

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["check_signatures"]

_MAX_SIGNATURE: Final = 1_000_000
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_HASHES: Final = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID = 0x30, 0x31, 0x02, 0x04, 0x06
_ATTRIBUTES, _CONTENT = 0xA0, 0xA0


def check_signatures(
    tree: Tree, notes: Notes, certificate: Certificate | None, at: datetime | None
) -> None:
    """Each signature that is there; with a certificate, both must be.

    Args:
        tree: of the export.
        notes: of the report.
        certificate: of who is said to have signed; None: nothing can be judged.
        at: time of the export, when the certificate must have been valid.
    """
    for name in layout.SIGNED:
        own = layout.signature_name(name)
        if not tree.exists(own):
            if certificate is not None:
                notes.note("export.signature.absent", "no signature", own)
            continue
        if certificate is None:
            notes.not_run(f"{own}: no certificate was given to verify the signature with")
            continue
        if not tree.exists(name):
            continue  # told already
        _check_one(tree, notes, own, name, certificate)
    if certificate is not None:
        notes.checked("export.signature")
        if at is not None and not (
            certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
        ):
            message = "the certificate was not valid at the time of the export"
            notes.note("export.signature.validity", message, layout.MANIFEST)


def _check_one(tree: Tree, notes: Notes, own: str, name: str, certificate: Certificate) -> None:
    try:
        if tree.size(own) > _MAX_SIGNATURE:
            raise ExportError("too large")
        with tree.open(own) as stream:
            octets = stream.read()
        _verify(octets, tree, name, certificate)
    except (ExportError, ValueError, IndexError) as error:
        why = str(error) if isinstance(error, ExportError) else "no CMS signature"
        notes.note("export.signature", f"not a signature of this file: {why}", own)
    except OSError:
        notes.unreadable(own)


class _Node:
    """One element of DER."""

    __slots__ = ("content", "raw", "tag")

    def __init__(self, tag: int, content: bytes, raw: bytes) -> None:
        self.tag, self.content, self.raw = tag, content, raw

    def inner(self) -> list[_Node]:
        return list(_nodes(self.content))


def _nodes(octets: bytes) -> Iterator[_Node]:
    at = 0
    while at < len(octets):
        tag, size, start = octets[at], octets[at + 1], at + 2
        if size >= 0x80:
            count = size & 0x7F
            if not 1 <= count <= 4:
                raise ExportError("not DER")
            size, start = int.from_bytes(octets[start : start + count]), start + count
        end = start + size
        if end > len(octets):
            raise ExportError("truncated")
        yield _Node(tag, octets[start:end], octets[at:end])
        at = end


def _expect(node: _Node, tag: int) -> _Node:
    if node.tag != tag:
        raise ExportError("not the structure of a CMS signature")
    return node


def _verify(octets: bytes, tree: Tree, name: str, certificate: Certificate) -> None:
    """Raises ExportError when it is not this certificate's signature of the file."""
    (outer,) = _nodes(octets)
    kind, wrapped = _expect(outer, _SEQUENCE).inner()[:2]
    if kind.content != _SIGNED_DATA:
        raise ExportError("no SignedData")
    (signed,) = _expect(wrapped, _CONTENT).inner()
    signers = _expect(_expect(signed, _SEQUENCE).inner()[-1], _SET).inner()
    wanted = certificate.issuer.public_bytes() + _serial(certificate.serial_number)
    for signer in signers:
        parts = _expect(signer, _SEQUENCE).inner()
        if _expect(parts[1], _SEQUENCE).content == wanted:
            _judge(parts[2:], tree, name, certificate)
            return
    raise ExportError("signed by another certificate")


def _serial(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, signed=True)
    return bytes([_INTEGER, len(octets)]) + octets


def _judge(parts: list[_Node], tree: Tree, name: str, certificate: Certificate) -> None:
    algorithm = _HASHES.get(_expect(parts[0], _SEQUENCE).inner()[0].content)
    if algorithm is None:
        raise ExportError("another hash than SHA-256, SHA-384, SHA-512")
    made = hashlib.new(algorithm)
    with tree.open(name) as stream:
        while piece := stream.read(1 << 20):
            made.update(piece)
    if parts[1].tag != _ATTRIBUTES:
        raise ExportError("no signed attributes")
    digests = [
        value.content
        for attribute in parts[1].inner()
        for kind, values in [attribute.inner()[:2]]
        if kind.content == _MESSAGE_DIGEST
        for value in values.inner()
    ]
    if digests != [made.digest()]:
        raise ExportError("the file was changed after it was signed")
    signed = bytes([_SET]) + parts[1].raw[1:]  # RFC 5652 5.4: signed as a SET OF
    _check(certificate, _expect(parts[3], _OCTETS).content, signed, algorithm)


def _check(certificate: Certificate, signature: bytes, signed: bytes, algorithm: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    key = certificate.public_key()
    known = (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
    made = next(item for item in known if item.name == algorithm)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), made)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(made))
        else:
            raise ExportError("a key that is neither RSA nor of an elliptic curve")
    except InvalidSignature:
        raise ExportError("the signature is wrong") from None
