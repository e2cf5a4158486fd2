"""What a person leaves behind in the course's tools, as 14 tells it."""

from helpers.experiments import forgotten

OWN = {
    "photos and record in data/mine",
    "the gallery's file",
    "the server's files and log",
    "the web API's gallery and log",
}


def test_forgetting_leaves_nothing_where_the_course_promises_it():
    rows = {row["place"]: row for row in forgotten.results()["rows"]}
    assert rows.keys() >= OWN
    for place, row in rows.items():
        assert row["before"] and not row["end"]
        assert bool(row["after"]) == (place not in OWN)


def test_how_the_forgotten_come_back():
    found = forgotten.results()["comes back"]
    assert [bool(photos) for photos in found.values()] == [True, True, False]
