"""The one door to pylibdmtx, a ctypes binding of the C library libdmtx.

pylibdmtx 0.1.10 imports `distutils`, which Python 3.12 removed (its issues #99 and #102). Its
module is therefore executed with an `__import__` of its own that hands it a stand-in: nothing is
put in `sys.modules` under the name of distutils, not even for the time of the import.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import re
import sys
import threading
from types import ModuleType
from typing import Any

from segur_interop.errors import MissingDependency

__all__ = ["load", "load_wrapper"]

_WRAPPER = "pylibdmtx.wrapper"
_INSTALL = "pylibdmtx and the C library (Debian and Ubuntu: apt-get install libdmtx-dev)"
_lock = threading.Lock()


class LooseVersion:
    """As much of distutils.version.LooseVersion as pylibdmtx uses: `<` between versions."""

    def __init__(self, text: str) -> None:
        self.parts = [int(digits) for digits in re.findall(r"\d+", text)]

    def __lt__(self, other: LooseVersion) -> bool:
        return self.parts < other.parts


def _import(name: str, *args: Any, **kwargs: Any) -> Any:
    if name == "distutils.version":
        stand_in = ModuleType(name)
        stand_in.LooseVersion = LooseVersion  # type: ignore[attr-defined]
        return stand_in
    return builtins.__import__(name, *args, **kwargs)


def _execute_wrapper() -> None:
    spec = importlib.util.find_spec(_WRAPPER)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module {_WRAPPER}")
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import}
    sys.modules[_WRAPPER] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_WRAPPER]
        raise
    sys.modules["pylibdmtx"].wrapper = module  # type: ignore[attr-defined]


def _load(name: str) -> ModuleType:
    with _lock:
        try:
            if _WRAPPER not in sys.modules:
                _execute_wrapper()
            return importlib.import_module(name)
        except (ImportError, OSError, AttributeError) as error:
            # AttributeError: a libdmtx that lacks a function the binding looks up
            raise MissingDependency(f"libdmtx cannot be used; install {_INSTALL}") from error


def load() -> ModuleType:
    """The module `pylibdmtx.pylibdmtx`, with `encode`.

    Raises:
        MissingDependency: pylibdmtx or the C library is absent.
    """
    return _load("pylibdmtx.pylibdmtx")


def load_wrapper() -> ModuleType:
    """The module `pylibdmtx.wrapper`: the C functions and their structures.

    Raises:
        MissingDependency: pylibdmtx or the C library is absent.
    """
    return _load(_WRAPPER)
