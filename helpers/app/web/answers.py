"""What the API answers, as OpenAPI describes it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[list[Share], Field(min_length=2, max_length=2)]
Cosine = Annotated[float, Field(ge=-1.001, le=1.001)]  # rounding is not cut off
Doubts = Annotated[tuple[str, ...], Field(description="What makes it doubtful.")]
Words = Annotated[str, Field(description="All of it in plain lines.")]


class Answer(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(
        extra="forbid", json_schema_serialization_defaults_required=True
    )


class Verdict(Answer):
    """Whether two photos show one person; see `verifier.Verdict`."""

    same: bool
    similarity: Cosine
    threshold: float
    false_accept_rate: Share
    false_accept_rate_95: Interval | None = Field(
        description="Where it may lie, had other people been measured: 95 % interval. "
        "null: it was not measured."
    )
    measured_on: str | None = Field(description="The people and photos of the rates.")
    false_reject_rate: Share
    strangers_alike: Share = Field(
        description="Share of strangers' pairs that are at least this similar."
    )
    doubts: Doubts
    words: Words


class Found(Answer):
    """Who a photo shows; of a stranger nobody's name is told."""

    name: str | None = Field(description="null: it is nobody who is enrolled.")
    similarity: Cosine = Field(description="With the person who is most alike.")
    threshold: float
    false_accept_rate: Share = Field(
        description="Share of strangers who get a name, anybody's."
    )
    people: int = Field(ge=0, description="How many are enrolled.")
    doubts: Doubts
    words: Words


class Person(Answer):
    """Somebody who is enrolled."""

    name: str
    photos: int = Field(ge=1)
    added: str = Field(description="ISO time.")


class People(Answer):
    """Everybody who is enrolled, in order of enrolment."""

    people: list[Person]


class Enrolled(Person):
    """A person after an enrolment."""

    new: int = Field(ge=0, description="Photos that were not there yet.")
    doubts: Doubts


class Removed(Answer):
    """Somebody was removed, but bytes of the person may be left."""

    name: str
    remains: tuple[str, ...] = Field(
        min_length=1, description="Where, and what an administrator does about it."
    )


class Photo(Answer):
    """What is kept of a photo: the cut-out face and its embedding."""

    digest: str = Field(pattern="^[0-9a-f]{32}$")
    time: str = Field(description="When it was enrolled, ISO time.")
    features: int = Field(ge=1, description="Numbers of its embedding.")
    crop: str | None = Field(description="Where the cut-out face is; null: not kept.")


class Photos(Answer):
    """All that is kept of a person."""

    name: str
    photos: list[Photo]


class Health(Answer):
    """That the server works and its gallery can be read."""

    status: str = Field(pattern="^ok$")


class Version(Answer):
    """What runs here."""

    version: str = Field(description="Of the course.")
    verifier: str = Field(description="The name of its weights.")
    tower: str = Field(description="A short name for exactly these weights.")
