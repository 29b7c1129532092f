"""Exports changed on purpose: one octet, or with every hash made again as a forger would."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path


def sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a file, and be sure that it changed."""
    before = path.read_bytes()
    after = change(before)
    assert after != before
    path.write_bytes(after)


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    assert old.encode() in path.read_bytes()
    edit(path, lambda octets: octets.replace(old.encode(), new.encode(), count))


def flip(path: Path, at: float = 0.5) -> None:
    """Change one octet."""

    def flipped(octets: bytes) -> bytes:
        made = bytearray(octets)
        made[int((len(made) - 1) * at)] ^= 0x01
        return bytes(made)

    edit(path, flipped)


def rezip(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the members of an archive."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    part = path.with_suffix(".new")
    with zipfile.ZipFile(part, "w") as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    shutil.move(part, path)


def set_document(path: Path, name: str, change: Callable[[bytes], bytes], catalogue: Path) -> None:
    """Change a document, its hash and size in METADATA.XML, and in the catalogue."""
    told: list[tuple[str, str]] = []

    def changed(members: dict[str, bytes]) -> None:
        before = members[name]
        after = change(before)
        assert after != before
        members[name] = after
        place = next(key for key in members if key.endswith("METADATA.XML"))
        text = members[place].decode()
        olds = hashlib.sha1(before, usedforsecurity=False).hexdigest()
        news = hashlib.sha1(after, usedforsecurity=False).hexdigest()
        assert olds.upper() in text or olds in text
        text = text.replace(olds.upper(), news.upper()).replace(olds, news)
        members[place] = text.replace(f">{len(before)}<", f">{len(after)}<").encode()
        told.append((sha256(before), sha256(after)))
        told.append((f'"size":{len(before)}', f'"size":{len(after)}'))

    rezip(path, changed)
    lines = catalogue.read_text().splitlines(keepends=True)
    for rank, line in enumerate(lines):
        if told[0][0] in line:
            for old, new in told:
                line = line.replace(old, new)
            lines[rank] = line
    catalogue.write_text("".join(lines))


def reseal(folder: Path) -> None:
    """Make every hash, size and checksum again, so that they agree with what is there."""
    manifest = folder / "MANIFEST.XML"
    text = manifest.read_text()
    for lot in sorted(folder.glob("LOT*")):
        inner = (lot / "LOT.XML").read_text()
        for path in sorted(lot.glob("PAT*.ZIP")):
            octets = path.read_bytes()
            pattern = (
                rf"(<archiveid>{path.stem}</archiveid>\s*<size>)\d+(</size>\s*<hash>)[0-9a-f]+"
            )
            new = rf"\g<1>{len(octets)}\g<2>{sha256(octets)}"
            inner = re.sub(pattern, new, inner)
            own = rf'(ext:lot="{lot.name}"[^>]*>\s*<type>Patient</type>\s*){pattern[0:]}'
            text = re.sub(own, rf"\g<1>\g<2>{len(octets)}\g<3>{sha256(octets)}", text)
        (lot / "LOT.XML").write_text(inner)
        names = ["LOT.XML", *sorted(path.name for path in lot.glob("PAT*.ZIP"))]
        sums = "".join(f"{sha256((lot / name).read_bytes())}  {name}\n" for name in names)
        (lot / "CHECKSUM.TXT").write_text(sums)
        size = sum(path.stat().st_size for path in lot.glob("PAT*.ZIP"))
        text = re.sub(
            rf'(<ext:lot name="{lot.name}"[^>]* size=")\d+(" checksum=")[0-9a-f]+',
            rf"\g<1>{size}\g<2>{sha256(sums.encode())}",
            text,
        )
    lots = re.findall(r'<ext:lot name="(LOT\d+)"[^>]* checksum="([0-9a-f]+)"', text)
    made = "".join(f"{checksum}  {name}/CHECKSUM.TXT\n" for name, checksum in lots)
    text = re.sub(r"<ext:lotsSha256>[0-9a-f]+", f"<ext:lotsSha256>{sha256(made.encode())}", text)
    manifest.write_text(text)
    lines = (folder / "CHECKSUM.TXT").read_text().splitlines()
    names = [line[66:] for line in lines]
    made = "".join(
        f"{sha256((folder / name).read_bytes())}  {name}\n"
        for name in names
        if (folder / name).is_file()
    )
    (folder / "CHECKSUM.TXT").write_text(made)
