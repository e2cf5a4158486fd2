"""The commands of this room: people at a desk, the web API, exports.

`helpers/__main__.py` adds them to its own. What needs TensorFlow is imported when the
photos have been looked at, so that a photo that cannot be used is refused at once.
"""

import json
from contextlib import closing
from pathlib import Path

ENROL = """Enrol a person from one or several photos; nothing is trained.

Of each photo the face that was cut out and its embedding are kept in the gallery's
file, nowhere else, until `forget`. Enrol only who has agreed to it. A photo that is
there already is not stored again; where one is no good, none is stored."""
IDENTIFY = """Say who is on a photo, or that it is nobody who is enrolled.

The rate is the share of strangers who get a name, anybody's: the more people are
enrolled, the more alike a photo has to be. The exit code is 0 for a person, 1 for
nobody, and 2 where it could not tell: the reason then stands on the standard error."""
FORGET = """Remove a person, of whom no byte stays in the places that are named.

Without an option it removes what lies in data/mine under that name: the photos that
were taken there, their records, and the rows of the gallery. With --gallery it is the
rows of that gallery alone, with --embedded those of a file that `embed` wrote and of
its report, with both, both. It then says what stays in data/mine, or in a server's
log.

Out of reach are copies made elsewhere: files that `export` wrote, galleries into which
they were merged, other files of `embed`, weights that were trained on the photos."""

SERVE = """Answer over HTTP what the other commands answer here; /docs lists how to ask.

Only this machine can ask, unless --host is another address: then each request has to
bring a token, which stands in a file or in the environment variable COURSE_TOKEN. A
photo is kept where it is enrolled, and nowhere else. Ctrl-C ends it.

`/` shows the page of `export page` where there is one: it compares two photos in the
browser, and sends none."""
EXPORT = """Write a network to a file that runs without Keras, with its card, checked.

The file takes a face as it was cut out, 64 x 64 grey levels, and gives its embedding.
It is kept if it does on real photos what Keras does there. int8 is a fourth of the
size; for ONNX it is calibrated on LFW's training faces.

`page` is a folder that any web server can serve: two photos are compared in the
browser, and nothing is sent. Try it: python -m http.server -d runs/export/page"""

EMBED = """Embed very many photos, by several workers, into a parquet file.

PATH is a folder, whose photos may lie in folders inside it, or with --list a text file
that names one a line. Run the same command again after a kill, or when photos were
added: what is in the file already is not embedded again. A photo that cannot be used
stops nothing; it stands with its reason in a .skipped.csv beside the file, which you
delete to have these tried again.

The file has a row a photo: file, digest (of the crop), embedding. With --gallery people
are also enrolled from it, each named like the folder of the photo; their crops are not
kept. In data/mine it is the folder above the session's, and a negative enrols nobody,
for who is on it is not known. Enrol only who has agreed to it."""

EXPORTS = Path("runs/export")
PAGE = EXPORTS / "page"


def add(command, as_json, weights, far):
    """Add the commands.

    Args:
        command: makes one of its name, function, line for the list, and text.
        as_json, weights, far: add these options to a command.
    """
    one = command("enrol", enrol, "enrol a person from photos", ENROL)
    one.add_argument("name", metavar="NAME", help="of the person")
    one.add_argument("photos", metavar="PHOTO", nargs="+", help="one face")
    two = command("identify", identify, "who is on a photo, or nobody?", IDENTIFY)
    two.add_argument("photo", metavar="PHOTO", help="a photo")
    far(two)
    for each in (one, two):
        weights(each, "faces")
        each.add_argument(
            "--recompute",
            action="store_true",
            help="if other weights made the embeddings of the file, make them anew",
        )
    three = command("people", people, "who is enrolled?")
    four = command("forget", forget, "remove a person", FORGET)
    four.add_argument("name", metavar="NAME", help="of the person")
    four.add_argument(
        "--embedded", metavar="FILE", help="remove the rows of a file of `embed`"
    )
    for each in (one, two, three, four):
        as_json(each)
    for each in (one, two, three, four, serving(command, weights)):
        each.add_argument(
            "--gallery",
            metavar="PLACE",
            help="where the people are: a file (by default data/mine/gallery.sqlite),"
            " or postgresql://USER@HOST/DATABASE",
        )
    six = command("export", export, "the network as a file, or as a web page", EXPORT)
    kinds = ["onnx", "litert", "page"]
    six.add_argument("kind", metavar="KIND", choices=kinds, help="onnx, litert or page")
    six.add_argument("--int8", action="store_true", help="a fourth of the size")
    six.add_argument(
        "--folder",
        default=EXPORTS,
        metavar="PATH",
        help="where the file goes (%(default)s)",
    )
    weights(six, "faces")
    embedding(command, as_json, weights)


def serving(command, weights):
    """Add the command that serves the web API."""
    five = command("serve", serve, "the same as a web API", SERVE)
    five.add_argument("--host", default="127.0.0.1", metavar="NAME", help="%(default)s")
    five.add_argument("--port", type=int, default=8000, metavar="N", help="%(default)s")
    five.add_argument("--token-file", metavar="FILE", help="holds the token")
    five.add_argument(
        "--page", metavar="FOLDER", help=f"shown at / ({PAGE}, where there is one)"
    )
    five.add_argument(
        "--rate",
        type=float,
        default=20,
        metavar="N",
        help="requests a second of one client (%(default)s; 0: as many as they like)",
    )
    weights(five, "faces")
    return five


def embedding(command, as_json, weights):
    """Add the command that embeds many photos."""
    seven = command(
        "embed", embed, "embed very many photos by several processes", EMBED
    )
    seven.add_argument("path", metavar="PATH", help="a folder, or a list")
    seven.add_argument("--list", action="store_true", help="PATH is a list of photos")
    seven.add_argument("--workers", type=int, metavar="N", help="by default all cores")
    seven.add_argument(
        "--out",
        type=Path,
        default="runs/embedded.parquet",
        metavar="FILE",
        help="where the embeddings go (%(default)s)",
    )
    seven.add_argument("--gallery", metavar="FILE", help="enrol people too")
    weights(seven, "faces")
    as_json(seven)


def enrol(options):
    """Enrol a person; the exit code is 0."""
    from helpers.app import desk
    from helpers.disk.people import checked_name
    from helpers.verifier import closeups_of

    name, path = checked_name(options.name), file_of(options)
    faces = closeups_of(options.photos)
    with opened(path, options) as gallery:
        new, doubts = desk.enrol(gallery, name, faces)
        person = desk.person(gallery, name)
    if options.json:
        print(json.dumps(person._asdict() | {"new": new, "doubts": doubts}))
    else:
        print(f"{person.name} is enrolled with {counted(person.photos)}, {new} new.")
        print(*(f"But: {doubt}\n" for doubt in doubts), sep="", end="")
    return 0


def identify(options):
    """Print who is on a photo; the exit code is 0 for a person, 1 for nobody."""
    from helpers.app import desk
    from helpers.live.words import describe_found
    from helpers.verifier import closeups_of

    path = desk.existing(file_of(options))
    (face,) = closeups_of([options.photo])
    with opened(path, options) as gallery:
        found = desk.identify(gallery, face, options.far)
    print(json.dumps(found._asdict()) if options.json else describe_found(found))
    return 0 if found.name is not None else 1


def people(options):
    """List who is enrolled; no weights are needed."""
    from helpers.app import desk
    from helpers.disk.places import people_at

    with closing(people_at(desk.existing(file_of(options)))) as kept:
        rows = kept.counted()
    if options.json:
        names = "name", "photos", "added"
        print(json.dumps([dict(zip(names, row)) for row in rows]))
        return 0
    for name, photos, added in rows:
        print(f"{name}: {counted(photos)}, enrolled {added[:10]}")
    print(f"{len(rows)} {'person is' if len(rows) == 1 else 'people are'} enrolled.")
    return 0


def forget(options):
    """Remove a person from where the options say; no weights are needed."""
    from helpers.app import desk
    from helpers.live import forgetting

    name = options.name
    if options.gallery is options.embedded is None:
        files, photos, rows, stays = forgetting.forget(name), None, None, []
        said = f"{counted(files, 'file')} of data/mine and what the gallery held"
    else:
        named = options.gallery is not None
        where = desk.existing(file_of(options)) if named else None
        files, (photos, rows) = 0, desk.remove(name, where, options.embedded)
        stays = desk.left(name, where)
        parts = (photos, "photo", where), (rows, "row", options.embedded)
        parts = [(n, what, place) for n, what, place in parts if n is not None]
        said = " and ".join(f"{counted(n, what)} of {at}" for n, what, at in parts)
    if options.json:
        found = {"name": name, "files": files, "photos": photos, "rows": rows}
        print(json.dumps(found | {"remains": stays}))
    else:
        print(f"{name} is forgotten. Removed: {said}.")
        print(*(f"But: {sentence}\n" for sentence in stays), sep="", end="")
    return 0


def serve(options):
    """Serve the web API until it is interrupted."""
    from helpers.app.serve import serve

    page = options.page or (PAGE if PAGE.is_dir() else None)
    of_faces(options.weights)
    serve(
        options.host,
        options.port,
        options.gallery,
        options.token_file,
        page,
        options.rate,
        options.weights,
    )
    return 0


def export(options):
    """Export a network, and say how it compares with Keras; or make the page."""
    from helpers.verifier import Verifier

    folder = Path(options.folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder.")
    if options.int8 and options.kind == "page":
        raise ValueError("The page takes the float32 file alone: leave --int8 out.")
    verifier = Verifier.load(options.weights)  # bad ones are refused at once
    if options.kind == "page":
        from helpers.app.pages import gather

        gather(Path(options.folder) / "page", verifier)
        return 0
    from helpers.app.checking import describe
    from helpers.app.export import export

    path, card = export(verifier, options.kind, options.folder, options.int8)
    print(f"Wrote {path}.\n{describe(card['exported']['check'])}")
    return 0


def embed(options):
    """Embed many photos; the exit code is 0."""
    from helpers.app import many
    from helpers.disk.places import Server, place

    files = many.photos_in(options.path, options.list)
    gallery = place(options.gallery) if options.gallery else None
    if isinstance(gallery, Server):
        raise ValueError(
            "embed enrols into a file: name one, which Gallery(URL).merge(FILE) then "
            "takes to a server."
        )
    if gallery:
        of_faces(options.weights)
    done = many.embed_many(
        files, options.out, options.weights, options.workers, options.json
    )
    people = many.enrol_all(options.out, gallery) if gallery else None
    if options.json:
        found = done._asdict() | {"skipped": len(done.skipped), "people": people}
        print(json.dumps(found))
        return 0
    print(many.describe(done, options.out))
    if gallery:
        print(f"People in {gallery} now: {people:,}.")
    return 0


def file_of(options):
    """Where the gallery is that the options name, or the usual one."""
    from helpers.app import desk
    from helpers.disk.places import place

    return place(options.gallery or desk.usual())


def opened(path, options):
    """The gallery of a place, with the verifier that the options name."""
    from helpers.app import desk
    from helpers.gallery import Gallery
    from helpers.verifier import Verifier

    of_faces(options.weights)
    verifier = Verifier.load(options.weights)
    return Gallery(desk.prepared(path), verifier, recompute=options.recompute)


def of_faces(weights):
    """Refuse weights that compare pictures as they are."""
    from helpers.disk.cards import locate

    if "pictures" in locate(weights)[1]:
        raise ValueError(
            f"{weights} looks for no face, and a gallery holds faces: leave --weights "
            "out, or name those of `train faces`."
        )


def counted(number, what="photo"):
    """A number of things in words.

    >>> counted(1), counted(3)
    ('1 photo', '3 photos')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"
