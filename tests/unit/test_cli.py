"""The command line: what a person types, what they read, and the exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from segur_interop.cli import main

PAYLOAD = (
    "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
    "S3DOMINIQUE MARIE-LOUISE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S751215"
)
IDENTITY = {
    "version": 1,
    "birth_name": "PAT-TROIS",
    "birth_given_names": "DOMINIQUE MARIE-LOUISE",
    "birth_date": "1979-03-28",
    "sex": "F",
    "birth_place": "51215",
    "matricule": {"value": "279035121518989", "oid": "1.2.250.1.213.1.4.10"},
    "status": "QUAL",
}
PERSONAL = ("PAT-TROIS", "DOMINIQUE", "MARIE", "1979", "27903512151", "51215")


@pytest.fixture
def identity_file(tmp_path):
    path = tmp_path / "identity.json"
    path.write_text(json.dumps(IDENTITY), encoding="utf-8")
    return path


def test_key_prints_the_key_of_thirteen_characters(capsys):
    assert main(["ins", "key", "2790351215189"]) == 0
    assert capsys.readouterr().out == "89\n"


def test_key_accepts_spaces_and_corsica(capsys):
    assert main(["ins", "key", "2 97 02 2A 020 778"]) == 0
    assert capsys.readouterr().out == "78\n"


@pytest.mark.parametrize(("matricule", "status"), [("279035121518989", 0), ("279035121518988", 1)])
def test_key_checks_fifteen_characters(capsys, matricule, status):
    assert main(["ins", "key", matricule, "--json"]) == status
    assert json.loads(capsys.readouterr().out) == {"valid": status == 0}


def test_key_refuses_another_shape_in_one_line_without_the_number(capsys):
    assert main(["ins", "key", "27903X"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "27903X" not in error


def test_decode_prints_the_traits_and_says_what_the_number_is(capsys):
    assert main(["ins", "decode", PAYLOAD]) == 0
    out = capsys.readouterr().out
    for text in ("PAT-TROIS", "DOMINIQUE MARIE-LOUISE", "1979-03-28", "279035121518989"):
        assert text in out
    assert "NIR_TEST" in out


def test_decode_json_is_what_from_dict_reads(capsys):
    from segur_interop import ins

    assert main(["ins", "decode", PAYLOAD, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert ins.Identity.from_dict(data["identity"]) == ins.decode(PAYLOAD)


def test_decode_reads_the_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PAYLOAD + "\r\n"))
    assert main(["ins", "decode", "-"]) == 0
    assert "PAT-TROIS" in capsys.readouterr().out


def test_decode_refuses_a_damaged_text_and_points_to_the_lenient_mode(capsys):
    damaged = PAYLOAD.replace("\x1d", "<GS>")
    assert main(["ins", "decode", damaged]) == 1
    captured = capsys.readouterr()
    assert "--lenient" in captured.err
    assert not any(text in captured.err for text in PERSONAL)
    assert main(["ins", "decode", damaged, "--lenient"]) == 0
    assert "PAT-TROIS" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_draw_writes_a_symbol_that_scan_reads_back(capsys, identity_file, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    assert main(["ins", "draw", "--json", str(identity_file), "-o", str(out)]) == 0
    assert out.stat().st_size > 0
    if suffix == ".png":
        assert main(["ins", "scan", str(out), "--json"]) == 0
        line = json.loads(capsys.readouterr().out)
        assert line["symbols"][0]["identity"]["matricule"]["value"] == "279035121518989"


def test_draw_refuses_an_identity_that_is_not_qualified(capsys, tmp_path):
    path = tmp_path / "identity.json"
    plain = {key: value for key, value in IDENTITY.items() if key != "matricule"}
    path.write_text(json.dumps({**plain, "status": "VALI"}), encoding="utf-8")
    out = tmp_path / "out.svg"
    assert main(["ins", "draw", "--json", str(path), "-o", str(out)]) == 1
    assert not out.exists()
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert not any(text in error for text in PERSONAL)


@pytest.mark.parametrize(
    "content", [b"not json", b"[]", b'{"version": 2}', b"\xff\xfe", b"[" * 5000]
)
def test_draw_refuses_what_is_no_identity(tmp_path, capsys, content):
    path = tmp_path / "identity.json"
    path.write_bytes(content)
    assert main(["ins", "draw", "--json", str(path), "-o", str(tmp_path / "o.svg")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_draw_names_the_formats_it_writes(identity_file, tmp_path, capsys):
    out = str(tmp_path / "o.gif")
    assert main(["ins", "draw", "--json", str(identity_file), "-o", out]) == 2
    assert ".svg or .png" in capsys.readouterr().err


def test_a_missing_file_is_named_by_its_rank_not_by_its_path(tmp_path, capsys):
    path = tmp_path / "DUPONT JEANNE.pdf"
    assert main(["ins", "scan", str(path)]) == 2
    error = capsys.readouterr().err
    assert "file 1" in error
    assert "DUPONT" not in error


def test_usage_errors_exit_with_two():
    with pytest.raises(SystemExit) as error:
        main(["ins"])
    assert error.value.code == 2


def test_the_command_is_installed_and_prints_its_version():
    done = subprocess.run(
        [sys.executable, "-m", "segur_interop.cli", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.strip()


def test_output_survives_a_terminal_without_accents():
    done = subprocess.run(
        [sys.executable, "-m", "segur_interop.cli", "ins", "decode", PAYLOAD],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0
    assert b"PAT-TROIS" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["ins", "key", "2", "79", "03", "51", "215", "189", "89"],
        ["ins", "decode", "IS01", "DUPONT"],
        ["ins", "decode", "x", "--json=DUPONT"],
        ["ins", "DUPONT"],
        ["DUPONT"],
        ["pdfa", "stamp", "x", "--identity", "y", "-o", "z", "--place", "DUPONT"],
    ],
)
def test_usage_errors_repeat_nothing_that_was_typed(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert not any(text in message for text in ("DUPONT", "215", "189"))


def test_a_wrong_key_of_production_is_printed_and_exits_with_one(capsys):
    wrong = PAYLOAD.replace("S21.2.250.1.213.1.4.10", "S21.2.250.1.213.1.4.8\x1d")
    wrong = wrong.replace("279035121518989", "279035121518988")
    assert main(["ins", "decode", wrong]) == 1
    assert "ins.matricule.key" in capsys.readouterr().out


def test_the_status_is_told_with_who_says_so(capsys):
    assert main(["ins", "decode", PAYLOAD]) == 0
    assert "QUALIFIEE (selon l'émetteur)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        b'{"version": 1, "x": ' + b"1" * 5000 + b"}",
        b'{"version": 1, "birth_name": "A", "birth_name": "B"}',
        b" " * 10_000_001,
    ],
)
def test_json_oddities_are_refused_in_one_line(tmp_path, capsys, content):
    path = tmp_path / "identity.json"
    path.write_bytes(content)
    assert main(["ins", "draw", "--json", str(path), "-o", str(tmp_path / "o.svg")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_json_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "identity.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(IDENTITY).encode())
    assert main(["ins", "draw", "--json", str(path), "-o", str(tmp_path / "o.svg")]) == 0


def test_draw_reads_what_decode_prints_and_still_asks_the_gate(tmp_path, capsys):
    assert main(["ins", "decode", PAYLOAD, "--json"]) == 0
    path = tmp_path / "identity.json"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["ins", "draw", "--json", str(path), "-o", str(tmp_path / "o.svg")]) == 1
    assert "adopted" in capsys.readouterr().err


def test_key_reads_the_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("2790351215189\n"))
    assert main(["ins", "key", "-"]) == 0
    assert capsys.readouterr().out == "89\n"


def shell(line: str, **keywords) -> subprocess.CompletedProcess[bytes]:
    program = f"{sys.executable} -m segur_interop.cli"
    return subprocess.run(
        ["sh", "-c", line.replace("SEGUR", program)], capture_output=True, timeout=60, **keywords
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("printf 'IS01\\377' | SEGUR ins decode -", 1),
        ("SEGUR ins decode - <&-", 2),
        ("SEGUR ins key 2790351215189 >&-", 2),
        ("SEGUR ins key 27903 2>&-", 1),
        ("head -c 200000 /dev/zero | SEGUR ins decode -", 1),
        ("SEGUR ins draw --json /dev/zero -o /dev/null.svg", 1),
    ],
)
def test_closed_or_odd_streams_end_without_a_traceback(line, status):
    done = shell(line)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr + done.stdout


def test_json_output_is_json_on_a_terminal_without_accents():
    payload = PAYLOAD.replace("279035121518989", "279030021518989")
    done = subprocess.run(
        [sys.executable, "-m", "segur_interop.cli", "ins", "decode", payload, "--json"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert json.loads(done.stdout)["findings"]


def test_an_interruption_ends_quietly(monkeypatch, capsys):
    def interrupt(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("segur_interop.ins.matricule_key", interrupt)
    assert main(["ins", "key", "2790351215189"]) == 130
    assert "Traceback" not in capsys.readouterr().err
