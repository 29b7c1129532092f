"""A symbol is scanned: which of our patients is it? And which ones must a person look at?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from segur_interop import ins


@dataclass(frozen=True)
class Record:
    """A patient of the caller's own database; all `preselect` asks for is `.identity`."""

    number: int
    identity: ins.Identity


# Fictitious people; the first one is the test patient of the ANS.
DOMINIQUE = ins.Identity(
    birth_name="PAT-TROIS",
    birth_given_names="DOMINIQUE MARIE-LOUISE",
    first_birth_given_name="DOMINIQUE",
    birth_date=date(1979, 3, 28),
    sex=ins.Sex.F,
    birth_place="51215",
    matricule=ins.Matricule.parse("279035121518989", oid="1.2.250.1.213.1.4.10"),
    status=ins.IdentityStatus.QUALIFIEE,
)
SYMBOL = (
    "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10"
    "S3DOMINIQUE MARIE-LOUISE\x1dS4PAT-TROIS\x1dS5FS628-03-1979S751215"
)


def show(title: str, match: ins.Match[Record]) -> None:
    """What a screen would tell, without a single personal value."""
    found = f"record {match.candidate.number}" if match.candidate else f"nobody ({match.ack_code})"
    print(f"{title}: {found}")
    for proposal in match.others:
        print(f"  look at record {proposal.candidate.number}: {proposal.reason.value}")


received = ins.decode(SYMBOL)

match = ins.preselect(received, [Record(1, DOMINIQUE)])
show("qualified on both sides", match)
assert match.candidate is not None

unverified = replace(DOMINIQUE, status=ins.IdentityStatus.RECUPEREE)
match = ins.preselect(received, [Record(2, unverified)])
show("known here, but not verified", match)
assert not match

other_name = replace(DOMINIQUE, birth_name="PAT-QUATRE")
match = ins.preselect(received, [Record(3, other_name)])
show("same matricule, other name", match)
assert not match
assert match.ack_code == "904"

match = ins.preselect(received, [Record(4, DOMINIQUE), Record(5, DOMINIQUE)])
show("twice the same person", match)
assert not match
