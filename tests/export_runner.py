"""A run in a process of its own, that can be killed: `python export_runner.py SOURCE OUT PLAIN`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from documents import HOSPITAL, NOW
from populations import Population

from segur_interop import export
from segur_interop.export import _journal


def main(source: str, out: str, plain: str) -> None:
    population = Population(Path(source), plain=int(plain), broken=2)
    _journal.GROUP = 4  # so that there is much to continue from
    run = export.portability(
        population,
        out,
        request=export.Request(),
        sender=HOSPITAL,
        export_id="75249e6c-9779-4e57-bade-9978c2313ce9",
        extract_time=NOW,
        lots=export.LotLimits(patients=9),
    )
    print("ready", flush=True)
    run.finish()
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
