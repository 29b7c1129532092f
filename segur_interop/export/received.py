"""What a receiver gets: patients, and the items of each, opened when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from segur_interop._masking import Masked, shown
from segur_interop.export.catalogue import Line
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity
from segur_interop.model import LocalId
from segur_interop.xdm import DocumentEntry, Entry

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["ReceivedItem", "ReceivedPatient", "oldest_first"]

WHO: Final = ("export.identity.", "xdm.patient.", "export.receive.nobody")
"""Rules that tell of a doubt about who the patient is."""
DAMAGE: Final = frozenset(
    {"xdm.file.hash", "xdm.file.size", "xdm.file.damaged", "export.catalogue.hash"}
)
"""Rules that tell of octets that are not those that were sent."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceivedItem(Masked):
    """One document or file.

    Attributes:
        id: identifier in the software of the sender; else that of the document, else its rank.
        entry: the file, with its XDS metadata; opened when asked for.
        line: its line of the catalogue; None without.
        sha256: of its octets as they were received; "" when they are damaged.
        replaces: id of the item that this one replaces; it comes before.
        twin_of: id of the structured document of which this PDF is the double.
        readable: a form of it for people, PDF or HTML; None without.
        findings: what was noticed about it.
    """

    id: str = field(metadata=shown())
    entry: Entry
    line: Line | None = None
    sha256: str = field(default="", metadata=shown())
    replaces: str = field(default="", metadata=shown())
    twin_of: str = field(default="", metadata=shown())
    readable: Entry | None = None
    findings: tuple[Finding, ...] = field(default=(), metadata=shown())

    @property
    def metadata(self) -> DocumentEntry:
        """Its XDS metadata; empty but for size and type when there are none."""
        return self.entry.metadata

    @property
    def is_damaged(self) -> bool:
        """True when its octets are not those that were sent."""
        return not self.sha256 or any(
            item.severity is Severity.ERROR and item.rule in DAMAGE for item in self.findings
        )

    def open(self) -> BinaryIO:
        """A stream of its octets, to be closed.

        Raises:
            ArchiveError: damaged.
            OSError: the file cannot be read.
        """
        return self.entry.open()

    def document(self) -> Document | None:
        """The CDA that it is, None for another kind of file.

        Raises:
            ArchiveError: damaged.
            InvalidDocument: announced as XML, and it cannot be read.
            OSError: the file cannot be read.
        """
        return self.entry.document()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceivedPatient(Masked):
    """One patient, on the word of the sender.

    Attributes:
        place: where they are: `LOTnnnnn/PATnnnnn.ZIP`, or a rank; the key of a plan.
        identity: `asserted`: it is compared, and never transmitted before `adopt`.
        ids: identifiers in the domains of the sender.
        items: oldest first: what is replaced comes before what replaces it.
        lost: items that the catalogue lists and that cannot be opened.
        findings: what was noticed about them all.
    """

    place: str = field(metadata=shown())
    identity: Identity
    ids: tuple[LocalId, ...] = ()
    items: tuple[ReceivedItem, ...] = ()
    lost: int = field(default=0, metadata=shown())
    findings: tuple[Finding, ...] = field(default=(), metadata=shown())

    @property
    def is_doubtful(self) -> bool:
        """True when who it is is told in two ways, or not at all: a person looks first."""
        return any(
            item.severity is Severity.ERROR and item.rule.startswith(WHO)
            for item in (*self.findings, *(each for item in self.items for each in item.findings))
        )


def oldest_first(items: Iterable[ReceivedItem]) -> tuple[ReceivedItem, ...]:
    """What is replaced before what replaces it; else the order received.

    Two items may have one identifier: both are kept.
    """
    listed = list(items)
    held = {item.id: item for item in reversed(listed)}
    placed: dict[int, ReceivedItem] = {}
    for item in listed:
        chain: dict[int, ReceivedItem] = {}
        current: ReceivedItem | None = item
        while current is not None and id(current) not in placed and id(current) not in chain:
            chain[id(current)] = current
            current = held.get(current.replaces)
        placed |= dict(reversed(chain.items()))
    return tuple(placed.values())
