"""Run every script and notebook of `examples/`, each in an empty folder of its own.

    python tools/run_examples.py [NAME...]

An example fails by its exit status, or by the exception of a notebook's cell.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "examples"
SECONDS = 600


def run_script(path: Path, folder: str) -> bool:
    """True when the script ends well."""
    run = subprocess.run(  # noqa: S603 (our own files)
        [sys.executable, "-W", "error", str(path)], cwd=folder, timeout=SECONDS, check=False
    )
    return run.returncode == 0


def run_notebook(path: Path, folder: str) -> bool:
    """True when every cell runs."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(error)
        return False
    return True


def main(names: list[str]) -> int:
    """Run those named, or all; 1 when one fails."""
    paths = sorted([*FOLDER.glob("*.py"), *FOLDER.glob("*.ipynb")])
    if names:
        paths = [path for path in paths if path.name in names or path.stem in names]
    if not paths:
        print("no example to run")
        return 1
    failed = []
    for path in paths:
        print(f"== {path.name}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            run = run_notebook if path.suffix == ".ipynb" else run_script
            if not run(path, folder):
                failed.append(path.name)
    print(
        f"{len(paths) - len(failed)} of {len(paths)} examples ran"
        + "".join(f"\n  FAILED {name}" for name in failed)
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
