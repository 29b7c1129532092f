from __future__ import annotations

import pytest

from segur_interop.pdf._reading.lex import UNFINISHED, instructions


def test_an_instruction_is_its_operands_and_its_keyword() -> None:
    data = b"q 1 0 0 1 5 5 cm /F1 9 Tf (a 1 1 m b) Tj\nBI /W 1 ID \x00 f EI Q"
    assert [(operands.strip(), keyword) for operands, keyword in instructions(data)] == [
        (b"", b"q"),
        (b"1 0 0 1 5 5", b"cm"),
        (b"/F1 9", b"Tf"),
        (b"(a 1 1 m b)", b"Tj"),
        (b"", b"BI"),
        (b"/W 1", b"ID \x00 f EI"),
        (b"", b"Q"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"0 0 m 5 5 l 1 1 1 1 re /F1 9 Tf",
        b"0 0 m\n3 Tr",
        b"1 1 m(a 1 1 m )Tj 2 2 l f",
        b"1 1 ml 2 2 l f",
    ],
)
def test_paths_left_out_leave_every_other_instruction_as_it_is(data: bytes) -> None:
    every = [(o.strip(), k) for o, k in instructions(data) if k not in (b"m", b"l", b"re")]
    assert [(o.strip(), k) for o, k in instructions(data, paths=False)] == every


@pytest.mark.parametrize("data", [b"1 1 1", b"q (a b m)", b"q BI /W 1 ID \x01 x", b"q /N"])
def test_what_the_end_cuts_is_said(data: bytes) -> None:
    assert instructions(data)[-1][1] == UNFINISHED
    assert instructions(data, paths=False)[-1][1] == UNFINISHED


@pytest.mark.parametrize("paths", [True, False])
@pytest.mark.parametrize(
    "unit",
    [b"1 ", b"1 1 m ", b"/a ", b"(", b"[", b"<", b"ID ", b"BI ID ", b"BI ID x EI ", b"%\n", b"1"],
)
def test_a_megabyte_of_what_never_ends_is_read_once(unit: bytes, paths: bool) -> None:
    """Read again from each of its operands, it would keep the machine busy for an hour."""
    assert instructions(unit * (1_000_000 // len(unit)), paths=paths) is not None
