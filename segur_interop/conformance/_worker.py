"""The child process: judges the documents that it is sent, one line of JSON for each stage.

The engine is native code: an abort of it, or a stage that never ends, is lost with this process
and not with the caller's.

Lines in, each followed by `length` octets when it announces a document:
    {"kit": folder, "cache": folder}             once
    {"stages": [path in the kit, ...], "length": n}
Lines out, one for each stage, in order:
    {"stage": path in the kit, "findings": [...], "not_run": [...]}
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from segur_interop._xml import parse
from segur_interop.conformance._engine import Engine
from segur_interop.conformance._kit import XSD, Kit
from segur_interop.conformance._stage import Outcome
from segur_interop.conformance._xsd import Schema
from segur_interop.errors import CheckNotRun, SegurError

__all__ = ["Judge", "main", "serve"]


class Judge:
    """Loads the schema and the engine at the first stage that needs them."""

    def __init__(self, kit: Kit, cache: Path) -> None:
        self._kit = kit
        self._cache = cache
        self._schema: Schema | None = None
        self._engine: Engine | None = None
        self._tree: Any = None

    def begin(self) -> None:
        """Forget the document before."""
        self._tree = None

    def judge(self, stage: str, root: etree._Element) -> Outcome:
        """The outcome of one stage; what cannot run says so."""
        try:
            return self._run(stage, root)
        except SegurError as error:
            return Outcome(not_run=[str(error)])
        except Exception as error:  # a stage that fails in its own way is no verdict
            return Outcome(not_run=[f"could not run ({type(error).__name__})"])

    def _run(self, stage: str, root: etree._Element) -> Outcome:
        if self._schema is None:
            self._schema = Schema(self._kit)
        if stage == XSD:
            return self._schema.judge(root)
        if self._engine is None:
            self._engine = Engine(self._kit, self._cache, self._schema.places)
        if self._tree is None:
            self._tree = self._engine.read(root)
        return self._engine.judge(stage, root, self._tree)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the source ends."""
    setting = _line(source)
    if setting is None:
        return
    judge: Judge | None = None
    refusal = ""
    try:
        judge = Judge(Kit(setting["kit"]), Path(setting["cache"]))
    except CheckNotRun as error:
        refusal = str(error)
    while (request := _line(source)) is not None:
        document = source.read(request["length"])
        root: etree._Element | None = None
        for stage in request["stages"]:
            if judge is None:
                outcome = Outcome(not_run=[refusal])
            else:
                if root is None:
                    root = parse(document)
                    judge.begin()
                outcome = judge.judge(stage, root)
            answer = {"stage": stage, **outcome.to_json()}
            sink.write(json.dumps(answer).encode() + b"\n")
            sink.flush()


def _line(source: BinaryIO) -> dict[str, Any] | None:
    line = source.readline()
    if not line:
        return None
    request: dict[str, Any] = json.loads(line)
    return request


def main() -> None:
    """Serve on the standard streams; whatever else writes there writes to nowhere."""
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    serve(sys.stdin.buffer, sink)
