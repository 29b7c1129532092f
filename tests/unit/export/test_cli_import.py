"""`segur-interop verify` and `import --dry-run`."""

from __future__ import annotations

import json
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from documents import HOSPITAL, NOW
from export_tampering import flip
from populations import Population, tree

from segur_interop import export
from segur_interop.cli import main


@pytest.fixture
def out(tmp_path: Path) -> Path:
    population = Population(tmp_path / "source", plain=2, broken=0)
    export.portability(
        population, tmp_path / "out", request=export.Request(), sender=HOSPITAL, extract_time=NOW
    ).finish()
    (tmp_path / "local.json").write_text(
        json.dumps([record.patient.to_dict() for record in population][:3])
    )
    return tmp_path / "out"


def test_verify_passes_then_fails_and_names_nobody(out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["verify", str(out)]) == 0
    flip(out / "LOT00001/PAT00001.ZIP")
    capsys.readouterr()
    assert main(["verify", str(out), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "failed"
    assert "export.archive.hash" in json.dumps(data)
    assert "HOMONYME" not in json.dumps(data)


def test_import_tells_the_plan_and_writes_the_receipt_only(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = tree(out)
    receipt = tmp_path / "ar.json"
    local = str(tmp_path / "local.json")
    told = ["--candidates", local, "--acknowledgement", str(receipt), "--json"]
    assert main(["import", str(out), "--dry-run", *told]) == 0
    data = json.loads(capsys.readouterr().out)
    assert tree(out) == before
    first = data["plan"][0]
    assert (first["decision"], first["ground"], first["record"]) == ("ATTACH", "INS", 1)
    assert json.loads(receipt.read_text())["patients"]["ATTACH"] == 2
    assert main(["import", str(out), "--dry-run", "--candidates", local]) == 0
    assert "ATTACH (INS, record 1), 3 item(s)" in capsys.readouterr().out


def test_import_without_dry_run_and_what_is_absent_are_refused(out: Path, tmp_path: Path):
    with pytest.raises(SystemExit) as caught:
        main(["import", str(out)])
    assert caught.value.code == 2
    assert main(["verify", str(tmp_path / "nothing")]) == 2
    (tmp_path / "certificate").write_text("none")
    assert main(["verify", str(out), "--certificate", str(tmp_path / "certificate")]) == 1


def test_an_encrypted_export_is_verified_with_its_key_only(out: Path, tmp_path: Path):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "recipient")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, SHA256())
    )
    (tmp_path / "c.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    sealed = str(export.encrypt(out, tmp_path / "sealed", [certificate]))
    given = ["--recipient", str(tmp_path / "c.pem"), "--key", str(tmp_path / "k.pem")]
    assert main(["verify", sealed]) == 1
    assert main(["verify", sealed, *given]) == 0
    assert main(["verify", sealed, *given[:2]]) == 1
    assert main(["verify", sealed, *given[:3], str(tmp_path / "c.pem")]) == 1


def test_a_process_that_ends_is_one_line(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def killed(*given: object, **named: object) -> None:
        raise BrokenProcessPool("a child process terminated abruptly")

    monkeypatch.setattr(export, "verify", killed)
    for command in (["verify", str(out)], ["import", str(out), "--dry-run"]):
        assert main(command) == 2
        assert capsys.readouterr().err == "segur-interop: a process of --workers ended\n"
