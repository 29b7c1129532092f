"""An export of the profile `pdlgc-b`, as `portability` writes it, checked from end to end."""

from __future__ import annotations

from concurrent.futures import Executor

from segur_interop.export._manifest_read import Header
from segur_interop.export._notes import Notes
from segur_interop.export._own_counts import check_balance, check_csv
from segur_interop.export._own_files import Files
from segur_interop.export._own_lots import Lots
from segur_interop.export._own_manifest import check_manifest
from segur_interop.export._tree import Tree
from segur_interop.findings import Report
from segur_interop.xdm import Limits

__all__ = ["OwnCheck"]


class OwnCheck:
    """One verification: what was noticed of the whole, and a report for each lot."""

    def __init__(self, tree: Tree, limits: Limits, executor: Executor | None) -> None:
        """Nothing is read yet."""
        self._tree, self._limits, self._executor = tree, limits, executor
        self.notes = Notes("export")
        self.header = Header()
        self.parts: list[Report] = []

    def run(self) -> None:
        """Every check in turn.

        Raises:
            OSError: a file cannot be read.
        """
        tree, notes = self._tree, self.notes
        files = Files(tree, notes)
        files.check()
        self.header = check_manifest(tree, notes)
        lots = Lots(tree, notes, files, self.header, self._limits)
        found = lots.check(self._executor)
        self.parts = lots.parts
        check_csv(tree, notes)
        check_balance(tree, notes, self.header, found)
