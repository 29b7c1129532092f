"""Colour: output intent, ICC profiles, device colour spaces (ISO 19005-1:2005, 6.2.2-6.2.3)."""

from __future__ import annotations

from typing import Any, Final

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    TooLarge,
    array,
    get,
    identity,
    is_array,
    is_stream,
    name,
    number,
    where,
)

__all__ = ["Colors", "read_profile"]

_MAX_PROFILE: Final = 20_000_000
_MAX_DEPTH: Final = 8
_COMPONENTS: Final = {"GRAY": 1, "RGB ": 3, "Lab ": 3, "CMYK": 4}
_DEVICE: Final = {
    "/DeviceGray": "GRAY",
    "/G": "GRAY",
    "/DeviceRGB": "RGB ",
    "/RGB": "RGB ",
    "/DeviceCMYK": "CMYK",
    "/CMYK": "CMYK",
}
_DEFAULTS: Final = {"GRAY": "/DefaultGray", "RGB ": "/DefaultRGB", "CMYK": "/DefaultCMYK"}


def read_profile(data: bytes) -> tuple[str, str, int] | None:
    """(device class, colour space, major version) of an ICC profile, or None if it is none.

    ICC.1:1998-09, 6.1: a header of 128 bytes with `acsp` at 36, then the table of tags, each
    of which lies inside the profile.
    """
    if len(data) < 132 or data[36:40] != b"acsp" or int.from_bytes(data[:4], "big") > len(data):
        return None
    count = int.from_bytes(data[128:132], "big")
    if not 0 < count <= 1000 or len(data) < 132 + 12 * count:
        return None
    for at in range(132, 132 + 12 * count, 12):
        offset, size = (int.from_bytes(data[at + k : at + k + 4], "big") for k in (4, 8))
        if offset + size > len(data):
            return None
    return data[12:16].decode("latin-1"), data[16:20].decode("latin-1"), data[8]


class Colors:
    """The colour rules of one file.

    Attributes:
        output: colour space of the PDF/A-1 output intent (`RGB `, `CMYK`, `GRAY`), or None.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._profiles: dict[tuple[int, int], None] = {}
        self.output: str | None = None

    def read_intents(self, root: Any) -> None:
        """6.2.2: the PDF/A-1 output intent and the one profile that all intents share."""
        profiles = set()
        for index, intent in enumerate(array(get(root, "/OutputIntents"))):
            place = f"OutputIntents[{index}]"
            profile = get(intent, "/DestOutputProfile")
            if profile is not None:
                profiles.add(identity(profile))
            if name(get(intent, "/S")) == "/GTS_PDFA1":
                self.output = self._output_profile(profile, place)
        if len(profiles) > 1 or (None in profiles and len(profiles) > 0):
            self._notes.fail(
                "6.2.2", "the output intents do not share one indirect profile", "OutputIntents"
            )

    def _output_profile(self, profile: Any, place: str) -> str | None:
        header = self._header(profile)
        if header is None:
            self._notes.fail("6.2.2", "DestOutputProfile is no valid ICC profile", place)
            return None
        kind, space, version = header
        if kind not in ("prtr", "mntr") or space not in ("RGB ", "CMYK", "GRAY") or version > 2:
            self._notes.fail(
                "6.2.2", "the profile is no monitor or printer profile of ICC version 2", place
            )
            return None
        if number(get(profile, "/N")) != _COMPONENTS[space]:
            self._notes.fail("6.2.2", "N is not the number of components of the profile", place)
        return space

    def _header(self, profile: Any) -> tuple[str, str, int] | None:
        if not is_stream(profile):
            return None
        try:
            return read_profile(self._notes.decoded(profile, _MAX_PROFILE, where(profile, "")))
        except (*MALFORMED, TooLarge):
            return None

    def use(self, space: Any, resources: Any, place: str, depth: int = 0) -> None:
        """6.2.3: note what is wrong with a colour space that is used at `place`."""
        if depth > _MAX_DEPTH:
            self._notes.fail("6.2.3", "colour spaces nested without end", place)
            return
        items = array(space)
        if items and not self._notes.spend(len(items), place):
            return
        kind = name(items[0]) if items else name(space)
        if kind in _DEVICE:
            self._device(_DEVICE[kind], resources, place, depth)
        elif kind == "/ICCBased" and len(items) > 1:
            self._icc(items[1], place)
        elif kind in ("/Indexed", "/I", "/Pattern") and len(items) > 1:
            self.use(items[1], resources, place, depth + 1)
        elif kind in ("/Separation", "/DeviceN") and len(items) > 2:
            if kind == "/DeviceN" and is_array(items[1]) and len(items[1]) > 8:
                self._notes.fail("6.1.12", "a DeviceN space of more than 8 components", place)
            self.use(items[2], resources, place, depth + 1)

    def use_name(self, key: str, resources: Any, place: str) -> None:
        """The colour space that a content stream names."""
        if key in _DEVICE:
            self._device(_DEVICE[key], resources, place, 0)
            return
        space = get(get(resources, "/ColorSpace"), key)
        if space is not None:
            self.use(space, resources, place)
        elif key != "/Pattern":
            self._notes.fail("6.2.3", "a colour space that the resources do not define", place)

    def _device(self, family: str, resources: Any, place: str, depth: int) -> None:
        default = get(get(resources, "/ColorSpace"), _DEFAULTS[family])
        if default is not None and name(default) not in _DEVICE:
            self.use(default, resources, place, depth + 1)
        elif self.output is None:
            self._notes.fail(
                "6.2.3.3", f"device {family.strip()} colour without a PDF/A-1 output intent", place
            )
        elif family not in ("GRAY", self.output):
            self._notes.fail(
                "6.2.3.3",
                f"device {family.strip()} colour, the output intent is {self.output.strip()}",
                place,
            )

    def _icc(self, profile: Any, place: str) -> None:
        key = identity(profile)
        if key in self._profiles:
            return
        if key is not None:
            self._profiles[key] = None
        place = where(profile, place)
        header = self._header(profile)
        if header is None or header[0] not in ("prtr", "mntr", "scnr", "spac"):
            self._notes.fail("6.2.3.2", "an ICCBased space without a valid ICC profile", place)
            return
        _, space, version = header
        if version > 2 or space not in _COMPONENTS:
            self._notes.fail("6.2.3.2", "the profile is not of ICC version 2", place)
        elif number(get(profile, "/N")) != _COMPONENTS[space]:
            self._notes.fail("6.2.3.2", "N is not the number of components of the profile", place)
