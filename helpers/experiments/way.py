"""A person's way through the course's own tools, and what forgetting leaves. For 14.

A made-up name with photos of ORL's first person agrees, is photographed, enrolled,
copied, embedded, taken to a server. Then the person is forgotten there, and every file
is searched (`live/traces.py`); then the rest is removed by hand, and searched again. It
takes seconds; forgotten.py has what takes longer.
"""

import base64
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import cv2
import faiss
import numpy as np

from helpers.app import many
from helpers.datasets import orl
from helpers.disk import private
from helpers.disk.names import GALLERY
from helpers.disk.places import unenrol
from helpers.disk.shards import Shards
from helpers.gallery import Gallery
from helpers.live import mine
from helpers.live.forgetting import forget_embedded
from helpers.live.traces import traces
from helpers.sources.classes import size_for
from helpers.sources.pictures import fit
from helpers.verifier import Verifier, crops_of

PERSON, STAYS = "Marguerite Sorel", "Zacharias Bleibt"
PHOTOS = 4  # of each


class Place(NamedTuple):
    """A place in which something of the person lies.

    Attributes:
        paths: function that lists its files and folders.
        way: what removes the person, in words.
        remove: function that does it.
        own: whether it is done where the person was photographed or enrolled.
    """

    paths: Callable
    way: str
    remove: Callable
    own: bool = False


class Row(NamedTuple):
    """What a search finds in a place: tuples of words, empty where nothing is.

    Attributes:
        place: where. before: while the person is there. after: when she was forgotten
        where she was photographed and enrolled. way: what removes the rest. end: found
        after that.
    """

    place: str
    before: tuple
    after: tuple
    way: str
    end: tuple


def walk(person=PERSON, more=()):
    """Lead a person through the course's tools and out again, searching every file.

    All of it happens in a temporary folder, with photos of ORL.

    Args:
        person: a made-up name, of ten letters or more.
        more: functions of (root, person, verifier), called after the person is
            everywhere; each returns {words: `Place`}.

    Returns:
        A list of `Row`.
    """
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        verifier = Verifier.load()
        shown = photographed(root / "mine", person, 0)
        photographed(root / "mine", STAYS, 1)
        server = private.programs() and stack.enter_context(private.server("fsync=off"))
        places = everywhere(root, person, verifier, server)
        for make in more:
            places |= make(root, person, verifier)
        known = what_is_known(shown, verifier)

        def look():
            return {
                place: kinds(traces(person, *known, one.paths()))
                for place, one in places.items()
            }

        before = look()
        for place in places.values():
            if place.own:
                place.remove()
        after = look()
        for place in places.values():
            if not place.own:
                place.remove()
        end = look()
        return [
            Row(place, before[place], after[place], one.way, end[place])
            for place, one in places.items()
        ]


def photographed(root, person, number):
    """Photos of an ORL person, taken in a session with consent: contents of files."""
    found = orl(quiet=True)
    session = mine.Session(person, "ORL", root)
    session.agree()
    images = found.images[found.of(number)[:PHOTOS]]
    return [session.add("anchor", image).read_bytes() for image in images]


def what_is_known(contents, verifier):
    """What to search for: photos as files, pixels, crops and small ones; templates."""
    flag = cv2.IMREAD_GRAYSCALE
    frames = [cv2.imdecode(np.frombuffer(one, np.uint8), flag) for one in contents]
    crops = crops_of([np.dstack([one] * 3) for one in frames])
    small = [fit(one[..., None], (*size_for(1), 1)) for one in frames]  # as a card's
    rows = verifier.embed_crops(np.stack(crops))
    mean = rows.mean(axis=0)
    return [*contents, *frames, *crops, *small], [*rows, mean / np.linalg.norm(mean)]


def everywhere(root, person, verifier, server):
    """Take a person to each place that takes seconds: {place: (paths, remedy, do)}."""
    own, copy, club = root / "mine" / GALLERY, root / "copy.sqlite", root / "club"
    files = {who: list((root / "mine" / who).rglob("*.png")) for who in (person, STAYS)}
    with Gallery(own, verifier) as gallery:
        for who, paths in files.items():
            gallery.add(who, paths)
        gallery.export(copy)
    with Gallery(club, verifier) as gallery:
        gallery.merge(copy)
    table = root / "embedded" / "faces.parquet"
    embed(table, sum(files.values(), []), verifier)
    index, rows = root / "people.faiss", verifier.embed(files[person])
    write_index(index, rows)
    notebook = root / "own.ipynb"
    notebook.write_text(json.dumps(outputs(person, files[person][0], rows[0])))

    def photos():
        return [p for p in (root / "mine").iterdir() if GALLERY not in p.name]

    places = {
        "photos and record in data/mine": Place(
            photos, "`forget`", lambda: mine.forget(person, root / "mine"), own=True
        ),
        "the gallery's file": Place(
            lambda: (root / "mine").glob(f"{GALLERY}*"), "`forget`", int, own=True
        ),
    }
    if server:
        with Gallery(server.url, verifier) as gallery:
            gallery.merge(copy)
        places["the server's files and log"] = Place(
            lambda: [server.folder],
            "`forget --gallery URL`",
            lambda: unenrol(server.url, person),
            own=True,
        )
    return places | {
        "a copy that `export` wrote": Place(
            lambda: root.glob("copy*"), "delete the copy", copy.unlink
        ),
        "a gallery that merged the copy": Place(
            lambda: root.glob("club*"),
            "`forget --gallery` there too",
            lambda: unenrol(club, person),
        ),
        "embeddings that `embed` wrote": Place(
            lambda: [table.parent],
            "`forget --embedded FILE`",
            lambda: forget_embedded(table, person),
        ),
        "an index that you wrote": Place(
            lambda: root.glob("people*"),
            "write it again",
            lambda: write_index(index, rows[:0]),
        ),
        "a notebook's stored outputs": Place(
            lambda: root.glob("*.ipynb"),
            "clear them",
            lambda: notebook.write_text('{"cells": []}'),
        ),
    }


def embed(path, files, verifier):
    """What `python -m helpers embed` does, in this process; one photo is no good."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shards = Shards(path, verifier.version, verifier.tower.output_shape[-1])
    files = list(map(str, files))
    with shards.alone():
        shards.add(*many.embed_some([*files, f"{files[0]}.txt"], "faces"))
        return shards.finish(files)


def write_index(path, rows):
    """A FAISS index of embeddings, as a file."""
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    faiss.write_index(index, str(path))


def outputs(person, photo, row):
    """A notebook of one cell, whose outputs show a name, a picture and a template."""
    picture = base64.b64encode(photo.read_bytes()).decode()
    shown = [
        {
            "output_type": "stream",
            "name": "stdout",
            "text": f"{person}: {row.round(3)}",
        },
        {"output_type": "display_data", "data": {"image/png": picture}},
    ]
    return {"cells": [{"cell_type": "code", "source": "", "outputs": shown}]}


def kinds(found):
    """The kinds of traces that were found, each once, in order of the alphabet.

    Raises:
        ValueError: a file was not looked into, so that "nothing" would say nothing.
    """
    if found.unread:
        raise ValueError(f"Not everything was searched: {found.unread}")
    return tuple(sorted({trace.what for trace in found}))
