"""What `segur-interop demo` writes, before the official judges."""

from __future__ import annotations

import subprocess
import sys

import pytest

from segur_interop.cli import main

pytestmark = pytest.mark.official


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    assert main(["demo", str(out)]) == 0
    return out


def test_the_document_passes_the_kit_through_the_command_line(official, demo, capsys):
    pytest.importorskip("saxonche")
    status = main(["check", str(demo / "lettre.xml"), "--kit", str(official / "ans-kit")])
    assert status == 0, capsys.readouterr().out


def test_the_letter_passes_both_judges_of_pdfa(official_tools, demo):
    pytest.importorskip("jpype")
    judge = [sys.executable, str(official_tools / "judge_pdfa.py"), str(demo / "lettre.pdf")]
    done = subprocess.run(judge, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == 2:
        pytest.skip(f"a judge could not run: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stdout
