"""The operations of the web API: each reads a request, asks the desk, answers.

What blocks runs in the threads of `limits.Workers`: decoding, finding faces,
TensorFlow, SQLite.
"""

from importlib import metadata
from typing import Annotated, NamedTuple
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from helpers.app import desk
from helpers.app.web import answers, forms, limits
from helpers.app.web.described import (
    DIGEST,
    FAR,
    NAME,
    OF_FORM,
    content,
    created,
    form,
    json,
    photo,
    refusals,
    removed,
    several,
)
from helpers.app.web.problems import Refused, without_path
from helpers.disk.people import checked_name
from helpers.disk.places import remains
from helpers.disk.store import GalleryError
from helpers.gallery import Gallery
from helpers.live.words import describe, describe_found

PHOTOS = 10  # of one enrolment
router = APIRouter()


class Served(NamedTuple):
    """What all operations share."""

    gallery: Gallery
    workers: limits.Workers
    registry: CollectorRegistry
    token: str | None


def served(request: Request):
    """What the application was made with."""
    return request.app.state.served


def named(name: Annotated[str, Path(json_schema_extra=NAME)]):
    """The name in an address, as it is stored."""
    try:
        return stored(unquote(name, errors="strict"))
    except UnicodeDecodeError:
        raise Refused(422, "The name in the address is no UTF-8.") from None


def stored(name):
    """A name as the gallery stores it."""
    try:
        return checked_name(name)
    except GalleryError as error:
        raise Refused(422, str(error)) from None


Here = Annotated[Served, Depends(served)]
Name = Annotated[str, Depends(named)]


# ---- two photos, one photo -----------------------------------------------------------


@router.post(
    "/verify",
    summary="Do two photos show one person?",
    responses=refusals(*OF_FORM),
    openapi_extra=form(
        ["a", "b"],
        a=photo("Of one face from the front, in any format."),
        b=photo("Another one."),
        far=FAR,
    ),
)
async def verify(request: Request, here: Here) -> answers.Verdict:
    """The similarity of the two faces beside a threshold, with its error rates."""
    photos, texts = await forms.form(request, {"a": 1, "b": 1}, ["far"])
    verifier, pair = here.gallery.verifier, photos["a"] + photos["b"]
    far = forms.rate(texts, verifier)
    return await here.workers.run(verdict, verifier, pair, far)


def verdict(verifier, photos, far):
    """The answer of `verify`."""
    found = verifier.verify(*forms.closeups(photos), far)
    return found._asdict() | {
        "false_accept_rate_95": verifier.rates.interval(found.threshold),
        "measured_on": verifier.card.get("data"),
        "words": describe(found, verifier.card),
    }


@router.post(
    "/identify",
    summary="Who is it, or nobody?",
    responses=refusals(*OF_FORM),
    openapi_extra=form(["photo"], photo=photo("Of one face."), far=FAR),
)
async def identify(request: Request, here: Here) -> answers.Found:
    """The person enrolled whom a photo shows; of a stranger no name is told."""
    photos, texts = await forms.form(request, {"photo": 1}, ["far"])
    far = forms.rate(texts, here.gallery.verifier)
    return await here.workers.run(probed, here.gallery, photos["photo"], far)


def probed(gallery, photos, far):
    """The answer of `identify`."""
    found = desk.identify(gallery, *forms.closeups(photos), far)
    if found.name is None and found.nearest is not None:
        found = found._replace(nearest="the person most alike")
    told = found._asdict() | {"words": describe_found(found)}
    del told["nearest"]
    return told


# ---- people --------------------------------------------------------------------------


@router.get("/people", summary="Who is enrolled?")
async def people(here: Here) -> answers.People:
    """Everybody, in order of enrolment."""
    return {"people": await here.workers.run(here.gallery.people)}


@router.get(
    "/people/{name}", summary="With how many photos?", responses=refusals(404, 422)
)
async def person(name: Name, here: Here) -> answers.Person:
    """One person; capitals do not matter in a name."""
    return await here.workers.run(known, here.gallery, name)


def known(gallery, name):
    """A `Person` who is enrolled."""
    if (found := desk.person(gallery, name)) is not None:
        return found
    raise Refused(404, f"There is no {name!r} in the gallery: see `people`.")


@router.put(
    "/people/{name}",
    summary="Enrol a person, or add photos",
    responses=refusals(*OF_FORM, 507) | created(answers.Enrolled),
    openapi_extra=form(["photos"], photos=several(PHOTOS)),
)
async def enrol(
    name: Name, request: Request, response: Response, here: Here
) -> answers.Enrolled:
    """All photos are kept, or none where one is no good; the same one is kept once."""
    photos, _ = await forms.form(request, {"photos": PHOTOS})
    told = await here.workers.run(enrolled, here.gallery, name, photos["photos"])
    if told["photos"] == told["new"]:
        response.status_code = 201
        response.headers["Location"] = f"/people/{quote(told['name'], safe='')}"
    return told


def enrolled(gallery, name, photos):
    """The answer of `enrol`."""
    new, doubts = desk.enrol(gallery, name, forms.closeups(photos))
    return known(gallery, name)._asdict() | {"new": new, "doubts": doubts}


@router.patch(
    "/people/{name}",
    summary="Rename a person",
    responses=refusals(*OF_FORM, 404, 409, 507),
    openapi_extra=json(name=NAME),
)
async def rename(name: Name, request: Request, here: Here) -> answers.Person:
    """No byte of the old name stays in the gallery's file."""
    new = stored(await forms.text_of(request, "name"))
    return await here.workers.run(renamed, here.gallery, name, new)


def renamed(gallery, old, new):
    """The answer of `rename`."""
    try:
        gallery.rename(old, new)
    except GalleryError as error:
        if error.__cause__ is None:
            known(gallery, old)
            raise Refused(409, str(error)) from None
        raise
    return known(gallery, new)


@router.delete(
    "/people/{name}",
    summary="Forget a person",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 422, 507) | removed(answers.Removed),
)
async def forget(name: Name, here: Here):
    """204: no byte of the person is in the gallery. 200: some may be, it says where."""
    if stays := await here.workers.run(forgotten, here.gallery, name):
        return JSONResponse({"name": name, "remains": [stays]})


def forgotten(gallery, name):
    """Remove a person, or what an earlier try left: what stays, a sentence or None."""
    try:
        gallery.forget(name)
    except GalleryError as error:
        if error.__cause__ is None:
            known(gallery, name)
        raise
    stays = remains(gallery.path)
    return stays and without_path(stays, gallery.path)


# ---- what is kept of a person --------------------------------------------------------


@router.get(
    "/people/{name}/photos",
    summary="What is kept of a person?",
    responses=refusals(404, 422),
)
async def photos(name: Name, here: Here) -> answers.Photos:
    """Of each photo a digest, the time, and where the face that was cut out is."""
    return await here.workers.run(kept, here.gallery, name)


def kept(gallery, name):
    """The answer of `photos`."""
    name = known(gallery, name).name
    address = f"/people/{quote(name, safe='')}/photos"
    rows = [
        one._asdict() | {"crop": one.crop and f"{address}/{one.digest}"}
        for one in desk.kept(gallery.path, name)
    ]
    return {"name": name, "photos": rows}


@router.get(
    "/people/{name}/photos/{digest}",
    summary="A face that is kept",
    response_class=Response,
    responses=refusals(404, 422)
    | content("image/png", "64 x 64 pixels, grey.", type="string", format="binary"),
)
async def crop(
    name: Name, digest: Annotated[str, Path(json_schema_extra=DIGEST)], here: Here
):
    """What the network was shown of a photo; nothing else of the photo is kept."""
    found = await here.workers.run(desk.kept, here.gallery.path, name)
    for one in found:
        if one.digest == digest and one.crop:
            return Response(one.crop, media_type="image/png")
    raise Refused(404, f"There is no such photo of {name!r}: see its photos.")


# ---- the server ----------------------------------------------------------------------


@router.get("/version", summary="What runs here?")
async def version(here: Here) -> answers.Version:
    """The course's version, and which weights answer."""
    verifier = here.gallery.verifier
    return {
        "version": metadata.version("siamese-faces"),
        "verifier": verifier.card["name"],
        "tower": verifier.version,
    }


@router.get(
    "/metrics",
    summary="Counts and times",
    response_class=PlainTextResponse,
    responses=content("text/plain", "For Prometheus.", type="string"),
)
async def metrics(here: Here):
    """Of requests and of the process; nobody's name is in it."""
    text = generate_latest(here.registry)
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


async def health(here: Here) -> answers.Health:
    """The server answers, and its gallery can be read."""
    await here.workers.run(len, here.gallery)
    return {"status": "ok"}
