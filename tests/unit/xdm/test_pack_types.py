"""A wrong type of argument of `pack` is a TypeError that names it."""

from __future__ import annotations

from typing import Any

import pytest
from documents import HOSPITAL, PATIENT, wrap

from segur_interop import xdm
from segur_interop.terminology import Masking


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("source", item) for item in (None, "x", PATIENT)),
        *(("submission", item) for item in ("x", {})),
        *(("masks", item) for item in ("INVISIBLE_PATIENT", {None}, ["INVISIBLE_PATIENT"])),
        *(("forward", item) for item in ("no", 0, None)),
        *(("incomplete", item) for item in ("no", 1)),
        *(("software", item) for item in ("x", ("a", "b", "c"))),
        *(("compression", item) for item in (None, 8)),
    ],
)
def test_an_argument_of_another_type_is_named(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=rf"^{name}(\[0\])? (is|are) "):
        xdm.pack([wrap()], **{"source": HOSPITAL, name: value})


@pytest.mark.parametrize("value", ["lettre.xml", b"lettre.xml", None, 3])
def test_a_document_is_no_path(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^documents\[1\] is a "):
        xdm.pack([wrap(), value], source=HOSPITAL)


@pytest.mark.parametrize("value", ["lettre.xml", b"lettre.xml"])
def test_documents_are_no_path(value: Any) -> None:
    with pytest.raises(TypeError, match="^documents are "):
        xdm.pack(value, source=HOSPITAL)


def test_the_metadata_of_an_entry_are_metadata() -> None:
    with pytest.raises(TypeError, match=r"^documents\[0\]\.metadata is a "):
        xdm.pack([xdm.Entry(b"x", None)], source=HOSPITAL)  # type: ignore[arg-type]


def test_the_masks_of_an_entry_are_masks() -> None:
    with pytest.raises(TypeError, match="^masks are "):
        xdm.Entry.of(wrap(), masks="MASQUE_PS")  # type: ignore[arg-type]
    assert xdm.Entry.of(wrap(), masks=[Masking.MASQUE_PS]).metadata.masks
