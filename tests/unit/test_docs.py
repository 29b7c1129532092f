"""What README and the requirements table say is true."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRINTED = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)


def test_the_samples_of_the_readme_print_what_their_comments_say() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(block, "README.md", "exec"), {"__name__": "readme"})  # noqa: S102
        lines, comments = output.getvalue().splitlines(), PRINTED.findall(block)
        assert len(lines) == len(comments)
        for line, comment in zip(lines, comments, strict=True):
            assert line[:20] in comment


def test_the_commands_of_the_readme_exist(capsys: pytest.CaptureFixture[str]) -> None:
    from segur_interop.cli import main

    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"bin/segur-interop (.+?)(?: +#.*)?$", readme, re.MULTILINE)
    assert commands
    for command in commands:
        group = command.split()[:2]
        with pytest.raises(SystemExit, match="0"):
            main([*group, "--help"])
        assert "usage" in capsys.readouterr().out


def requirement_rows() -> dict[str, str]:
    table = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    rows = re.findall(r"^\| (M\d\d) \|.*\| (.*?) \|$", table, re.MULTILINE)
    assert len(rows) == len(dict(rows))
    return dict(rows)


def test_the_requirements_table_has_every_requirement_once() -> None:
    assert list(requirement_rows()) == [f"M{number:02d}" for number in range(1, 40)]


@pytest.mark.parametrize("requirement", requirement_rows())
def test_every_requirement_has_a_proof_that_exists_or_says_planned(requirement: str) -> None:
    proof = requirement_rows()[requirement]
    paths = re.findall(r"`((?:tests|examples)/[^`]+)`", proof)
    assert paths or "planned" in proof or "edge" in proof
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_fragment_of_news_has_a_known_type() -> None:
    names = [path.name for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    form = re.compile(r"[a-z0-9-]+\.(breaking|feature|fix|spec|security)\.md")
    assert [name for name in names if not form.fullmatch(name)] == []


def test_nothing_of_the_documentation_names_a_machine() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        assert not re.search(r"(?<![\w.])/(?:work|root|home|Users)/", path.read_text("utf-8"))
