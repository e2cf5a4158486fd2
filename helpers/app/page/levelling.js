// A square on a face: moved, corrected, cut out upright; as sources/levelling.py does it, with the
// same names. A face is { x, y, side, angle }: centre and side in pixels, tilt in radians.

import { WINDOW } from "./constants.js";
import { hog } from "./hog.js";

/* global cv */

// OpenCV's matrices are not freed by themselves: `work` hands each to `keep`.
export function freed(work) {
  const kept = [];
  const keep = (matrix) => (kept.push(matrix), matrix);
  try {
    return work(keep);
  } finally {
    for (const matrix of kept) matrix.delete();
  }
}

// The affine map from a face's square to an upright square: two rows of three.
function matrix(face, size) {
  const scale = size / face.side;
  const [cos, sin] = [scale * Math.cos(face.angle), scale * Math.sin(face.angle)];
  return [
    cos, sin, size / 2 - cos * face.x - sin * face.y,
    -sin, cos, size / 2 + sin * face.x - cos * face.y,
  ];
}

// The face's square of a grey image, a cv.Mat, as an upright picture: Uint8Array (size * size).
export function cut(image, face, size) {
  return freed((keep) => {
    const times = size * Math.max(1, Math.floor(face.side / size)); // smooth where it shrinks
    const map = keep(cv.matFromArray(2, 3, cv.CV_64F, matrix(face, times)));
    const [wide, small] = [keep(new cv.Mat()), keep(new cv.Mat())];
    cv.warpAffine(
      image, wide, map, new cv.Size(times, times), cv.INTER_LINEAR, cv.BORDER_REPLICATE,
      new cv.Scalar());
    cv.resize(wide, small, new cv.Size(size, size), 0, 0, cv.INTER_AREA);
    return Uint8Array.from(small.data);
  });
}

function gradients(image, face) {
  return hog(cut(image, face, WINDOW));
}

// A face's square moved by a step in its own axes: right and down in sides, growth, turn.
function move(face, [right, down, growth, turn]) {
  const [cos, sin] = [Math.cos(face.angle), Math.sin(face.angle)];
  return {
    x: face.x + face.side * (cos * right - sin * down),
    y: face.y + face.side * (sin * right + cos * down),
    side: face.side * Math.exp(growth),
    angle: face.angle + turn,
  };
}

// The weights of the regressions, from the numbers of `aligner.bin`.
export function alignerOf(numbers, { stages, features }) {
  let at = 0;
  const next = (count) => numbers.subarray(at, (at += count));
  const weights = Array.from({ length: stages }, () => next(features * 4));
  const bias = Array.from({ length: stages }, () => next(4));
  const regressions = weights.map((one, n) => [one, bias[n]]);
  return { stages: regressions, face: next(features), bias: next(1)[0] };
}

// A face's square corrected in place, size and tilt, by one regression after the other.
export function align(image, face, aligner) {
  for (const [weights, bias] of aligner.stages) {
    const step = Array.from(bias);
    gradients(image, face).forEach((value, n) => {
      for (let k = 0; k < 4; k++) step[k] += value * weights[4 * n + k];
    });
    face = move(face, step);
  }
  return face;
}

// How much a levelled square looks like an upright face: about 1, or about -1 for anything else.
export function facelike(image, face, aligner) {
  const { face: weights, bias } = aligner;
  return gradients(image, face).reduce((sum, value, n) => sum + value * weights[n], bias);
}
