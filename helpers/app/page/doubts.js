// What in a photo makes a verdict on it doubtful; as sources/doubts.py does it. The limits and why
// they are what they are stand there.

import { BLURRED, BRIGHT, DARK, FINE, GRAIN, LIKE, SIZE, WHITE } from "./constants.js";
import { freed } from "./levelling.js";

/* global cv */

const ALONG = [ // second differences along a row, a column and the two diagonals
  [0, 0, 0, 1, -2, 1, 0, 0, 0],
  [0, 1, 0, 0, -2, 0, 0, 1, 0],
  [0.5, 0, 0, 0, -1, 0, 0, 0, 0.5],
  [0, 0, 0.5, 0, -1, 0, 0.5, 0, 0],
];

function spread(image) {
  return freed((keep) => {
    const [mean, deviation] = [keep(new cv.Mat()), keep(new cv.Mat())];
    cv.meanStdDev(image, mean, deviation);
    return deviation.data64F[0];
  });
}

// How strong the fine detail of an image is in each of the four directions.
function details(image) {
  return ALONG.map((weights) => freed((keep) => {
    const kernel = keep(cv.matFromArray(3, 3, cv.CV_32F, weights)), found = keep(new cv.Mat());
    cv.filter2D(image, found, cv.CV_32F, kernel);
    return spread(found);
  }));
}

// Phrases that follow the photo's name, the worst first. crop: Uint8Array (SIZE * SIZE).
export function seen(crop, sight) {
  const share = (holds) => crop.filter(holds).length / crop.length;
  const [sharpness, grain] = freed((keep) => {
    const image = keep(cv.matFromArray(SIZE, SIZE, cv.CV_32F, crop)), smooth = keep(new cv.Mat());
    cv.GaussianBlur(image, smooth, new cv.Size(0, 0), FINE);
    const least = Math.min(...details(smooth));
    return [least / Math.max(spread(smooth), 1), Math.max(...details(image))];
  });
  const rules = {
    "may show no face, or one that is hard to see": sight.like < LIKE,
    "shows a second face, and the larger one was taken": sight.others > 0,
    "is too dark": crop.reduce((sum, grey) => sum + grey, 0) / crop.length / 255 < DARK,
    "is too bright": share((grey) => grey >= WHITE) > BRIGHT,
    "is blurred": sharpness < BLURRED,
    "is full of grain, dots or lines": grain > GRAIN,
  };
  return Object.keys(rules).filter((phrase) => rules[phrase]);
}
