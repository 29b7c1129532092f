"""Files that a document carries: shown when they are what they say, offered otherwise.

The octets decide, never the announced type alone: a page with script that calls itself a PDF would
run if a browser were told to show it.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
from dataclasses import dataclass
from typing import Final

from segur_interop.cda._rendering.html import Html, join, tag
from segur_interop.cda._rendering.words import size_text

__all__ = ["DATA_URL_LIMIT", "File", "is_readable", "kind_of", "show"]

DATA_URL_LIMIT: Final = 2 * 1024 * 1024
"""Chromium shows nothing of a longer URL (`url::kMaxURLChars`)."""

_WINDOW: Final = 1024
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "text/rtf"),
)
_SHOWN_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif"})
_EXTENSIONS: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/tiff": "tif",
    "text/rtf": "rtf",
    "text/plain": "txt",
}
_WORDS: Final = {
    "application/pdf": "PDF",
    "image/png": "image PNG",
    "image/jpeg": "image JPEG",
    "image/gif": "image GIF",
    "image/tiff": "image TIFF",
    "text/rtf": "texte RTF",
    "text/plain": "texte",
}
_ALIASES: Final = {"image/jpg": "image/jpeg", "application/rtf": "text/rtf"}
_NO_TEXT: Final = bytes(range(9)) + bytes(range(14, 32))


@dataclass(frozen=True, slots=True)
class File:
    """A file with the type that the document announces.

    Attributes:
        media_type: as announced, "" when it is not.
        octets: the file.
        name: what it is called for a reader, such as `Document`.
        stem: of the file name when it is downloaded; never a received text.
    """

    media_type: str
    octets: bytes
    name: str = "Document"
    stem: str = "document"

    @property
    def announced(self) -> str:
        """The announced type without its parameters, in lower case."""
        plain = self.media_type.partition(";")[0].strip().lower()
        return _ALIASES.get(plain, plain)

    @property
    def is_as_announced(self) -> bool:
        """True when the octets are of the announced type."""
        return kind_of(self.octets) == self.announced


def kind_of(octets: bytes) -> str:
    """The media type that the first octets tell; "" for none that is known here.

    What is text is told last: a PDF or an RTF is made of characters too.
    """
    if b"%PDF-" in octets[:_WINDOW]:
        return "application/pdf"
    for signature, kind in _SIGNATURES:
        if octets.startswith(signature):
            return kind
    return "text/plain" if _is_text(octets) else ""


def _is_text(octets: bytes) -> bool:
    if octets.translate(None, _NO_TEXT) != octets:
        return False
    try:
        octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def is_readable(file: File) -> bool:
    """True for a PDF that opens and that the page shows."""
    if kind_of(file.octets) != "application/pdf" or _pages(file.octets) is None:
        return False
    return len(_viewer_url(file)) < DATA_URL_LIMIT


def _viewer_url(file: File) -> str:
    return data_url(file, "application/pdf") + _VIEWER


def show(file: File) -> Html:
    """The file in the page, or the link that saves it."""
    if not file.octets:
        return tag("p", "Le fichier est vide.", class_="notice")
    if not file.is_as_announced:
        return _mismatch(file)
    kind = file.announced
    if kind == "application/pdf":
        return _pdf(file)
    if kind in _SHOWN_IMAGES:
        return image(file)
    if kind == "text/plain":
        text = file.octets.decode("utf-8-sig")
        label = f"Texte : {file.name}"
        return tag("pre", text, class_="plain", tabindex=0, role="region", aria_label=label)
    return join(
        (
            tag("p", f"Un navigateur n’affiche pas ce type de fichier ({_word(kind)})."),
            link(file),
        )
    )


def _mismatch(file: File) -> Html:
    """Said, and offered as a download that no browser runs.

    A PDF is shown all the same, and an image that was announced as one of another kind.
    """
    kind = kind_of(file.octets)
    real = _WORDS.get(kind, "un type inconnu")
    is_image = kind in _SHOWN_IMAGES and file.announced in _SHOWN_IMAGES
    notice = tag(
        "p",
        tag("strong", "Le contenu n’est pas du type annoncé. "),
        "Annoncé : ",
        tag("bdi", file.media_type[:_LONGEST_TYPE] or "aucun type"),
        f" ; reconnu : {real}.",
        "" if is_image else " À ouvrir avec prudence : il n’est pas exécuté ici.",
        class_="notice",
    )
    if kind == "application/pdf":
        return join((notice, _pdf(file)))
    if is_image:
        return join((notice, image(dataclasses.replace(file, media_type=kind))))
    return join((notice, link(file)))


_LONGEST_TYPE: Final = 100
_VIEWER: Final = "#navpanes=0&pagemode=none"
"""No panel of thumbnails: the viewer of Chromium, then that of Firefox."""


def image(file: File, *, alt: str = "") -> Html:
    """An image of the document, whole at any width."""
    return tag("img", src=data_url(file), alt=alt or f"{file.name} : {_word(file.announced)}")


def _pdf(file: File) -> Html:
    """The PDF in the browser's own viewer, or the link alone when no viewer would show it.

    The link stands beside the object: inside it, a long address keeps Chromium from loading the
    viewer more often than not.
    """
    url = _viewer_url(file)
    if len(url) >= DATA_URL_LIMIT:
        notice = "Ce PDF est trop grand pour être affiché dans la page. "
        return join((tag("p", notice), link(file)))
    return join(
        (
            tag(
                "object",
                tag("p", "Votre navigateur n’affiche pas les PDF dans une page : enregistrez-le."),
                type="application/pdf",
                data=url,
                class_="pdf",
                aria_label=f"{file.name} ({description(file)})",
            ),
            link(file),
            tag(
                "p",
                f"{file.name} : {description(file)}. "
                "Le PDF s’imprime depuis sa visionneuse, et non avec cette page.",
                class_="print-only",
            ),
        )
    )


def link(file: File) -> Html:
    """What saves the file under a neutral name; its type is never one that a browser runs."""
    kind = kind_of(file.octets)
    name = f"{file.stem}.{_EXTENSIONS.get(kind, 'bin')}"
    return tag(
        "p",
        tag(
            "a",
            f"Télécharger : {file.name} ({description(file)})",
            href=data_url(file, kind if file.is_as_announced else "application/octet-stream"),
            download=name,
            class_="download",
        ),
    )


def description(file: File) -> str:
    """Kind, number of pages, size."""
    kind = kind_of(file.octets)
    words = [_word(kind)]
    pages = _pages(file.octets) if kind == "application/pdf" else None
    if pages is not None:
        words.append(f"{pages} page{'s' if pages > 1 else ''}")
    return ", ".join([*words, size_text(len(file.octets))])


def _word(kind: str) -> str:
    return _WORDS.get(kind, "fichier de type inconnu")


def data_url(file: File, media_type: str = "") -> str:
    """The file as a URL; only types of the closed list, or octets."""
    kind = media_type or file.announced
    if kind not in _EXTENSIONS:
        kind = "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.octets).decode('ascii')}"


def _pages(octets: bytes) -> int | None:
    """How many pages a PDF has; None when it does not open."""
    try:
        import pikepdf
    except ImportError:
        return None
    with (
        contextlib.suppress(pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError),
        pikepdf.open(io.BytesIO(octets), suppress_warnings=True) as pdf,
    ):
        return len(pdf.pages)
    return None
