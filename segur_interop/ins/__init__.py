"""The national health identity (INS): its data and its rules.

An identity is built or read, judged by its findings, written by `encode` and `draw` only when
it is QUALIFIEE here, and compared with `compare` and `preselect`.
"""

from __future__ import annotations

from segur_interop.ins.compare import Comparison, TraitComparison, TraitVerdict, compare
from segur_interop.ins.datamatrix import decode, encode
from segur_interop.ins.identity import Identity
from segur_interop.ins.matricule import (
    INS_OIDS,
    PRODUCTION_OIDS,
    Matricule,
    MatriculeKind,
    matricule_key,
)
from segur_interop.ins.preselect import HasIdentity, Match, Proposal, Reason, preselect
from segur_interop.ins.scan import Place, Scan, ScannedSymbol, scan
from segur_interop.ins.status import TRANSITIONS, Attribute, IdentityEvent, IdentityStatus
from segur_interop.ins.symbol import Symbol, draw, symbol
from segur_interop.ins.traits import (
    CompletedDate,
    Sex,
    Traits,
    complete_birth_date,
    normalise_given_names,
    normalise_name,
    search_key,
    search_keys,
)
from segur_interop.ins.transitions import Evidence

__all__ = [
    "INS_OIDS",
    "PRODUCTION_OIDS",
    "TRANSITIONS",
    "Attribute",
    "Comparison",
    "CompletedDate",
    "Evidence",
    "HasIdentity",
    "Identity",
    "IdentityEvent",
    "IdentityStatus",
    "Match",
    "Matricule",
    "MatriculeKind",
    "Place",
    "Proposal",
    "Reason",
    "Scan",
    "ScannedSymbol",
    "Sex",
    "Symbol",
    "TraitComparison",
    "TraitVerdict",
    "Traits",
    "compare",
    "complete_birth_date",
    "decode",
    "draw",
    "encode",
    "matricule_key",
    "normalise_given_names",
    "normalise_name",
    "preselect",
    "scan",
    "search_key",
    "search_keys",
    "symbol",
]
