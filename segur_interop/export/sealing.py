"""An export that nobody can change unseen, or read but its recipients.

Signatures are detached CMS, beside MANIFEST.XML and CHECKSUM.TXT: with the second, every file is
covered. Encryption makes another folder of a finished export: one CMS file a lot, one for the rest.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from segur_interop.errors import ExportError
from segur_interop.export import _cms, layout
from segur_interop.export._files import make_folder, write_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

    from segur_interop.export._finish import Signer

__all__ = ["decrypt", "encrypt", "signer"]

REST: Final = "EXPORT.P7M"
"""Everything but the lots."""
_BLOCK, _RECORD = 512, 10_240
_CHUNK: Final = 1 << 18


def signer(
    certificate: Certificate,
    key: RSAPrivateKey | EllipticCurvePrivateKey,
    *,
    chain: Sequence[Certificate] = (),
) -> Signer:
    """What `portability(signer=…)` takes, made of a certificate and its key.

    For a key in a smart card or a module, give any function from octets to a detached CMS in DER.

    Args:
        certificate: of the structure that exports.
        key: its private key.
        chain: of the authorities, put beside.
    """

    def sign(octets: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.hazmat.primitives.serialization.pkcs7 import (
            PKCS7Options,
            PKCS7SignatureBuilder,
        )

        builder = PKCS7SignatureBuilder().set_data(octets).add_signer(certificate, key, SHA256())
        for item in chain:
            builder = builder.add_certificate(item)
        return builder.sign(Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary])

    return sign


def encrypt(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    recipients: Sequence[Certificate],
) -> Path:
    """Encrypt a finished export to its recipients: `LOTnnnnn.P7M` a lot, `EXPORT.P7M` the rest.

    Each is a CMS AuthEnvelopedData (AES-256-GCM) of a tar, that `openssl cms -decrypt` opens (up
    to 2 GiB) and `decrypt` too. The clear export stays where it is: to erase it is your business.

    Args:
        folder: of the export.
        out: a new folder.
        recipients: certificates with RSA keys.

    Returns:
        The new folder, with a CHECKSUM.TXT of its files.

    Raises:
        ExportError: no finished export, or `out` is not empty.
        InvalidValue: no recipient, or one without an RSA key.
        OSError: a folder cannot be read or written.
    """
    source, target = Path(folder), Path(out)
    if not (source / layout.CHECKSUM).is_file():
        raise ExportError("no finished export", place="folder")
    make_folder(target)
    if any(target.iterdir()):
        raise ExportError("the folder is not empty", place="out")
    sums: list[tuple[str, str]] = []
    for name, files in _parts(source):
        with write_file(target / name) as stream:
            _cms.encrypt(
                cast("BinaryIO", stream), _tar(source, files), _tar_size(source, files), recipients
            )
        sums.append((stream.sha256, name))
    with write_file(target / layout.CHECKSUM) as stream:
        for digest, name in sums:
            stream.write(f"{digest}  {name}\n".encode())
    return target


def decrypt(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    certificate: Certificate,
    key: RSAPrivateKey,
) -> Path:
    """Decrypt one file of `encrypt` into a tar, which appears once its integrity is known.

    Args:
        path: of the file.
        out: of the tar to write.
        certificate: of the recipient.
        key: of the certificate.

    Raises:
        ExportError: another structure, another recipient, or octets that were changed.
        OSError: a file cannot be read or written.
    """
    target = Path(out)
    with Path(path).open("rb") as stream, write_file(target) as made:
        _cms.decrypt(stream, cast("BinaryIO", made), certificate, key)
    return target


def _parts(source: Path) -> Iterator[tuple[str, list[str]]]:
    """Name and files of each part: the rest first."""
    rest, lots = [], []
    for path in sorted(source.iterdir()):
        if path.is_dir() and layout.parse_lot_name(path.name) is not None:
            lots.append(path)
        elif path.is_dir():
            rest += [item for item in sorted(path.rglob("*")) if item.is_file()]
        else:
            rest.append(path)
    yield REST, [item.relative_to(source).as_posix() for item in rest]
    for lot in lots:
        names = [item.relative_to(source).as_posix() for item in sorted(lot.iterdir())]
        yield f"{lot.name}.P7M", names


def _info(source: Path, name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = (source / name).stat().st_size
    info.mode = 0o600
    return info


def _tar_size(source: Path, names: Sequence[str]) -> int:
    blocks = sum(_BLOCK + _padded(_info(source, name).size, _BLOCK) for name in names)
    return _padded(blocks + 2 * _BLOCK, _RECORD)


def _padded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _tar(source: Path, names: Sequence[str]) -> Iterator[bytes]:
    """The octets of a tar of these files, without names of owners nor times."""
    written = 0
    for name in names:
        info = _info(source, name)
        header = info.tobuf(tarfile.GNU_FORMAT)
        yield header
        left = info.size
        with (source / name).open("rb") as stream:
            while left:
                piece = stream.read(min(left, _CHUNK))
                if not piece:
                    raise ExportError("a file changed while it was read")
                left -= len(piece)
                yield piece
        padding = _padded(info.size, _BLOCK) - info.size
        yield bytes(padding)
        written += len(header) + info.size + padding
    yield bytes(_padded(written + 2 * _BLOCK, _RECORD) - written)
