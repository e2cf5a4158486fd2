"""What lies inside a file: archives opened, columns, pictures and base64 decoded.

So that a search sees what the bytes of a compressed file hide. Nothing is written, and
nothing is unpickled. No TensorFlow.
"""

import base64
import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from contextlib import suppress

import cv2
import numpy as np

LIMIT = 1 << 30  # bytes of one file or member; a larger one is not looked into
DEPTH = 4  # archives inside archives
PICTURES = b"\x89PNG", b"\xff\xd8\xff", b"BM", b"RIFF", b"P5", b"P6", b"II*", b"MM\0*"
ENCODED = re.compile(rb"[A-Za-z0-9+/]{100,}")  # base64, as in a notebook's outputs
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
FAULTS = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, cv2.error),
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
)


def members(name, content, unread, depth=DEPTH):
    """Yield a file and all that lies inside it, to any member of a member.

    Args:
        name: of the file, as text.
        content: its bytes.
        unread: list to which (name, reason) is added for what could not be opened.
        depth: how many archives inside each other are opened.

    Yields:
        name, bytes: such as "faces.npz > embeddings.npy".

    >>> kept = io.BytesIO(); np.savez_compressed(kept, rows=np.zeros(9))
    >>> [name for name, _ in members("faces.npz", kept.getvalue(), [])]
    ['faces.npz', 'faces.npz > rows.npy']
    """
    yield name, content
    try:
        for inner, more in inside(content):
            if not depth:
                raise ValueError("it lies too deep inside other files")
            yield from members(f"{name} > {inner}", more, unread, depth - 1)
    except FAULTS as error:
        unread.append((name, str(error) or type(error).__name__))


def inside(content):
    """Yield (name, bytes) of what a file's bytes hold in another form, one step deep.

    Raises:
        one of FAULTS: it is damaged, encrypted or larger than LIMIT.
    """
    for start, opens in PACKED.items():
        if content.startswith(start):
            with opens(io.BytesIO(content)) as file:
                yield "unpacked", small(file.read(LIMIT + 1))
    if content.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                with archive.open(info) as file:
                    yield info.filename, small(file.read(LIMIT + 1))
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, small(archive.extractfile(info).read(LIMIT + 1))
    elif content.startswith(b"PAR1"):
        yield from columns(content)
    elif content.startswith(PICTURES):
        yield from pixels(content)
    else:
        for found in ENCODED.finditer(content):
            with suppress(ValueError):
                text = found[0][: len(found[0]) - (len(found[0]) % 4 == 1)]
                yield f"base64 at {found.start()}", base64.b64decode(text + b"==")


def small(content):
    """The content, unless it is larger than LIMIT."""
    if len(content) > LIMIT:
        raise ValueError(f"it is larger than {LIMIT >> 20} MB")
    return content


def columns(content):
    """Yield the columns of a parquet file: texts on lines, numbers as they lie."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_string(column.type):
            yield name, "\n".join(filter(None, column.to_pylist())).encode()
        else:
            buffers = filter(None, column.buffers())
            yield name, b"".join(map(pa.Buffer.to_pybytes, buffers))


def pixels(content):
    """Yield the pixels of a picture, uint8 or uint16, row by row; RGB and BGR."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError("the picture cannot be decoded")
    yield "pixels", image.tobytes()
    if image.ndim == 3:
        yield "pixels, RGB", image[..., 2::-1].tobytes()
