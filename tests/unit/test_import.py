"""`import segur_interop` costs the standard library only; heavy libraries wait for their use."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

import pytest

import segur_interop

HEAVY = {
    *("PIL", "asyncio", "cryptography", "distributed", "hl7apy", "httpx", "jwt", "numpy"),
    *("pikepdf", "ppf", "pylibdmtx", "pypdfium2", "reportlab", "saxonche", "signxml", "ssl"),
    *("tqdm", "zxingcpp"),
}


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter loads for `statement`."""
    script = (
        "import json, sys; before = set(sys.modules)\n"
        f"{statement}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(run.stdout)}


def test_the_probe_sees_what_is_loaded() -> None:
    assert "lxml" in modules_after("import segur_interop._xml")


def test_importing_the_package_loads_the_standard_library_only() -> None:
    loaded = modules_after("import segur_interop")
    assert loaded - sys.stdlib_module_names - {"segur_interop"} == set()
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("name", segur_interop._SUBPACKAGES)
def test_a_sub_package_loads_no_heavy_library(name: str) -> None:
    assert modules_after(f"import segur_interop; segur_interop.{name}") & HEAVY == set()


@pytest.mark.parametrize("name", ["errors", "findings", "audit"])
def test_the_foundation_needs_the_standard_library_only(name: str) -> None:
    loaded = modules_after(f"import segur_interop.{name}")
    assert loaded - sys.stdlib_module_names - {"segur_interop"} == set()


@pytest.mark.parametrize("name", segur_interop._SUBPACKAGES)
def test_a_sub_package_is_reached_as_an_attribute_and_listed(name: str) -> None:
    assert getattr(segur_interop, name) is importlib.import_module(f"segur_interop.{name}")
    assert name in dir(segur_interop)
    assert name in segur_interop.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = segur_interop.nothing


def public_modules() -> list[str]:
    return ["segur_interop", *(f"segur_interop.{name}" for name in segur_interop._SUBPACKAGES)]


@pytest.mark.parametrize("name", public_modules())
def test_everything_exported_exists_once_and_is_documented(name: str) -> None:
    module = importlib.import_module(name)
    exported = list(module.__all__)
    assert len(set(exported)) == len(exported)
    values = {member: getattr(module, member) for member in exported}
    bare = [
        member
        for member, value in values.items()
        if (inspect.isclass(value) or inspect.isfunction(value))
        and (not value.__doc__ or value.__doc__.startswith(f"{member}("))  # a dataclass's own
    ]
    assert bare == []


def test_the_package_is_typed_and_says_its_version() -> None:
    from importlib.metadata import version
    from importlib.resources import files

    assert files("segur_interop").joinpath("py.typed").is_file()
    assert segur_interop.__version__ == version("segur-interop")
