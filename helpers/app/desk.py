"""The desk: who is enrolled, who comes, who is forgotten, in one gallery.

The command line, the web API and the app all ask here, so that a threshold, a "nobody"
and a doubt are the same wherever one meets them.
"""

import shlex
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from helpers.disk.names import GALLERY
from helpers.disk.places import people_at, remains, unenrol
from helpers.disk.store import GalleryError
from helpers.gallery import Enrolled
from helpers.live.forgetting import forget_embedded
from helpers.live.records import folders, home, is_link
from helpers.measures.rates import of_anybody, of_each, share
from helpers.verifier import FAR, closeups_of


class Found(NamedTuple):
    """Who a photo shows, as far as the people enrolled go.

    Attributes:
        name: of the person; None for nobody.
        nearest: who is most alike, near enough or not; None in an empty gallery.
        similarity: cosine with that person's template, -1..1.
        threshold: the least similarity that gets a name.
        false_accept_rate: share of strangers who would get a name, anybody's.
        people: how many are enrolled.
        doubts: sentences on what makes it doubtful.
    """

    name: str | None
    nearest: str | None
    similarity: float
    threshold: float
    false_accept_rate: float
    people: int
    doubts: tuple[str, ...] = ()


def usual():
    """The gallery's file where none is named: in `data/mine`."""
    return home() / GALLERY


def enrol(gallery, name, photos):
    """Enrol a person, or add photos: all of them, or none where one is no good.

    Args:
        gallery: a `Gallery`. name: of the person.
        photos: as for `Verifier.embed`, or a list of `faces.Closeup`.

    Returns:
        An `Enrolled` with the doubts of the photos as well.
    """
    found = closeups_of(photos)
    added = gallery.add(name, found)
    return Enrolled(added.new, gallery.verifier.doubts(*found) + added.doubts)


def person(gallery, name):
    """The `Person` of that name, in capitals or not; None where nobody has it."""
    return next(iter(gallery.people(name)), None)


def identify(gallery, photo, far=FAR):
    """Say who is on a photo, or that it is nobody who is enrolled.

    Each of the people enrolled is one more chance to be taken for somebody, so that the
    threshold rises with them: see `measures.rates.of_each`.

    Args:
        gallery: a `Gallery`.
        photo: one, as for `Verifier.embed`.
        far: wanted share of strangers who get a name, 0.0001..1.

    Returns:
        A `Found`.

    Raises:
        PhotoError, faces.FaceError: the photo is no good.
        ValueError: the rate cannot be set.
    """
    verifier = gallery.verifier
    verifier.threshold(far)
    (face,) = closeups_of([photo])
    embedding = verifier.embed_crops(face.image[None])[0]  # (feature,)
    people = len(gallery)
    threshold, expected, doubts = level(verifier, people, far)
    match = gallery.identify(embedding, threshold)
    return Found(*match, expected, people, verifier.doubts(face) + doubts)


def level(verifier, people, far):
    """The threshold for a photo that is compared with so many people.

    Returns:
        threshold; share of strangers who reach it with anybody; doubts.
    """
    least = verifier.rates.strangers[0][-1]  # of those that were measured
    wanted = of_each(far, max(people, 1))
    threshold = verifier.threshold(max(wanted, least))
    expected = of_anybody(max(wanted, least), people)
    if wanted >= least:
        return threshold, expected, ()
    doubt = (
        f"Of strangers {share(expected)} get a name, not {share(far)}: {people:,} "
        f"people are enrolled, and no rate below {100 * least:g} % a pair was measured."
    )
    return threshold, expected, (doubt,)


def remove(name, where=None, embedded=None):
    """Remove a person from a gallery, from a file that `embed` wrote, or from both.

    Args:
        name: of the person. where: the gallery's place. embedded: path of the file.

    Returns:
        Number of photos and of rows, each None where no such place is given.

    Raises:
        ValueError: nobody has this name, or a place cannot be used.
    """
    photos = rows = None
    try:
        if embedded is not None:
            rows = forget_embedded(embedded, name)
        if where is not None:
            photos = unenrol(where, name)
    except OSError as error:
        raise ValueError(f"{embedded} cannot be written: {error.strerror}.") from None
    except GalleryError as error:
        done = f"The rows of {embedded} are removed, the rest is not. " if rows else ""
        raise GalleryError(f"{done}{error}") from error
    if not (photos or rows):
        places = " and none in ".join(str(one) for one in (where, embedded) if one)
        see = "see `people`" if where else "check the name's spelling"
        raise GalleryError(f"There is no {name!r} in {places}: {see}.")
    return photos, rows


def left(name, where=None):
    """What stays of a person who was removed from a gallery, as a list of sentences.

    Args:
        name: of the person.
        where: the gallery's place; None where it is not asked.
    """
    said = [] if where is None else [remains(where)]
    own = [path for folder in folders(home(), name) for path in folder.rglob("*")]
    if files := sum(is_link(path) or not path.is_dir() for path in own):
        said.append(
            f"data/mine still holds {files} file{'s' * (files > 1)} of {name}: "
            f"`python -m helpers forget {shlex.quote(name)}` removes "
            f"{'them' if files > 1 else 'it'}."
        )
    return [sentence for sentence in said if sentence]


class Kept(NamedTuple):
    """What the file keeps of a photo.

    Attributes:
        digest: of the crop, 32 hex digits. time: of the enrolment, ISO.
        features: how many numbers the embedding has.
        crop: bytes of a PNG file, or None.
    """

    digest: str
    time: str
    features: int
    crop: bytes | None


def kept(where, name):
    """All that a gallery keeps of a person: a `Kept` for each photo."""
    with closing(people_at(where)) as people:
        rows = people.hers(name)
    return [Kept(row[2].hex(), row[3], len(row[4]) // 4, row[5]) for row in rows]


def existing(where):
    """The place of a gallery; if it is a file, it must be there already."""
    if isinstance(where, Path) and where.is_dir():
        raise GalleryError(f"{where} is a folder: name the file of a gallery.")
    if isinstance(where, Path) and not (where.is_file() and where.stat().st_size):
        raise GalleryError(f"There is no gallery {where} yet: enrol somebody first.")
    return where


def prepared(where):
    """The place of a gallery; if it is a file, its folder is made."""
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
    return where
