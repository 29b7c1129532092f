"""What every test stands on: no network, official data found or missed aloud, steady examples."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
BY_NAME_ONLY = ("bench", "scale")

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

pytest_plugins = ["network_guard"]


def official_folder() -> Path:
    """Where the official data is expected."""
    named = os.environ.get("SEGUR_OFFICIAL")
    return Path(named).resolve() if named else ROOT.parent / "shared" / "official"


def official_required() -> bool:
    """True in the tox environment `official`: what is absent then fails."""
    return os.environ.get("SEGUR_OFFICIAL_REQUIRED") == "1"


def _absent(what: str) -> str:
    return f"{what} is absent (SEGUR_OFFICIAL names the folder of the official data)"


@pytest.fixture(scope="session")
def official() -> Path:
    """The folder of the official data; the test is skipped, or fails, without it."""
    folder = official_folder()
    if not folder.is_dir():
        pytest.skip(_absent("the official data"))
    return folder


@pytest.fixture(scope="session")
def official_tools(official: Path) -> Path:
    """The folder of the official judges, `validate_cda.py` and `judge_pdfa.py`."""
    folder = Path(os.environ.get("SEGUR_TOOLS") or official.parent / "tools")
    if not folder.is_dir():
        pytest.skip("the folder of the official judges is absent (SEGUR_TOOLS names it)")
    return folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.official_files("folder/**/*.xml")` gives `official_file` each such file."""
    marker = metafunc.definition.get_closest_marker("official_files")
    if marker is None:
        return
    folder, pattern = official_folder(), marker.args[0]
    files = [
        pytest.param(file, id=file.relative_to(folder).as_posix(), marks=pytest.mark.official)
        for file in sorted(folder.glob(pattern))
        if file.is_file()
    ]
    skip = pytest.mark.skip(reason=_absent(pattern))
    none = [pytest.param(None, id="absent", marks=[pytest.mark.official, skip])]
    metafunc.parametrize("official_file", files or none)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Measurements run only when their marker is asked for."""
    hidden = {name for name in BY_NAME_ONLY if name not in (config.option.markexpr or "")}
    out = [item for item in items if any(item.get_closest_marker(name) for name in hidden)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in set(out)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where official data is required, a skip is a check that did not run: it fails."""
    report = yield
    is_official = item.get_closest_marker("official") is not None
    if report.skipped and is_official and official_required() and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"required, did not run: {reason}"
    return report
