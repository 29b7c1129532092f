"""Official validation: the schema and the schematrons of the ANS CDA kit, run on the reader's copy.

The kit (TestContenuCDA, published by the ANS) is not part of this library: give its folder.
"""

from __future__ import annotations

from segur_interop.conformance._run import DEFAULT_TIMEOUT, check, check_many

__all__ = ["DEFAULT_TIMEOUT", "check", "check_many"]
