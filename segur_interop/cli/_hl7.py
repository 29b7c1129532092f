"""`segur-interop hl7`: the group of the message commands."""

from __future__ import annotations

import argparse

from segur_interop.cli import _mllp

__all__ = ["commands"]


def commands(parser: argparse.ArgumentParser) -> None:
    """Declare the commands."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)
    _mllp.add_commands(group)
