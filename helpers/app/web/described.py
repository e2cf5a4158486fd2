"""What OpenAPI says of requests and problems, where FastAPI cannot know it."""

from helpers.app.web.forms import FORM, JSON
from helpers.app.web.problems import MEDIA
from helpers.disk.names import LONGEST

SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "Of the status."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, what to do."},
    },
    "additionalProperties": False,
}
MEANINGS = {  # of each status that the API answers with
    400: "The form, the JSON or the address is malformed.",
    401: "The token is missing or wrong.",
    403: "Another web site sent the request.",
    404: "Nobody has this name, or there is no such photo.",
    408: "The body came too slowly.",
    409: "Somebody else has this name.",
    413: "The body is too large.",
    415: "The body is of another type than the one described.",
    421: "The request is for a host of another name.",
    422: "A photo, a name or a rate cannot be used.",
    429: "Too many requests: try again after the seconds in `Retry-After`.",
    500: "The gallery cannot be used, or the server failed.",
    503: "The server is busy, or another program uses the gallery.",
    507: "The disk is full.",
}
NAME = {"type": "string", "format": "name", "minLength": 1, "maxLength": LONGEST}
FAR = {
    "type": "number",
    "minimum": 0.0001,
    "maximum": 1,
    "default": 0.01,
    "description": "Wanted false accept rate: share of strangers that may be accepted.",
}
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
COMMON = {400, 403, 421, 429, 500, 503}  # of every operation
OF_FORM = {408, 413, 415, 422}


def photo(about):
    """One file of a form."""
    return {"type": "string", "format": "binary", "description": about}


def several(most):
    """Several files of a form under one name."""
    each = photo("Of one face.")
    return {"type": "array", "items": each, "minItems": 1, "maxItems": most}


def form(required, **fields):
    """A form of photos and texts."""
    return body(FORM, required, fields)


def json(**fields):
    """A JSON object, all of whose fields are required."""
    return body(JSON, list(fields), fields)


def body(media, required, fields):
    """What an operation takes, for `openapi_extra`."""
    schema = {"type": "object", "required": required, "properties": fields}
    schema["additionalProperties"] = False
    return {"requestBody": {"required": True, "content": {media: {"schema": schema}}}}


def content(media, about, **schema):
    """A good answer that is no JSON."""
    return {200: {"description": about, "content": {media: {"schema": schema}}}}


def refusals(*statuses):
    """The problems that an operation may answer with.

    >>> refusals(404)[404]["description"]
    'Nobody has this name, or there is no such photo.'
    """
    kind = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    text = {"schema": {"type": "string"}}
    headers = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
    return {
        status: {"description": MEANINGS[status], "content": kind}
        | ({"headers": {headers[status]: text}} if status in headers else {})
        for status in sorted({*statuses})
    }


def created(model):
    """The answer to an enrolment of somebody new, with what may follow it."""
    name = {"name": "$request.path.name"}
    follow = ("person", "photos", "enrol", "rename", "forget")
    return {
        201: {
            "model": model,
            "description": "The person is new.",
            "headers": {"Location": {"schema": {"type": "string"}}},
            "links": {
                operation: {"operationId": operation, "parameters": name}
                for operation in follow
            },
        }
    }


def removed(model):
    """The answers to a removal: without a body, or one that says what is left."""
    return {
        204: {"description": "No byte of the person is in the gallery."},
        200: {
            "model": model,
            "description": "The person is removed, but bytes may be left, for instance "
            "in the log of the gallery's database server.",
        },
    }
