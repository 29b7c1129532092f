"""`segur-interop hl7 serve | send`: messages over MLLP."""

from __future__ import annotations

from typing import Any

__all__ = ["add_commands"]


def add_commands(group: Any) -> None:
    """Declare the commands in the group `hl7`."""
