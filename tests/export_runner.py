"""A run in a process of its own, to be killed: `export_runner.py SOURCE OUT PLAIN WORKERS`."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from documents import HOSPITAL, NOW
from populations import Population

from segur_interop import export
from segur_interop.export import _journal


def main(source: str, out: str, plain: str, workers: str) -> None:
    population = Population(Path(source), plain=int(plain), broken=2)
    _journal.GROUP = 4  # so that there is much to continue from
    pool = ProcessPoolExecutor(int(workers)) if int(workers) else None
    run = export.portability(
        population,
        out,
        executor=pool,
        chunk=2,
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
