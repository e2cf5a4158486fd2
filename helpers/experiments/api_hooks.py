"""What Schemathesis cannot know of the web API: what a photo is, and what a name."""

import schemathesis
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation
from schemathesis.transport.serialization import Binary

from helpers.datasets import orl
from helpers.disk.names import LONGEST
from helpers.disk.people import checked_name
from helpers.experiments.api_crowd import jpeg


def is_name(text):
    """Whether a text is a name, which no pattern of JSON Schema says."""
    try:
        return isinstance(text, str) and bool(checked_name(text))
    except ValueError:
        return False


photos = [Binary(jpeg(image)) for image in orl(quiet=True).images[:40:5]]
names = strategies.text(min_size=1, max_size=LONGEST).filter(is_name)
schemathesis.openapi.format("binary", strategies.sampled_from(photos))
schemathesis.openapi.format("name", names)


@schemathesis.hook
def filter_case(context, case):
    """Leave out what is wrong only as Schemathesis sees it.

    That is a form whose empty list is what is wrong, since it sends nothing of it; and
    a name that shall be of another format than ours, and is a name all the same.
    """
    fields = case.body.values() if isinstance(case.body, dict) else ()
    if any(field in ([], {}) for field in fields):
        return False
    wrong = case.meta.is_negative_at
    return not (
        (wrong(ParameterLocation.PATH) and named(case.path_parameters))
        or (wrong(ParameterLocation.BODY) and named(case.body))
    )


def named(values):
    """Whether these are a proper name and nothing else."""
    return (
        isinstance(values, dict) and [*values] == ["name"] and is_name(values["name"])
    )
