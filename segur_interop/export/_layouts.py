"""Which of the layouts a received tree has.

Ours; the two drafts of the ANS (IG Portabilité des données LGC: MANIFEST.JSON on the branch
ADD-PATCH-CONTENT of 2026-06-21, MANIFEST.XML on spec-tech of 2026-07-02); IHE_XDM archives; files.
"""

from __future__ import annotations

import enum
from typing import Final

from segur_interop.export import layout
from segur_interop.export._journal import WORK
from segur_interop.export._notes import Notes
from segur_interop.export._tree import Tree, is_stray

__all__ = ["Layout", "archives_of", "layout_of", "named"]


class Layout(enum.StrEnum):
    """How what was received is laid out."""

    EXPORT = "EXPORT"
    LOT = "LOT"
    ENCRYPTED = "ENCRYPTED"
    DRAFT_A = "DRAFT_A"
    DRAFT_B = "DRAFT_B"
    XDM = "XDM"
    ARCHIVES = "ARCHIVES"
    FILES = "FILES"


_DEEP: Final = 3


def named(tree: Tree, name: str, folder: str = "") -> str | None:
    """The file or folder of this name, whatever its case."""
    wanted = f"{folder}/{name}".casefold() if folder else name.casefold()
    files, folders = tree.children(folder, Notes(""))
    return next((item for item in (*files, *folders) if item.casefold() == wanted), None)


def layout_of(tree: Tree) -> Layout:
    """The layout, told by the names at the root."""
    files, folders = tree.children("", Notes(""))
    known = {name.upper() for name in (*files, *folders)}
    ours = {layout.CATALOGUE_JSON, layout.PATIENTS, WORK}
    lots = any(layout.parse_lot_name(name) is not None for name in folders)
    for is_so, kind in (
        (bool(ours & known) or lots, Layout.EXPORT),
        (layout.LOT_MANIFEST in known, Layout.LOT),
        (any(name.endswith(".P7M") for name in known), Layout.ENCRYPTED),
        (layout.MANIFEST in known, Layout.DRAFT_B),
        ("MANIFEST.JSON" in known, Layout.DRAFT_A),
        ("IHE_XDM" in known or "METADATA.XML" in known, Layout.XDM),
        (any(True for _ in archives_of(tree)), Layout.ARCHIVES),
    ):
        if is_so:
            return kind
    return Layout.FILES


def archives_of(tree: Tree, folder: str = "", deep: int = _DEEP) -> list[str]:
    """The zip files of a tree, by name."""
    files, folders = tree.children(folder, Notes(""))
    found = [name for name in files if name.upper().endswith(".ZIP") and not is_stray(name)]
    for inner in folders:
        if deep > 1 and not is_stray(inner):
            found += archives_of(tree, inner, deep - 1)
    return found
