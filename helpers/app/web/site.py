"""What a browser shows of the server: the page's files, the list of operations."""

from html import escape
from pathlib import PurePath

from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles

TYPES = {  # not every system knows them, and a browser insists on the first three
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".bin": "application/octet-stream",
    ".webmanifest": "application/manifest+json",
}
HEADERS = {  # nothing comes from elsewhere, nothing goes there
    # OpenCV for browsers makes functions out of its own text, hence 'unsafe-eval'
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-eval'; "
    "img-src 'self' blob: data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Dressed:
    """Adds HEADERS to each answer; what is no file of the page stays in no cache.

    Args:
        app: of ASGI.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def dressed(message):
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, dressed)


class Page(StaticFiles):
    """A folder of plain files, each with its media type."""

    def file_response(self, full_path, *rest):
        response = super().file_response(full_path, *rest)
        kind = TYPES.get(PurePath(full_path).suffix.lower())
        if kind is not None and "content-type" in response.headers:
            response.headers["Content-Type"] = kind
        response.headers["Cache-Control"] = "no-cache"  # kept, and asked for changes
        return response


def listed(description):
    """The operations that OpenAPI describes, as a page that loads nothing.

    Args:
        description: dict of OpenAPI.
    """
    parts = [
        f"<dt><code>{method.upper()} {escape(path)}</code></dt>"
        f"<dd><strong>{escape(operation['summary'])}</strong> "
        f"{escape(operation['description'])} "
        f"Answers {', '.join(operation['responses'])}.</dd>"
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    title, about = (
        escape(description["info"][key]) for key in ("title", "description")
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title>'
        f"<h1>{title}</h1><p>{about}</p><dl>{''.join(parts)}</dl>"
        '<p><a href="openapi.json">openapi.json</a> describes all of it for programs.'
    )
