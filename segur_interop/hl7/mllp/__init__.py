"""HL7 v2 messages on a socket: MLLP, a receiver and a sender. The one module of hl7 that connects.

Acknowledgements are those of the original mode (IHE ITI TF-2 appendix C.2.3).
"""

from __future__ import annotations

from segur_interop.hl7.mllp._client import Client, connect, send
from segur_interop.hl7.mllp._files import split
from segur_interop.hl7.mllp._inbox import SqliteStore, Stored
from segur_interop.hl7.mllp._limits import Limits
from segur_interop.hl7.mllp._reception import Handler, Result
from segur_interop.hl7.mllp._server import PORT, Server, serve
from segur_interop.hl7.mllp._stores import Key, MemoryStore, Store

__all__ = [
    "PORT",
    "Client",
    "Handler",
    "Key",
    "Limits",
    "MemoryStore",
    "Result",
    "Server",
    "SqliteStore",
    "Store",
    "Stored",
    "connect",
    "send",
    "serve",
    "split",
]
