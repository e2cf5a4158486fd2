"""The web API: verify, enrol, identify, rename, forget, over HTTP.

    app = service(Gallery("people.sqlite", Verifier.load()))

It is the desk of the command line (`desk.py`) behind FastAPI. A photo is kept only
where it is enrolled, and no upload touches the disk. What a caller sends opens no path
and no address here.
"""

from importlib import metadata
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from helpers.app.web import limits, problems, site, watch
from helpers.app.web.described import COMMON, SCHEMA, refusals
from helpers.app.web.operations import Here, Served, health, router
from helpers.app.web.problems import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TITLE = "Faces: verify, enrol, identify"
ABOUT = (
    "A siamese network says whether two photos show one person, and who of the people "
    "enrolled is on a photo, or nobody. Of an enrolled photo the face that was cut out "
    "and its embedding are kept until the person is deleted; no other photo is kept. "
    "Enrol only who has agreed to it."
)
bearer = HTTPBearer(auto_error=False, description="The token of the server.")


def service(gallery, token=None, hosts=LOOPBACK, page=None, rate=limits.RATE):
    """The API as an application of ASGI.

    Args:
        gallery: a `Gallery`, with the verifier that answers.
        token: text that a request has to bring, or None.
        hosts: names by which the server may be asked; None for any, with a token only.
        page: folder of files that are shown at `/`, or None.
        rate: requests a second of one client; None for no limit.

    Returns:
        A `FastAPI`.
    """
    app = FastAPI(
        title=TITLE,
        description=ABOUT,
        version=metadata.version("siamese-faces"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        exception_handlers=problems.handlers(gallery) | {HTTPException: unknown},
    )
    registry = watch.registry()
    app.state.served = Served(gallery, limits.Workers(), registry, token)
    common, secured = refusals(*COMMON), refusals(*COMMON, 401)
    first = [Depends(in_the_body)]
    if token is None:
        app.include_router(router, dependencies=first, responses=common)
    else:
        first.insert(0, Depends(allowed))
        app.include_router(router, dependencies=first, responses=secured)
    app.get("/health", summary="Does it work?", responses=common)(health)
    _describe(app)
    _show(app, page)

    app.add_middleware(limits.Bodies)  # the last one that is added is asked first
    if rate is not None:
        app.add_middleware(limits.Clients, rate=rate)
    app.add_middleware(limits.Doors, hosts=hosts)
    app.add_middleware(watch.Watched, registry=registry)
    app.add_middleware(site.Dressed)
    app.add_middleware(AsSent)
    return app


def _describe(app):
    """Make the description, to which FastAPI does not add what no function returns."""
    description = app.openapi()
    description["components"]["schemas"]["Problem"] = SCHEMA
    app.openapi = lambda: description


def _show(app, page):
    """Add what a browser shows: the operations, and the page's files."""
    operations, away = (
        HTMLResponse(site.listed(app.openapi())),
        RedirectResponse("/docs"),
    )
    app.add_route("/docs", lambda request: operations, include_in_schema=False)
    if page is None:
        app.add_route("/", lambda request: away, include_in_schema=False)
    else:
        app.mount("/", site.Page(directory=page, html=True))


async def allowed(
    here: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
):
    """Refuse a request without the token."""
    limits.check_token(given and given.credentials, here.token)


async def in_the_body(request: Request):
    """Refuse what stands behind a question mark: nobody would read it."""
    if request.url.query:
        raise problems.Refused(
            400,
            "Nothing is read behind the question mark of an address: send fields, far "
            "among them, in the form.",
        )


def unknown(request, error):
    """No such address, or not with this method; then `Allow` names those there are."""
    if error.status_code not in (404, 405):
        return problem(error.status_code, f"{error.detail}.", error.headers)
    routes = [*router.routes, *request.app.routes]
    routes = [route for route in routes if isinstance(route, Route)]
    here = [
        one.methods for one in routes if one.matches(request.scope)[0] != Match.NONE
    ]
    if error.status_code == 405 and not here:
        here = [{"GET", "HEAD"}]  # a file of the page
    if not here:
        return problem(404, "There is no such address here: see /docs.")
    names = ", ".join(sorted(set.union(*here)))
    sentence = f"{request.method} is not possible here: use {names}."
    return problem(405, sentence, {"Allow": names})


class AsSent:
    """Routes see an address as it was sent, so that a name may hold a slash, %2F.

    Args:
        app: of ASGI.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope.get("raw_path"):
            scope["path"] = scope["raw_path"].decode("ascii", "replace")
        await self.app(scope, receive, send)
