"""Closes every socket of the test process but those of the machine itself.

A test that would leave the machine fails, even where the code under test swallows exceptions:
the failure is a `BaseException`.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest

LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost"}
_patch = pytest.MonkeyPatch()


def is_local(host: object) -> bool:
    """True for nothing (a server on every interface), loopback, and this machine's own name."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    name = name.lower().rstrip(".")
    if name in LOCAL_NAMES or name.endswith(".localhost") or name == socket.gethostname().lower():
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(what: str) -> None:
    pytest.fail(f"a test may not leave the machine: {what}", pytrace=True)


def _guard_address(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1] if args else None
        inet = self.family in {socket.AF_INET, socket.AF_INET6}
        if inet and isinstance(address, tuple) and not is_local(address[0]):
            _refuse(f"socket.{name}")
        return real(self, *args)

    return guarded


def _guard_name(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def guarded(host: object, *args: Any, **kwargs: Any) -> Any:
        if not is_local(host):
            _refuse(f"socket.{name}")
        return real(host, *args, **kwargs)

    return guarded


def pytest_configure() -> None:
    """From before collection on, so that an import cannot connect either."""
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        if hasattr(socket.socket, name):
            _patch.setattr(socket.socket, name, _guard_address(name, getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        _patch.setattr(socket, name, _guard_name(name, getattr(socket, name)))


def pytest_unconfigure() -> None:
    """Leave the process as it was found."""
    _patch.undo()
