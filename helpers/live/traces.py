"""Where something of a person lies: a search of every file below some folders.

It looks for the name, for pieces of photos and templates, and for their marks, in the
bytes of each file and of what lies inside it (`disk/members.py`): a row that a database
has deleted and not overwritten is found, and so is a photo in a notebook's outputs.

It cannot see what was computed anew: a photo saved again as JPEG, a template that was
rotated or coded in few bits, what a network has learned. Nor does it see memory, swap,
a disk's freed blocks, or other machines. A name of three letters also turns up by
chance in 20 MB of weights, a longer one does not. No TensorFlow.
"""

import hashlib
import json
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cv2
import numpy as np

from helpers.disk.members import LIMIT, members
from helpers.disk.names import key, spelling

LENGTH = 24  # bytes of a piece; six numbers of a template
STEP = 29  # bytes from piece to piece: no multiple of a number's length
VARIED = 10  # different bytes in a piece: less, and it is a plain wall
IN_A_ROW = 6  # numbers of a template that are recognised in a text
NEAR = 0.0006  # numbers in a text may be rounded to three digits
NUMBER = re.compile(rb"-?\d+\.\d*(?:e[-+]?\d+)?")
LETTER = re.compile(rb"[a-z0-9]")
BEGIN = 3  # bytes by which a pattern is looked up
PART = 1 << 22  # bytes that are searched at one time
KINDS = "<f4", "<f8", "<f2", ">f4", ">f8"
CODES = "utf-8", "utf-16-le", "utf-16-be"


class Trace(NamedTuple):
    """Something of a person: in which file, what it is, and at which byte."""

    file: str
    what: str
    offset: int


class Traces(list):
    """A list of `Trace`; `.unread` has (file, reason) for what was not looked into."""

    unread = ()


def traces(person, photos=(), templates=(), under=()):
    """Search all files below some folders for what is of a person.

    Args:
        person: the name, in capitals or not.
        photos: of the person: paths, bytes of a file, or uint8 arrays of pixels.
        templates: float (photo, feature): embeddings, and their mean.
        under: folders, or files.

    Returns:
        `Traces`: of each file and member each kind of trace once, with the first byte.

    >>> import tempfile; folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "note.txt").write_text("Ann Berg was here.")
    >>> traces("ann berg", under=[folder]) == [Trace("note.txt", "name", 0)]
    True
    """
    contents = [form for photo in photos for form in forms(photo)]
    wanted = {mark: "mark of a photo" for one in contents for mark in marks(one)}
    wanted |= {piece: "photo" for one in contents for piece in pieces(one)}
    wanted |= {piece: "template" for one in coded(templates) for piece in pieces(one)}
    name = finder(dict.fromkeys(named(person), "name"), whole_words=True)
    searches = name, finder(wanted), written(np.atleast_2d(templates))
    found, unread = Traces(), []
    for root in map(Path, under):
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            file = path.relative_to(root).as_posix() if path != root else path.name
            if at := name(file.encode()):
                found.append(Trace(file, "name, in the path", at["name"]))
            for inner, content in read(path, file, unread):
                for search in searches:
                    hits = search(content)
                    found += [Trace(inner, what, at) for what, at in hits.items()]
    found.unread = tuple(unread)
    return found


def read(path, name, unread):
    """Yield the name and bytes of a file and its members; none where it is gone."""
    try:
        if not path.is_file() or path.is_symlink():
            return
        if path.stat().st_size > LIMIT:
            unread.append((name, f"it is larger than {LIMIT >> 20} MB"))
            return
        content = path.read_bytes()
    except FileNotFoundError:  # a server removes some
        return
    except OSError as error:
        unread.append((name, str(error.strerror)))
        return
    yield from members(name, content, unread)


def forms(photo):
    """A photo as bytes: its file; or its pixels row by row, and as a gallery's PNG."""
    if isinstance(photo, np.ndarray):
        png = cv2.imencode(".png", photo)[1].tobytes()
        return [np.ascontiguousarray(photo).tobytes(), png]
    return [photo if isinstance(photo, bytes) else Path(photo).read_bytes()]


def named(person):
    """A name as bytes, in small letters, however it is written.

    >>> b"zoe_li" in named("Zoe Li") and b"z\\0o\\0e\\0 \\0l\\0i\\0" in named("ZOE LI")
    True
    """
    texts = {spelling(person), key(person), spelling(person).upper()}
    texts |= {unicodedata.normalize("NFD", text) for text in texts}
    texts |= {text.replace(" ", mark) for text in texts for mark in "_-+."}
    texts |= {quote(text) for text in texts} | {json.dumps(t)[1:-1] for t in texts}
    found = {text.encode(code).lower() for text in texts for code in CODES}
    with suppress(UnicodeEncodeError):
        found.add(spelling(person).encode("latin-1").lower())
    return found


def coded(templates):
    """Templates as bytes: of float32, 64 and 16, big-endian too, and of int8."""
    rows = [np.asarray(row) for row in templates]
    found = [row.astype(kind).tobytes() for row in rows for kind in KINDS]
    scales = [(127, 127 / np.abs(row).max()) for row in rows]
    found += [
        np.rint(row * scale).astype(np.int8).tobytes()
        for row, both in zip(rows, scales)
        for scale in both
    ]
    return found


def pieces(content):
    """Yield pieces of some content, LENGTH bytes each.

    What many files share, such as the head of a JPEG or a plain wall, is no piece.
    """
    first = content.find(b"\xff\xd8\xff", 0, 3) + 1 and content.find(b"\xff\xda") + 14
    first = 64 if content.startswith(b"\x89PNG") else first
    for n in range(first, len(content) - LENGTH + 1, STEP):
        piece = content[n : n + LENGTH]
        if len(set(piece)) >= VARIED and len(set(piece[:BEGIN])) > 1:
            yield piece


def marks(content):
    """Yield marks of some content, as cards and galleries keep them: bytes, and hex."""
    digests = [hashlib.sha256(content).digest(), hashlib.md5(content).digest()]
    for size in (6, 8, 16, 32):
        digests.append(hashlib.blake2b(content, digest_size=size).digest())
    yield from (digest.hex().encode() for digest in digests)
    yield from (digest for digest in digests if len(digest) >= 16)


def finder(wanted, whole_words=False):
    """A search for some patterns: function of bytes that returns {what: first byte}.

    Args:
        wanted: dict, pattern of three bytes or more -> what it is.
        whole_words: patterns are in small letters, those searched in any, and no letter
            or digit stands before or behind.
    """
    begins, by_begin = np.zeros(1 << 24, bool), {}
    for pattern in wanted:
        by_begin.setdefault(pattern[:BEGIN], []).append(pattern)
    begins[[int.from_bytes(begin, "little") for begin in by_begin]] = True

    def search(content):
        content, found = content.lower() if whole_words else content, {}
        for start in range(0, len(content) - BEGIN + 1, PART):
            part = np.frombuffer(content[start : start + PART + BEGIN - 1], np.uint8)
            part = part.astype(np.uint32)
            numbers = part[:-2] | part[1:-1] << 8 | part[2:] << 16
            for n in (np.flatnonzero(begins[numbers]) + start).tolist():
                for pattern in by_begin[content[n : n + BEGIN]]:
                    if wanted[pattern] not in found and content.startswith(pattern, n):
                        end = n + len(pattern)
                        around = content[max(n - 1, 0) : n] + content[end : end + 1]
                        if not (whole_words and LETTER.search(around)):
                            found[wanted[pattern]] = n
        return found

    return search


def written(templates):
    """A search for templates that are written out as numbers, in a text."""

    def search(content):
        if b"\0" in content[:4096] or not templates.size:
            return {}
        hits = list(NUMBER.finditer(content))
        numbers = np.array([float(hit[0]) for hit in hits])
        for row in templates[:, :IN_A_ROW]:
            for n in np.flatnonzero(np.abs(numbers - row[0]) < NEAR):
                some = numbers[n : n + IN_A_ROW]
                if len(some) == len(row) and (np.abs(some - row) < NEAR).all():
                    return {"template, in a text": hits[n].start()}
        return {}

    return search
