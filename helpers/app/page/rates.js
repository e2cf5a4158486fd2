// From two embeddings to a verdict: the cosine, and what the card says of thresholds, which was
// measured on people held out of the training; as measures/rates.py does it.

import { CARD } from "./constants.js";

const STRANGERS = columns(CARD.strangers); // share of strangers' pairs, similarity they reach
const OWNERS = columns(CARD.owners); // share of one person's pairs, similarity they do not reach

export const LEAST = STRANGERS[0].at(-1); // the smallest false accept rate that was measured

function columns(rows) {
  return [0, 1].map((column) => rows.map((row) => row[column]));
}

// What lies at `at` on the line through points whose `places` rise.
function between(at, places, values) {
  if (at <= places[0]) return values[0];
  const high = places.findIndex((place) => place > at);
  if (high < 0) return values.at(-1);
  const part = (at - places[high - 1]) / (places[high] - places[high - 1]);
  return values[high - 1] + part * (values[high] - values[high - 1]);
}

// The verdict on two faces, { embedding, doubts }, for a wanted false accept rate, LEAST..1.
export function verify(a, b, far) {
  const [rates, scores] = STRANGERS;
  const similarity = a.embedding.reduce((sum, value, n) => sum + value * b.embedding[n], 0);
  const threshold = between(-Math.log(far), rates.map((rate) => -Math.log(rate)), scores);
  const strangers = (score) => Math.exp(between(score, scores, rates.map(Math.log)));
  return {
    same: similarity >= threshold,
    similarity,
    threshold,
    alike: strangers(similarity),
    accepted: strangers(threshold),
    rejected: between(threshold, OWNERS[1], OWNERS[0]),
    doubts: [...a.doubts, ...b.doubts],
  };
}
