"""The command line: `python -m helpers verify ann.jpg who.png`, and more with `--help`.

A command does its work in another module, which is imported when the command is known:
so that help is there at once, and a photo that cannot be used is refused before
TensorFlow is loaded.
"""

import argparse
import json
import os
import sys

ABOUT = """Verify faces with the course's network, measure it, train it again.

  python -m helpers verify ann.jpg who.png       do both photos show one person?
  python -m helpers verify a.jpg b.jpg --far 0.001     accept fewer strangers
  python -m helpers evaluate orl                 how good is it on 40 unseen people?
  python -m helpers train faces                  make its weights anew (half an hour)
  python -m helpers benchmark                    the classic recipe beside ours

Each command has its own help: python -m helpers verify --help"""
VERIFY = """Say whether two photos show one person.

Each photo shows one face from the front, in any format. The face is found and levelled,
both are embedded, and the similarity of the embeddings (-1 to 1) is compared with a
threshold, which was measured on people who were held out of the training.

The exit code is 0 for the same person, 1 for different people, and 2 where it could not
tell: the reason then stands on the standard error."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says in one sentence what is wrong, without the usage."""

    def error(self, message):
        text = message[:1].upper() + message[1:]
        self.exit(2, f"{text}. See `{self.prog} --help`.\n")


def parser():
    """All commands with their options; `work` is the function that a command calls."""
    as_is = argparse.RawDescriptionHelpFormatter
    top = Parser("python -m helpers", description=ABOUT, formatter_class=as_is)
    commands = top.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )

    def command(name, work, about, text=None, among=commands):
        made = among.add_parser(
            name, help=about, description=text or about, formatter_class=as_is
        )
        made.set_defaults(work=work)
        return made

    one = command("verify", verify, "do two photos show one person?", VERIFY)
    one.add_argument("a", metavar="A", help="a photo")
    one.add_argument("b", metavar="B", help="another photo")
    one.add_argument(
        "--far",
        type=float,
        metavar="RATE",
        help="share of strangers that may be accepted, 0.0001 to 1; by default the "
        "threshold at which both mistakes are equally likely",
    )
    one = command("evaluate", evaluate, "measure the verifier on people it never saw")
    one.add_argument("set", choices=("lfw", "orl"), help="the set of photos")
    for each in commands.choices.values():
        each.add_argument(
            "--weights",
            default="faces",
            metavar="NAME|PATH",
            help="which verifier: %(default)s, or the path of a .keras file",
        )
    one = command("benchmark", benchmark, "the classic recipe beside ours, in one run")
    one.add_argument(
        "--minutes",
        type=positive(float),
        default=4.0,
        metavar="M",
        help="of training for each side (%(default)g)",
    )
    one.add_argument(
        "--folder",
        metavar="PATH",
        default="images",
        help="where the figure and the numbers go (%(default)s)",
    )
    for each in commands.choices.values():
        each.add_argument(
            "--json", action="store_true", help="print JSON, for programs"
        )

    one = command("train", None, "make the weights that the course ships")
    what = one.add_subparsers(
        title="what to train", dest="what", metavar="WHAT", required=True
    )
    one = command("faces", train_faces, "the verifier, on LFW", among=what)
    as_recipe = argparse.SUPPRESS  # what is not given is left to the recipe
    one.add_argument("--epochs", type=positive(int), default=as_recipe, metavar="N")
    one.add_argument("--seed", type=int, default=as_recipe, metavar="N")
    one.add_argument("--folder", default=as_recipe, help="where the run is kept")
    one.add_argument("--name", default=as_recipe, help="name or path of the weights")
    command("aligner", train_aligner, "what levels a face, on LFW", among=what)
    # another training: one more line here, and a function like train_aligner
    return top


def positive(kind):
    """A type for numbers above 0."""

    def number(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = "positive number"
    return number


def verify(options):
    """Print the verdict on two photos; exit code 0 same, 1 different."""
    from helpers.verifier import Verifier, face_of

    crops = [face_of(path) for path in (options.a, options.b)]
    verifier = Verifier.load(options.weights)
    verdict = verifier.verify(*verifier.embed_crops(crops), options.far)
    if options.json:
        print(json.dumps(verdict._asdict() | {"weights": options.weights}))
    else:
        print(describe(verdict))
    return 0 if verdict.same else 1


def describe(verdict):
    """A verdict in two plain lines."""
    same, similarity, threshold, accepted, alike = verdict
    person = "The same person" if same else "Different people"
    side = "at least" if same else "below"
    return (
        f"{person}: similarity {similarity:.3f}, {side} the threshold of "
        f"{threshold:.3f}.\n"
        f"Of pairs of strangers {share(alike)} are at least this alike; the threshold "
        f"accepts {share(accepted)}."
    )


def share(rate):
    """A share in percent, with as many digits as were measured.

    >>> share(0.0123), share(0.5), share(0.0001)
    ('1.2 %', '50 %', '0.01 % or fewer')
    """
    least = 0.0001
    return f"{100 * rate:.2g} %" + (" or fewer" if rate <= 1.001 * least else "")


def evaluate(options):
    """Measure a verifier; the last line is JSON."""
    from helpers import recipes
    from helpers.verifier import Verifier

    verifier = Verifier.load(options.weights)
    measure = {"lfw": recipes.evaluate_lfw, "orl": recipes.evaluate_orl}[options.set]
    found = measure(verifier)
    if not options.json:
        for name, value in found.items():
            print(f"{name:24}{value}")
    print(json.dumps(found | {"weights": options.weights}))
    return 0


def train_faces(options):
    """Train the verifier; the last lines are what was measured."""
    from helpers import recipes

    names = ("epochs", "seed", "folder", "name")
    card = recipes.train_faces(
        **{n: getattr(options, n) for n in names if n in options}
    )
    print(f"Held-out people: {card['held_out']}; threshold {card['threshold']}.")
    return 0


def train_aligner(options):
    """Train what levels a face."""
    from helpers import recipes

    left = recipes.train_aligner()
    print(
        "Left on held-out people, standard deviation: "
        "right {:.3f} and down {:.3f} sides, size {:.3f}, turn {:.3f} radians.".format(
            *left
        )
    )
    return 0


def benchmark(options):
    """Measure both recipes; the last line is JSON if wanted."""
    from helpers import benchmark

    return benchmark.main(options.minutes, options.folder, options.json)


def answer(arguments):
    """Run a command; what it raises for the reader becomes a sentence."""
    try:
        options = parser().parse_args(arguments)
        try:
            return options.work(options)
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            reason = " ".join(str(error).split())
        except ImportError as error:
            reason = f"The package {error.name} is missing: run `pip install -e .`"
        if getattr(options, "json", False):
            verdict = {"same": None} if options.command == "verify" else {}
            print(json.dumps(verdict | {"reason": reason}))
        print(reason, file=sys.stderr)
        return 2
    finally:
        sys.stdout.flush()


def main(arguments=None):
    """Run a command.

    Args:
        arguments: list of str; by default those of the process.

    Returns:
        The exit code: 0 done (or the same person), 1 different people, 2 a sentence on
        the standard error says what is wrong, 130 interrupted.
    """
    try:
        return answer(arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("The output was closed before all of it was read.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
