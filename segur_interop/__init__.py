"""French hospital and pharmacy interoperability (Ségur numérique) as plain Python values.

PDF bytes, a patient's national identity and a context go in; a conformant national document
comes out, travels, and finds its patient at the other end.

Sub-packages are loaded on first use: `import segur_interop` costs the standard library only.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__version__ = "0.1.0.dev0"

_SUBPACKAGES = (
    "audit",
    "cda",
    "conformance",
    "errors",
    "export",
    "findings",
    "hl7",
    "ins",
    "model",
    "pdf",
    "terminology",
    "xdm",
)

__all__ = ["__version__", *_SUBPACKAGES]


def __getattr__(name: str) -> ModuleType:
    if name in _SUBPACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBPACKAGES})
