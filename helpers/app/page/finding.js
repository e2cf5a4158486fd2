// Where the face of a photo is; as sources/finding.py and faces.py do it, with the same names.
// `tools` holds the cascades by name and the aligner. An image is a cv.Mat, one channel.

import {
  BORDER, CLOSELY, CLOSER, LIKE, LONGEST, OTHER, QUICK, RIVAL, SIZE, TURNS, UNLIKE, WIDER,
} from "./constants.js";
import { align, cut, facelike, freed } from "./levelling.js";
import { Refused } from "./words.js";

/* global cv */

// As Python rounds: a half goes to the even neighbour.
function round(value) {
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 ? near - 1 : near;
}

function resized(image, change, how) {
  const small = new cv.Mat();
  const [columns, rows] = [image.cols, image.rows].map((side) => Math.max(1, round(change(side))));
  cv.resize(image, small, new cv.Size(columns, rows), 0, 0, how);
  return small;
}

// The photo with its longer side at most LONGEST, enough to show a face.
function reduced(image) {
  const times = Math.max(image.rows, image.cols) / LONGEST;
  return times > 1 ? resized(image, (side) => side / times, cv.INTER_AREA) : image.clone();
}

// Boxes of all faces that a cascade sees: [x and y of the centre, width] each.
function detect(image, cascades, { longest = 160, smallest = 0.2, name = "alt2" }) {
  return freed((keep) => {
    const scale = longest / Math.max(image.rows, image.cols), edge = round(BORDER * longest);
    const how = scale < 1 ? cv.INTER_AREA : cv.INTER_LINEAR;
    const small = keep(resized(image, (side) => side * scale, how));
    const whole = keep(new cv.Mat()), boxes = keep(new cv.RectVector());
    cv.copyMakeBorder(small, whole, edge, edge, edge, edge, cv.BORDER_REPLICATE, new cv.Scalar());
    const least = round(smallest * longest);
    cascades[name].detectMultiScale(whole, boxes, 1.1, 3, 0, new cv.Size(least, least));
    return Array.from({ length: boxes.size() }, (_, n) => {
      const { x, y, width, height } = boxes.get(n);
      return [(x + width / 2 - edge) / scale, (y + height / 2 - edge) / scale, width / scale];
    });
  });
}

// A photo turned to the left about its middle, whole, with the affine map back.
function turned(image, degrees) {
  const { rows, cols } = image, angle = degrees * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const width = Math.max(1, round(Math.abs(cos) * cols + Math.abs(sin) * rows));
  const height = Math.max(1, round(Math.abs(sin) * cols + Math.abs(cos) * rows));
  const right = width / 2 - cos * cols / 2 - sin * rows / 2;
  const down = height / 2 + sin * cols / 2 - cos * rows / 2;
  const back = ([x, y]) =>
    [cos * (x - right) - sin * (y - down), sin * (x - right) + cos * (y - down)];
  const whole = freed((keep) => {
    const map = keep(cv.matFromArray(2, 3, cv.CV_64F, [cos, sin, right, -sin, cos, down]));
    const made = new cv.Mat();
    cv.warpAffine(
      image, made, map, new cv.Size(width, height), cv.INTER_LINEAR, cv.BORDER_REPLICATE,
      new cv.Scalar());
    return made;
  });
  return { whole, back };
}

// What a photo is about: { face, like, weight, rivals, others }, or null.
function seek(image, tools) {
  const searches = Math.max(image.rows, image.cols) > 320 ? CLOSELY : QUICK;
  let first = null;
  for (const degrees of [0, ...TURNS]) {
    const { whole, back } = turned(image, degrees);
    try {
      for (const search of searches) {
        const boxes = detect(whole, tools.cascades, search);
        if (!boxes.length) continue;
        const sight = judged(image, boxes, whole, degrees, back, tools.aligner);
        const dropped = first === null || first.like < UNLIKE;
        if (sight.like >= LIKE && (dropped || sight.weight >= first.weight)) return sight;
        if (first === null && !degrees) first = sight;
      }
    } finally {
      whole.delete();
    }
  }
  return first;
}

// The best of some boxes in a turned photo: large, near the middle, like a face.
function judged(image, boxes, { rows, cols }, degrees, back, aligner) {
  const found = boxes.map(([x, y, width]) => {
    const offset = Math.hypot(x - cols / 2, y - rows / 2) / (Math.max(rows, cols) / 2);
    const [left, top] = back([x, y]);
    const rough = { x: left, y: top, side: WIDER * width, angle: degrees * Math.PI / 180 };
    const face = align(image, rough, aligner);
    const like = facelike(image, face, aligner);
    return { x, y, width, weight: width / (1 + 2 * offset ** 2), face, like };
  });
  const none = found.every(({ like }) => like < UNLIKE);
  const faces = found.filter(({ like }) => none || like >= UNLIKE);
  const best = faces.reduce((a, b) => (b.weight > a.weight ? b : a));
  const apart = faces.filter(({ x, y }) =>
    Math.max(Math.abs(x - best.x), Math.abs(y - best.y)) > best.width / 2);
  const rivals = apart.filter(({ weight }) => weight > RIVAL * best.weight);
  const others = apart.filter((one) => !rivals.includes(one) && one.width > OTHER * best.width);
  const { face, like, weight } = best;
  return { face, like, weight, rivals: rivals.length, others: others.length };
}

// The face that a photo is about and its crop, Uint8Array (SIZE * SIZE), or the reason why not.
export function look(photo, name, tools) {
  return freed((keep) => {
    const image = keep(reduced(photo));
    const sight = seek(image, tools);
    if (sight === null) {
      throw new Refused(
        `No face was found in ${name}: use a photo that shows one face from the front, in even ` +
        "light, at least 60 pixels wide and a sixteenth of the photo's longer side; cut a large " +
        "photo closer to the face.");
    }
    if (sight.rivals) {
      throw new Refused(
        `${1 + sight.rivals} faces were found in ${name} and none of them is clearly the ` +
        "subject: cut the photo so that it shows one person.");
    }
    const square = { ...sight.face, side: CLOSER * sight.face.side };
    return { sight, crop: cut(image, square, SIZE) };
  });
}
