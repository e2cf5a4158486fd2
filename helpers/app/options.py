"""Options that several commands share."""

import argparse


def positive(kind):
    """A type for numbers above 0."""

    def number(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = "positive number"
    return number


RECIPE = {
    "epochs": (positive(int), "N", "how long"),
    "seed": (int, "N", "of the first weights and of the batches"),
    "folder": (str, "PATH", "where the run is kept, so that it goes on after a kill"),
    "name": (str, "PATH", "name or path of the weights"),
}


def far(command, default=0.01, text="%(default)g"):
    """Add the option that sets the threshold."""
    command.add_argument(
        "--far",
        type=float,
        default=default,
        metavar="RATE",
        help=f"share of strangers that may be accepted, 0.0001 to 1 ({text})",
    )


def weights(command, default):
    """Add the option that names a verifier."""
    text = "faces, joined, omniglot or a .keras file; by default %(default)s"
    if default is None:
        text = "the .keras file that `train folder` named; by default that of PATH"
    command.add_argument(
        "--weights",
        default=default,
        metavar="NAME|PATH",
        help=f"which verifier: {text}",
    )


def as_json(command):
    """Add the option for programs."""
    command.add_argument("--json", action="store_true", help="print JSON, for programs")


def recipe(command):
    """Add the options of a training; what is not given is left to the recipe."""
    for name, (kind, metavar, text) in RECIPE.items():
        command.add_argument(
            f"--{name}",
            type=kind,
            default=argparse.SUPPRESS,
            metavar=metavar,
            help=text,
        )


def folder(command):
    """Add the folder of pictures, and where their forgeries are."""
    command.add_argument("path", metavar="PATH", help="the folder")
    command.add_argument(
        "--forgeries",
        metavar="PATH",
        help="a folder of forgeries, its sub-folders named like those of the genuine "
        "pictures; NAME_forg beside NAME, and NAME/forgeries, are known without it",
    )
