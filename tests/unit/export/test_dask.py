"""The executor of dask.distributed, where it is installed."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW
from populations import Population, tree

from segur_interop import export

distributed = pytest.importorskip("distributed", reason="dask.distributed is absent")
pytestmark = pytest.mark.filterwarnings("ignore")  # its own, of sockets and event loops


def test_the_workers_of_dask_give_the_same_octets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tests = str(Path(__file__).parents[2])  # the openers of the population are found by workers
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")]))
    population = Population(tmp_path / "source", plain=6, broken=2)
    given = {
        "request": export.Request(),
        "sender": HOSPITAL,
        "extract_time": NOW,
        "export_id": "75249e6c-9779-4e57-bade-9978c2313ce9",
    }
    export.portability(population, tmp_path / "serial", **given).finish()
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None,
            local_directory=str(tmp_path / "dask"),
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as pool,
    ):  # fmt: skip
        warnings.simplefilter("ignore")
        run = export.portability(population, tmp_path / "dask-out", executor=pool, chunk=3, **given)
        run.finish()
    assert tree(tmp_path / "dask-out") == tree(tmp_path / "serial")
