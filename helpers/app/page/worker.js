// Beside the page, so that it never stands still: finds the face of a photo, embeds it. OpenCV is
// here already, as `cv`. The page sends { files, base } once, then one photo after the other.

import { ALIGNER, CASCADES } from "./constants.js";
import { seen } from "./doubts.js";
import { fetched } from "./fetched.js";
import { look } from "./finding.js";
import { alignerOf, freed } from "./levelling.js";
import { network } from "./network.js";

/* global cv */

async function prepared({ files, base }) {
  await new Promise((ready) => (cv.Mat ? ready() : (cv.onRuntimeInitialized = ready)));
  const bytes = async (name) => new Uint8Array(await fetched(name, files, base));
  const cascades = {};
  for (const [name, file] of Object.entries(CASCADES)) {
    cv.FS_createDataFile("/", file, await bytes(file), true, false, false);
    cascades[name] = new cv.CascadeClassifier();
    cascades[name].load(file);
  }
  const numbers = new Float32Array(await fetched("aligner.bin", files, base));
  const tools = { cascades, aligner: alignerOf(numbers, ALIGNER) };
  const embed = network(await bytes("faces.onnx"));
  return (photo) => closeup(photo, tools, embed);
}

// photo: { grey, a Uint8Array, rows, columns, name }.
function closeup({ grey, rows, columns, name }, tools, embed) {
  return freed((keep) => {
    const start = performance.now();
    const image = keep(new cv.Mat(rows, columns, cv.CV_8UC1));
    image.data.set(grey);
    const { sight, crop } = look(image, name, tools);
    const doubts = seen(crop, sight).map((phrase) => `${name} ${phrase}.`);
    const found = performance.now();
    const { embedding, doubtful } = embed(crop);
    if (doubtful) doubts.push(`${name} is unlike the photos measured.`);
    const milliseconds = { finding: found - start, network: performance.now() - found };
    return { name, crop, embedding, doubts, milliseconds };
  });
}

// A sentence for the reader; OpenCV throws numbers.
function reason(error) {
  return typeof error === "number" ? cv.exceptionFromPtr(error).msg : error.message;
}

let work = null;
self.onmessage = async ({ data: { id, ...asked } }) => {
  try {
    const first = work === null;
    work ??= prepared(asked);
    const answer = await work;
    self.postMessage({ id, found: first ? null : answer(asked) });
  } catch (error) {
    self.postMessage({ id, refused: reason(error) });
  }
};
self.postMessage({ id: 0 }); // it listens now
