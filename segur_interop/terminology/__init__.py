"""Code tables of the French specifications: value sets, associations, codes.

Nothing is read until a table is asked for; each is read once. `data/*.json` is made from the
official files by `tools/update_tables.py`.
"""

from __future__ import annotations

from segur_interop.terminology.association import Association
from segur_interop.terminology.code import Code
from segur_interop.terminology.confidentiality import Confidentiality, Masking
from segur_interop.terminology.tables import (
    association,
    associations,
    class_for_type,
    format_for_media_type,
    format_for_template,
    value_set,
    value_sets,
)
from segur_interop.terminology.valueset import ValueSet

__all__ = [
    "Association",
    "Code",
    "Confidentiality",
    "Masking",
    "ValueSet",
    "association",
    "associations",
    "class_for_type",
    "format_for_media_type",
    "format_for_template",
    "value_set",
    "value_sets",
]
