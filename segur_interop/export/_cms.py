"""CMS AuthEnvelopedData: octets of a known length encrypted to certificates, in pieces.

AES-256-GCM under a key that RSA-OAEP (SHA-256) carries to each recipient. The lengths are known
beforehand, so that the structure is DER and nothing is held. (RFC 5083, RFC 5084 3.2, RFC 5652
6.2.1, RFC 8017 A.2.1.)
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from segur_interop.errors import ExportError, InvalidValue

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

__all__ = ["MAX_BYTES", "NotTheirs", "decrypt", "encrypt", "read_header"]

MAX_BYTES: Final = (1 << 36) - 32
"""What AES-GCM encrypts under one key and nonce (NIST SP 800-38D 5.2.1.1)."""

_CHUNK: Final = 1 << 18
_KEY, _NONCE, _TAG = 32, 12, 16
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID = 0x30, 0x31, 0x02, 0x04, 0x06
_EXPLICIT, _CONTENT = 0xA0, 0x80
_LONGEST_HEADER: Final = 1 << 20

_AUTH_ENVELOPED: Final = bytes.fromhex("060b2a864886f70d0109100117")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_AES_256_GCM: Final = bytes.fromhex("060960864801650304012e")
_OAEP: Final = bytes.fromhex("06092a864886f70d010107")
_MGF1: Final = bytes.fromhex("06092a864886f70d010108")
_SHA_256: Final = bytes.fromhex("300d06096086480165030402010500")


class NotTheirs(ExportError):
    """This certificate and key open nothing of it."""


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(octets)]) + octets


def _tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag]) + _length(len(content)) + content


def _integer(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


_OAEP_SHA_256: Final = _tlv(
    _SEQUENCE,
    _OAEP,
    _tlv(
        _SEQUENCE,
        _tlv(0xA0, _SHA_256),
        _tlv(0xA1, _tlv(_SEQUENCE, _MGF1, _SHA_256)),
    ),
)


def _recipient(certificate: Certificate, key: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    public = certificate.public_key()
    if not isinstance(public, RSAPublicKey):
        raise InvalidValue("the certificate of a recipient has an RSA key", place="recipients")
    return _tlv(
        _SEQUENCE,
        _integer(0),
        _tlv(_SEQUENCE, certificate.issuer.public_bytes(), _integer(certificate.serial_number)),
        _OAEP_SHA_256,
        _tlv(_OCTETS, public.encrypt(key, _padding())),
    )


def _padding() -> OAEP:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    return padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)


def encrypt(
    stream: BinaryIO, pieces: Iterable[bytes], size: int, recipients: Sequence[Certificate]
) -> None:
    """Write the structure.

    Args:
        stream: binary.
        pieces: the octets.
        size: how many there are in all.
        recipients: certificates with RSA keys.

    Raises:
        InvalidValue: no recipient, or one without an RSA key; too many octets.
        ExportError: another number of octets than told.
        OSError: the stream cannot be written.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    if not recipients:
        raise InvalidValue("at least one certificate", place="recipients")
    if size > MAX_BYTES:
        raise InvalidValue(f"more than {MAX_BYTES} bytes", place="size")
    key, nonce = secrets.token_bytes(_KEY), secrets.token_bytes(_NONCE)
    infos = _tlv(_SET, *sorted(_recipient(item, key) for item in recipients))
    stream.write(_header(infos, nonce, size))
    encryptor = Cipher(AES(key), GCM(nonce)).encryptor()
    left = size
    for piece in pieces:
        left -= len(piece)
        stream.write(encryptor.update(piece))
    if left:
        raise ExportError("not as many octets as told")
    encryptor.finalize()
    stream.write(_tlv(_OCTETS, encryptor.tag))


def _header(infos: bytes, nonce: bytes, size: int) -> bytes:
    """Everything before the encrypted octets; what follows them is the tag."""
    version = _integer(0)
    parameters = _tlv(_SEQUENCE, _tlv(_OCTETS, nonce), _integer(_TAG))
    algorithm = _tlv(_SEQUENCE, _AES_256_GCM, parameters)
    content = bytes([_CONTENT]) + _length(size)
    inner = _DATA + algorithm + content
    encrypted = bytes([_SEQUENCE]) + _length(len(inner) + size) + inner
    mac = len(_tlv(_OCTETS, bytes(_TAG)))
    body = version + infos + encrypted
    enveloped = bytes([_SEQUENCE]) + _length(len(body) + size + mac) + body
    explicit = bytes([_EXPLICIT]) + _length(len(enveloped) + size + mac) + enveloped
    whole = _AUTH_ENVELOPED + explicit
    return bytes([_SEQUENCE]) + _length(len(whole) + size + mac) + whole


# -- reading ------------------------------------------------------------------------------------


class _Reader:
    """The structure that `encrypt` writes, read as it comes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def octets(self, size: int) -> bytes:
        if size > _LONGEST_HEADER:
            raise ExportError("not the structure of an encrypted lot")
        found = self._stream.read(size)
        if len(found) != size:
            raise ExportError("a truncated structure")
        return found

    def open(self, tag: int) -> int:
        """Enter an element; the length of its content."""
        if self.octets(1)[0] != tag:
            raise ExportError("not the structure of an encrypted lot")
        first = self.octets(1)[0]
        if first < 0x80:
            return first
        return int.from_bytes(self.octets(first & 0x7F)) if first & 0x7F <= 8 else -1

    def value(self, tag: int) -> bytes:
        """The content of an element."""
        size = self.open(tag)
        if size < 0:
            raise ExportError("not the structure of an encrypted lot")
        return self.octets(size)

    def expect(self, octets: bytes) -> None:
        if self.octets(len(octets)) != octets:
            raise ExportError("another content, or another algorithm")


def decrypt(stream: BinaryIO, out: BinaryIO, certificate: Certificate, key: RSAPrivateKey) -> None:
    """Write the octets of a structure made by `encrypt`.

    What is written may only be used once this has returned: the tag comes last.

    Args:
        stream: binary, at the start of the structure.
        out: where the octets go.
        certificate: of the recipient, which tells which of the keys is theirs.
        key: of the certificate.

    Raises:
        ExportError: another structure, another recipient, or octets that were changed.
        OSError: a stream cannot be read or written.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import GCM

    reader = _Reader(stream)
    secret, nonce, left = read_header(stream, certificate, key)
    decryptor = Cipher(AES(secret), GCM(nonce)).decryptor()
    while left:
        piece = stream.read(min(left, _CHUNK))
        if not piece:
            raise ExportError("a truncated structure")
        left -= len(piece)
        out.write(decryptor.update(piece))
    try:
        decryptor.finalize_with_tag(reader.value(_OCTETS))
    except (InvalidTag, ValueError):
        raise ExportError("the octets were changed") from None


def read_header(
    stream: BinaryIO, certificate: Certificate, key: RSAPrivateKey
) -> tuple[bytes, bytes, int]:
    """Key, nonce and number of the encrypted octets, which follow in the stream.

    Args:
        stream: binary, at the start of the structure.
        certificate: of the recipient.
        key: of the certificate.

    Raises:
        ExportError: another structure, or another recipient.
        OSError: the stream cannot be read.
    """
    reader = _Reader(stream)
    reader.open(_SEQUENCE)
    reader.expect(_AUTH_ENVELOPED)
    reader.open(_EXPLICIT)
    reader.open(_SEQUENCE)
    reader.expect(_integer(0))
    secret = _secret(_Reader(io.BytesIO(reader.value(_SET))), certificate, key)
    reader.open(_SEQUENCE)
    reader.expect(_DATA)
    algorithm = _Reader(io.BytesIO(reader.value(_SEQUENCE)))
    algorithm.expect(_AES_256_GCM)
    algorithm.open(_SEQUENCE)
    nonce = algorithm.value(_OCTETS)
    algorithm.expect(_integer(_TAG))
    left = reader.open(_CONTENT)
    if len(nonce) != _NONCE or left < 0:
        raise ExportError("another algorithm")
    return secret, nonce, left


def _secret(infos: _Reader, certificate: Certificate, key: RSAPrivateKey) -> bytes:
    """The key of the content, that this recipient may open."""
    wanted = certificate.issuer.public_bytes() + _integer(certificate.serial_number)
    while True:
        try:
            infos.open(_SEQUENCE)
        except ExportError:
            raise NotTheirs("it is for other recipients") from None
        infos.expect(_integer(0))
        whose = infos.value(_SEQUENCE)
        infos.expect(_OAEP_SHA_256)
        carried = infos.value(_OCTETS)
        if whose == wanted:
            try:
                found = key.decrypt(carried, _padding())
            except ValueError:
                raise NotTheirs("not the key of this recipient") from None
            if len(found) != _KEY:
                raise ExportError("another algorithm")
            return found
