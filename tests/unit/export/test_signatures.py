"""Signatures of an export: the certificate that the receiver trusts decides, and nothing else."""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from documents import HOSPITAL
from export_tampering import flip, replace, reseal
from populations import Population, tree

from segur_interop import export
from segur_interop.export import _cms
from segur_interop.findings import Verdict

NOW = datetime.now(UTC).replace(microsecond=0)


def certified(key: Any, name: str = "sender", start: datetime = NOW) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - timedelta(days=1))
        .not_valid_after(start + timedelta(days=1))
        .sign(key, SHA256())
    )


@pytest.fixture(scope="module", params=["rsa", "elliptic"])
def signed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, x509.Certificate, Any]:
    folder = tmp_path_factory.mktemp("signed")
    key: Any = (
        rsa.generate_private_key(65537, 2048)
        if request.param == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    certificate = certified(key)
    export.portability(
        Population(folder / "source", plain=1),
        folder / "out",
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
        signer=export.signer(certificate, key),
    ).finish()
    return folder / "out", certificate, key


@pytest.fixture
def out(signed: tuple[Path, x509.Certificate, Any], tmp_path: Path) -> Path:
    shutil.copytree(signed[0], tmp_path / "out")
    return tmp_path / "out"


def rules(out: Path, certificate: x509.Certificate) -> set[str]:
    return {item.rule for item in export.verify(out, certificate=certificate).errors}


def test_the_certificate_verifies_both_signatures(signed: tuple[Path, x509.Certificate, Any]):
    report = export.verify(signed[0], certificate=signed[1])
    assert report, str(report)
    assert "export.signature" in report.checked


def test_without_certificate_nothing_is_claimed(signed: tuple[Path, x509.Certificate, Any]):
    report = export.verify(signed[0])
    assert report.verdict is Verdict.INCOMPLETE
    assert len(report.not_run) == 2


def test_another_certificate_is_told(signed: tuple[Path, x509.Certificate, Any]):
    other = certified(rsa.generate_private_key(65537, 2048))
    assert "export.signature" in rules(signed[0], other)


def test_the_name_and_number_of_a_certificate_prove_nothing(
    signed: tuple[Path, x509.Certificate, Any],
):
    """Another key under the same issuer and serial number."""
    real = signed[1]
    key = rsa.generate_private_key(65537, 2048)
    false = (
        x509.CertificateBuilder()
        .subject_name(real.subject)
        .issuer_name(real.issuer)
        .public_key(key.public_key())
        .serial_number(real.serial_number)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, SHA256())
    )
    assert "export.signature" in rules(signed[0], false)


def test_a_forger_who_makes_every_hash_again_is_found(
    out: Path, signed: tuple[Path, x509.Certificate, Any]
):
    replace(out / "README.TXT", "e", "a")
    reseal(out)
    found = export.verify(out, certificate=signed[1]).errors
    assert [(item.rule, item.place) for item in found] == [("export.signature", "CHECKSUM.P7S")]


def test_a_replaced_a_changed_and_an_absent_signature_are_found(
    out: Path, signed: tuple[Path, x509.Certificate, Any]
):
    whole = (out / "MANIFEST.P7S").read_bytes()
    shutil.copy(out / "CHECKSUM.P7S", out / "MANIFEST.P7S")
    assert rules(out, signed[1]) == {"export.signature"}
    for at in (0.0, 0.01, 0.3, 0.7, 0.99):
        (out / "MANIFEST.P7S").write_bytes(whole)
        flip(out / "MANIFEST.P7S", at)
        report = export.verify(out, certificate=signed[1])
        changed_what_is_signed = at in (0.0, 0.01, 0.99)
        assert not changed_what_is_signed or not report, at
    for octets in (b"", b"\x30", b"\x30\x84", whole[:50], b"\x30\x80" + whole):
        (out / "MANIFEST.P7S").write_bytes(octets)
        assert rules(out, signed[1]) == {"export.signature"}
    (out / "MANIFEST.P7S").unlink()
    assert rules(out, signed[1]) == {"export.signature.absent"}


def test_a_certificate_out_of_its_time_is_told(tmp_path: Path):
    key = rsa.generate_private_key(65537, 2048)
    old = certified(key, start=NOW - timedelta(days=30))
    export.portability(
        Population(tmp_path / "source", plain=1), tmp_path / "out", request=export.Request(),
        sender=HOSPITAL, extract_time=NOW, signer=export.signer(old, key),
    ).finish()  # fmt: skip
    assert rules(tmp_path / "out", old) == {"export.signature.validity"}


def test_what_is_encrypted_is_compared_and_not_believed(
    signed: tuple[Path, x509.Certificate, Any], tmp_path: Path
):
    key = rsa.generate_private_key(65537, 2048)
    export.encrypt(signed[0], tmp_path / "sealed", [certified(key)])
    report = export.verify(tmp_path / "sealed")
    assert report.verdict is Verdict.INCOMPLETE
    flip(tmp_path / "sealed" / "LOT00001.P7M")
    report = export.verify(tmp_path / "sealed")
    assert {item.rule for item in report.errors} == {"export.file.hash"}


def test_what_is_encrypted_is_verified_with_the_key_and_nothing_is_written(
    signed: tuple[Path, x509.Certificate, Any], tmp_path: Path
):
    key = rsa.generate_private_key(65537, 2048)
    recipient = (certified(key), key)
    sealed = export.encrypt(signed[0], tmp_path / "sealed", [recipient[0]])
    before = tree(sealed)
    report = export.verify(sealed, certificate=signed[1], recipient=recipient)
    assert report, str(report)
    assert [part.name for part in report.parts] == ["encrypted export", "LOT00001"]
    assert tree(tmp_path) == {f"sealed/{name}": octets for name, octets in before.items()}
    flip(sealed / "LOT00001.P7M")
    told = {item.rule for item in export.verify(sealed, recipient=recipient).errors}
    assert {"export.sealed", "export.file.hash", "export.archive.absent"} <= told


def test_a_wrong_key_is_one_finding_and_nothing_else_is_said(
    signed: tuple[Path, x509.Certificate, Any], tmp_path: Path
):
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    theirs = certified(key)
    sealed = export.encrypt(signed[0], tmp_path / "sealed", [theirs])
    for certificate, why in (
        (certified(other), "it is for other recipients"),
        (theirs, "not the key of this recipient"),
    ):
        report = export.verify(sealed, certificate=signed[1], recipient=(certificate, other))
        (finding,) = report
        assert finding.rule == "export.sealed"
        assert finding.message == (
            f"the files cannot be decrypted with this certificate and key: {why}"
        )
        assert report.verdict is Verdict.FAILED
        assert report.not_run == ("nothing could be decrypted: the export itself was not checked",)


def test_a_part_that_is_for_others_is_told_alone(
    signed: tuple[Path, x509.Certificate, Any], tmp_path: Path
):
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    certificate = certified(key)
    mine = export.encrypt(signed[0], tmp_path / "mine", [certificate])
    theirs = export.encrypt(signed[0], tmp_path / "theirs", [certified(other)])
    shutil.copy(theirs / "LOT00001.P7M", mine)
    report = export.verify(mine, recipient=(certificate, key))
    told = [(item.message, item.place) for item in report if item.rule == "export.sealed"]
    assert told == [("cannot be decrypted: it is for other recipients", "LOT00001.P7M")]


def test_names_in_small_letters_are_decrypted_too(
    signed: tuple[Path, x509.Certificate, Any], tmp_path: Path
):
    key = rsa.generate_private_key(65537, 2048)
    certificate = certified(key)
    sealed = export.encrypt(signed[0], tmp_path / "sealed", [certificate])
    for path in list(sealed.iterdir()):
        path.rename(sealed / path.name.lower())
    report = export.verify(sealed, certificate=signed[1], recipient=(certificate, key))
    assert report, str(report)


def test_a_header_of_any_length_in_what_is_encrypted_is_not_held(tmp_path: Path):
    """Whoever has the certificate can encrypt: a name of 20 MB is refused before it is read."""
    key = rsa.generate_private_key(65537, 2048)
    certificate, size = certified(key), 20_000_000
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, size
    head = name.tobuf(tarfile.GNU_FORMAT)
    with (tmp_path / "EXPORT.P7M").open("wb") as stream:
        whole = len(head) + size + 2048
        _cms.encrypt(stream, (head, bytes(size), bytes(2048)), whole, [certificate])
    tracemalloc.start()
    try:
        report = export.verify(tmp_path, recipient=(certificate, key))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    (finding,) = report
    assert finding.message == "cannot be decrypted: a header too long in the tar"


@pytest.mark.parametrize("name", ["MANIFEST.P7S", "CHECKSUM.P7S", "TRANSV/TRANSV.ZIP"])
def test_a_signature_or_an_agenda_that_the_system_cannot_read_is_wrong_alone(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    key = rsa.generate_private_key(65537, 2048)
    certificate = certified(key)
    with zipfile.ZipFile(tmp_path / "transverse.zip", "w") as archive:
        archive.writestr("AGENDA.ICS", "BEGIN:VCALENDAR")
    out = tmp_path / "out"
    export.portability(
        Population(tmp_path / "source", plain=1), out, request=export.Request(), sender=HOSPITAL,
        extract_time=NOW, signer=export.signer(certificate, key),
        transverse=tmp_path / "transverse.zip",
    ).finish()  # fmt: skip
    real = os.open

    def worn(path: object, *rest: int, **more: object) -> int:
        if str(path).endswith(f"out/{name}"):
            raise OSError(errno.EIO, "input/output error", str(path))
        return real(path, *rest, **more)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(os, "open", worn)
    report = export.verify(out, certificate=certificate)
    assert ("export.file.unreadable", name) in {(item.rule, item.place) for item in report.errors}
    assert {item.place for item in report.errors} == {name}
