"""The command `segur-interop`: one public function of the library behind each command.

Human text by default, `--json` for machines. Exit status: 0 done and sound, 1 the answer is no
(refused, not found, a wrong key), 2 the command could not be carried out (usage, file).
Errors are one line on the standard error and hold no personal data; a file is named by its rank
on the command line, as a path may hold a name.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

import segur_interop
from segur_interop.cli import _demo, _documents, _export, _hl7, _import, _ins, _pdfa
from segur_interop.cli._output import FAILED, INTERRUPTED, REFUSED, Parser, one_line, say
from segur_interop.errors import SegurError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status: int = arguments.command(arguments)
        if sys.stdout is None:
            return say("no standard output", FAILED)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left: nothing more to say
        return FAILED
    except SegurError as error:
        return say(one_line(error), REFUSED)
    except BrokenExecutor:
        return say("a process of --workers ended", FAILED)
    except OSError as error:
        return say(error.strerror or type(error).__name__, FAILED)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="segur-interop", description="French health interoperability from the command line."
    )
    parser.add_argument("--version", action="version", version=segur_interop.__version__)
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    _ins.commands(groups.add_parser("ins", help="the national health identity (INS)"))
    _pdfa.commands(groups.add_parser("pdfa", help="PDF/A-1: check, convert, stamp"))
    _documents.commands(groups)
    _hl7.commands(groups.add_parser("hl7", help="HL7 v2 messages: read, send, receive"))
    _export.commands(groups)
    _import.commands(groups)
    _demo.commands(groups.add_parser("demo", help="the main job, on a fictitious patient"))
    return parser
