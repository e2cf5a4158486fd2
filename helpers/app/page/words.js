// Sentences: a verdict, as live/words.py puts it, and what keeps the page from one.

export class Refused extends Error {} // its message is a sentence for the reader

// Of a file of this page: it is missing, or is not the one that was gathered.
export function broken(file) {
  return new Refused(
    `${file} of this page is missing or damaged: load the page again, and if it stays so, make ` +
    "it again with `python -m helpers export page`.");
}

// A share in percent, with as many digits as were measured.
export function share(rate) {
  return `${Number((100 * rate).toPrecision(2))} %${rate <= 1.001e-4 ? " or fewer" : ""}`;
}

// The lines of a verdict: what it is, what that is worth, and each doubt.
export function describe(verdict) {
  const { same, similarity, threshold, alike, accepted, rejected, doubts } = verdict;
  const [who, side] = same ? ["The same person", "at least"] : ["Different people", "below"];
  const [score, limit] = [similarity, threshold].map((value) => value.toFixed(3));
  return [
    `${who}: similarity ${score}, ${side} the threshold of ${limit}.`,
    `Of pairs of strangers ${share(alike)} are at least this alike; the threshold accepts ` +
    `${share(accepted)}, and rejects ${share(rejected)} of pairs of one person.`,
    ...doubts.map((doubt) => `Do not rely on it: ${doubt}`),
  ];
}
