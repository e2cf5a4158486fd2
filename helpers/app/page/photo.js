// From a file, or a picture of the camera, to grey levels; what is no photo is refused in a
// sentence, as sources/reading.py words it.

import { MAX_PIXELS, MIN_SIDE } from "./constants.js";
import { Refused } from "./words.js";

const STRIP = 256; // rows at one time: four bytes a pixel of 50 million would be much to hold

const LIMIT = `${MAX_PIXELS / 1e6} million`;
const refused = (name, reason) => new Refused(`Cannot use ${name}: ${reason}`);

// A photo's { grey, a Uint8Array, rows, columns, name }.
export async function photoOf(file) {
  const { name } = file;
  if (!file.size) throw refused(name, "it is empty (0 bytes). Copy or download it again.");
  await checkSize(file);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" }); // as Pillow reads it
  } catch {
    throw refused(name, "it is damaged, or no photo. Copy it again, or save it as JPEG.");
  }
  try {
    return { ...greyOf(bitmap, bitmap.width, bitmap.height), name };
  } finally {
    bitmap.close();
  }
}

// Refuse by what the head of a file says of its size, before all of it is decoded.
async function checkSize(file) {
  const image = new Image(), { name } = file;
  image.src = URL.createObjectURL(file);
  try {
    await new Promise((done, failed) => Object.assign(image, { onload: done, onerror: failed }));
  } catch {
    throw refused(name, await isHeic(file)
      ? "this browser cannot read HEIC. Save it as JPEG."
      : "this browser cannot read it: it is no image, or far too large. Save it as a JPEG of at " +
        `most ${LIMIT} pixels.`);
  } finally {
    URL.revokeObjectURL(image.src);
  }
  const { naturalWidth: columns, naturalHeight: rows } = image;
  const size = [columns, rows].map((side) => side.toLocaleString("en")).join(" x ");
  if (columns * rows > MAX_PIXELS) {
    throw refused(name, `it has ${size} pixels; ${LIMIT} are the limit. Make it smaller first.`);
  }
  if (Math.min(columns, rows) < MIN_SIDE) {
    throw refused(name, `it is only ${size} pixels; a photo needs ${MIN_SIDE} on each side.`);
  }
}

async function isHeic(file) {
  const head = await file.slice(4, 12).text();
  return /^ftyp(hei|hev|mif1|msf1)/.test(head);
}

// Grey levels of what can be drawn, as cv2.cvtColor makes them; what is transparent becomes white.
export function greyOf(source, columns, rows) {
  const grey = new Uint8Array(rows * columns);
  const paper = Object.assign(document.createElement("canvas"), { width: columns, height: STRIP });
  const pen = paper.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "white";
  for (let top = 0; top < rows; top += STRIP) {
    pen.fillRect(0, 0, columns, STRIP);
    pen.drawImage(source, 0, -top);
    const { data } = pen.getImageData(0, 0, columns, Math.min(STRIP, rows - top));
    for (let n = 0, at = top * columns; n < data.length; n += 4, at++) {
      grey[at] = (9798 * data[n] + 19235 * data[n + 1] + 3735 * data[n + 2] + 16384) >> 15;
    }
  }
  return { grey, rows, columns };
}
