"""What a request brings: photos and fields of a form, or JSON. All stays in memory."""

import io
import json
from typing import NamedTuple

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from helpers import faces
from helpers.app.web.problems import Refused
from helpers.sources.photos import PhotoError
from helpers.sources.reading import MAX_PIXELS, decode
from helpers.verifier import FAR

FORM, JSON = "multipart/form-data", "application/json"
FIELDS, FIELD = 8, 1000  # text fields of a form, and bytes of one


class Upload(NamedTuple):
    """A photo as it came: its bytes, and what a sentence calls it."""

    data: bytes
    name: str


class InMemory(MultiPartParser):
    """Starlette's parser, whose files never reach the disk."""

    spool_max_size = 0  # of a `SpooledTemporaryFile` that is never written out


async def form(request, photos, texts=()):
    """The photos and texts of a form.

    Args:
        photos: {field: how many of it at most}. texts: names of the other fields.

    Returns:
        {field of `photos`: list of `Upload`, at least one}, {field of `texts`: str}.
    """
    expect(request, FORM)
    parser = InMemory(
        request.headers,
        request.stream(),
        max_files=sum(photos.values()) + 1,
        max_fields=FIELDS,
        max_part_size=FIELD,
    )
    try:
        items = (await parser.parse()).multi_items()
    except MultiPartException as error:
        why = f"The form cannot be read ({error.message.rstrip('.')}): let curl -F or a"
        raise Refused(400, f"{why} library make it.") from None
    uploads, found = {field: [] for field in photos}, {}
    for field, value in items:
        is_photo = isinstance(value, UploadFile)
        if field not in (photos if is_photo else texts):
            raise Refused(422, unknown(field, is_photo, photos, texts))
        if is_photo:
            uploads[field].append(Upload(await value.read(), called(value, field)))
            await value.close()
        elif field in found:
            raise Refused(422, f"{field} is there twice: send one.")
        else:
            found[field] = value
    for field, most in photos.items():
        if not 1 <= (here := len(uploads[field])) <= most:
            wanted = "one photo" if most == 1 else f"1 to {most} photos"
            raise Refused(422, f"Send {wanted} as {field}, not {here}.")
    return uploads, found


def unknown(field, is_photo, photos, texts):
    """The sentence on a field of the form that is not expected.

    >>> unknown("b", False, ["a", "b"], ["far"])
    'b is a photo: send it as a file, by curl -F b=@photo.jpg.'
    >>> unknown("c", True, ["a", "b"], ["far"])
    "There is no photo 'c' in this form: its photos are a, b; its text is far."
    """
    if field in photos:
        return f"{field} is a photo: send it as a file, by curl -F {field}=@photo.jpg."
    if field in texts:
        return f"{field} is a text: send it as one, not as a file."
    known = f"its photos are {', '.join(photos)}"
    return (
        f"There is no {'photo' if is_photo else 'text'} {field[:60]!r} in this form: "
        f"{known}{'; its text is ' if texts else ''}{', '.join(texts)}."
    )


def called(upload, field):
    """What a sentence calls a photo: its file's name without folders, or the field."""
    name = upload.filename.replace("\\", "/").rpartition("/")[2][-100:]
    return name if name.isprintable() and name.strip() else f"the photo {field}"


def rate(texts, verifier):
    """The wanted false accept rate of a form, checked.

    Args:
        texts: as of `form`. verifier: whose card says which rates were measured.
    """
    text = texts.get("far", str(FAR))
    try:
        far = float(text)
    except ValueError:
        raise Refused(422, f"far is a number, not {text[:60]!r}.") from None
    try:
        verifier.threshold(far)
    except ValueError as error:
        raise Refused(422, str(error)) from None
    return far


async def text_of(request, field):
    """The text that a JSON object of this one field holds."""
    expect(request, JSON)
    try:
        found = json.loads(await request.body(), object_pairs_hook=tuple)
    except ValueError:
        raise Refused(400, "The body is no JSON: check its quotes.") from None
    except RecursionError:
        raise Refused(400, "The body is nested too deeply.") from None
    match found:
        case ((name, str(text)),) if isinstance(found, tuple) and name == field:
            return text
    raise Refused(422, f'Send a JSON object of one text: {{"{field}": "..."}}.')


def expect(request, media):
    """Refuse a body of another type."""
    kind, _ = parse_options_header(request.headers.get("content-type"))
    if kind != media.encode():
        raise Refused(415, f"The body must be {media}.", {"Accept": media})


def closeups(uploads):
    """The face of each photo, or the sentence why there is none; no TensorFlow.

    Args:
        uploads: of one request; together they have at most 50 million pixels.

    Returns:
        A list of `faces.Closeup`.
    """
    found, pixels = [], 0
    for data, name in uploads:
        if not data:
            raise PhotoError("it is empty (0 bytes). Copy or download it again.", name)
        photo = decode(io.BytesIO(data), name)
        pixels += photo.shape[0] * photo.shape[1]
        if pixels > MAX_PIXELS:
            reason = "with those before it, it has more than 50 million pixels"
            raise PhotoError(f"{reason}. Send fewer at a time.", name)
        found.append(faces.look(photo, name))
    return found
