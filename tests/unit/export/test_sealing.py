"""Signatures and encryption, judged by OpenSSL and by the library."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from documents import HOSPITAL, NOW
from populations import Population, tree

from segur_interop import export
from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export import _cms, layout, sealing

openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is absent")


def certified(key: Any, name: str = "recipient") -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )


@pytest.fixture(scope="module")
def keys() -> list[tuple[rsa.RSAPrivateKey, x509.Certificate]]:
    made = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    return [(key, certified(key)) for key in made]


@pytest.fixture(scope="module")
def signed(keys: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed")
    key, certificate = keys[0]
    export.portability(
        Population(folder / "source", plain=2),
        folder / "out",
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
        lots=export.LotLimits(patients=8),
        signer=sealing.signer(certificate, key),
    ).finish()
    return folder / "out"


def pem(folder: Path, key: Any, certificate: x509.Certificate) -> tuple[Path, Path]:
    secret, public = folder / "key.pem", folder / "cert.pem"
    plain = NoEncryption()
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain))
    public.write_bytes(certificate.public_bytes(Encoding.PEM))
    return secret, public


@openssl
@pytest.mark.parametrize("name", layout.SIGNED)
def test_openssl_verifies_the_signatures(signed: Path, keys: Any, tmp_path: Path, name: str):
    _, public = pem(tmp_path, *keys[0])
    command = [
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-CAfile", str(public),
        "-purpose", "any", "-in", str(signed / layout.signature_name(name)), "-out", "/dev/null",
    ]  # fmt: skip
    good = subprocess.run([*command, "-content", str(signed / name)], capture_output=True)
    assert good.returncode == 0, good.stderr
    other = tmp_path / "other"
    other.write_bytes((signed / name).read_bytes() + b" ")
    bad = subprocess.run([*command, "-content", str(other)], capture_output=True)
    assert bad.returncode != 0


def test_signatures_are_in_no_checksum_and_change_nothing_else(signed: Path):
    text = (signed / layout.CHECKSUM).read_text()
    assert "P7S" not in text
    assert layout.is_name(layout.signature_name(layout.MANIFEST))


@pytest.fixture(scope="module")
def sealed(signed: Path, keys: Any) -> Path:
    recipients = [certificate for _, certificate in keys]
    return sealing.encrypt(signed, signed.parent / "sealed", recipients)


def unpacked(octets: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(octets)) as archive:
        found = {}
        for member in archive:
            stream = archive.extractfile(member)
            assert stream is not None
            found[member.name] = stream.read()
        return found


@pytest.mark.parametrize("rank", [0, 1])
def test_each_recipient_gets_the_whole_export_back(
    signed: Path, sealed: Path, keys: Any, tmp_path: Path, rank: int
):
    key, certificate = keys[rank]
    found: dict[str, bytes] = {}
    for path in sealed.glob("*.P7M"):
        tar = sealing.decrypt(path, tmp_path / path.stem, certificate, key)
        found |= unpacked(tar.read_bytes())
    assert found == tree(signed)


@openssl
def test_openssl_decrypts_a_lot(signed: Path, sealed: Path, keys: Any, tmp_path: Path):
    secret, public = pem(tmp_path, *keys[1])
    tar = tmp_path / "lot.tar"
    command = [
        "openssl", "cms", "-decrypt", "-inform", "DER", "-in", str(sealed / "LOT00002.P7M"),
        "-inkey", str(secret), "-recip", str(public), "-out", str(tar),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr
    expected = {
        name: octets for name, octets in tree(signed).items() if name.startswith("LOT00002")
    }
    assert unpacked(tar.read_bytes()) == expected


def test_nothing_of_a_patient_is_readable_in_what_is_sealed(sealed: Path):
    names = sorted(path.name for path in sealed.iterdir())
    assert names == [layout.CHECKSUM, "EXPORT.P7M", "LOT00001.P7M", "LOT00002.P7M"]
    assert all(layout.is_name(name) for name in names)
    for path in sealed.glob("*.P7M"):
        octets = path.read_bytes()
        assert b"HOMONYME" not in octets
        assert b"PAT0000" not in octets


@pytest.mark.parametrize("where", [0.5, 0.9, 1.0])
def test_changed_octets_give_nothing(sealed: Path, keys: Any, tmp_path: Path, where: float):
    octets = bytearray((sealed / "LOT00002.P7M").read_bytes())
    octets[int((len(octets) - 1) * where)] ^= 1
    (tmp_path / "changed").write_bytes(octets)
    key, certificate = keys[0]
    with pytest.raises(ExportError):
        sealing.decrypt(tmp_path / "changed", tmp_path / "out", certificate, key)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed"]


def test_another_recipient_a_wrong_key_or_another_file_give_nothing(
    sealed: Path, keys: Any, tmp_path: Path
):
    (key, certificate), (other, _) = keys
    stranger = certified(other, "stranger")
    path = sealed / "LOT00002.P7M"
    with pytest.raises(ExportError, match="other recipients"):
        sealing.decrypt(path, tmp_path / "out", stranger, other)
    with pytest.raises(ExportError, match="not the key"):
        sealing.decrypt(path, tmp_path / "out", certificate, other)
    whole = path.read_bytes()
    for cut in (0, 1, 5, 40, 400, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:cut])
        with pytest.raises(ExportError):
            sealing.decrypt(tmp_path / "cut", tmp_path / "out", certificate, key)


def test_sealing_needs_an_rsa_recipient_a_finished_export_and_an_empty_folder(
    signed: Path, sealed: Path, keys: Any, tmp_path: Path
):
    curve = certified(ec.generate_private_key(ec.SECP256R1()))
    for recipients in ([], [curve]):
        with pytest.raises(InvalidValue):
            sealing.encrypt(signed, tmp_path / f"out{len(recipients)}", recipients)
    recipients = [keys[0][1]]
    with pytest.raises(ExportError, match="no finished"):
        sealing.encrypt(tmp_path, tmp_path / "out", recipients)
    with pytest.raises(ExportError, match="not empty"):
        sealing.encrypt(signed, sealed, recipients)


def test_a_number_of_octets_that_was_not_told_is_an_error(keys: Any):
    with pytest.raises(ExportError):
        _cms.encrypt(io.BytesIO(), [b"abc"], 4, [keys[0][1]])
    with pytest.raises(InvalidValue):
        _cms.encrypt(io.BytesIO(), [], _cms.MAX_BYTES + 1, [keys[0][1]])
