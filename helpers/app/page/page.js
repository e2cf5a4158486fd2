// The page: two photos in, a verdict out. Faces are found in `worker.js`; here are the controls.

import * as camera from "./camera.js";
import { CARD, FAR, MEGABYTES } from "./constants.js";
import { hired } from "./hired.js";
import { greyOf, photoOf } from "./photo.js";
import { LEAST, verify } from "./rates.js";
import { describe, share } from "./words.js";

const find = (what, within = document) => within.querySelector(what);
const [state, verdict, far] = ["#state", "#verdict", "#far"].map((what) => find(what));
const [button, video] = [find("#camera"), find("video")];
const sides = [...document.querySelectorAll(".side")].map((box) => ({ box, turn: 0, face: null }));

function say(line, text, wrong = false) {
  line.classList.toggle("wrong", wrong);
  if (line.textContent !== text) line.textContent = text;
}

// ---- photos ---------------------------------------------------------------------------

// Look at a photo: `picture` returns its file, `read` its grey levels. Of two that are chosen one
// after the other for a side, the later one counts.
async function show(side, picture, read) {
  const turn = ++side.turn, line = find(".said", side.box);
  side.face = null;
  const [whole, cut] = side.box.querySelectorAll("figure");
  URL.revokeObjectURL(find("img", whole).src);
  [whole.hidden, cut.hidden] = [true, true];
  decide();
  say(line, "Looking for the face ...");
  try {
    const photo = await read(), file = await picture();
    if (turn !== side.turn) return;
    find("img", whole).src = URL.createObjectURL(file);
    whole.hidden = false;
    const face = await (await asking)(photo);
    if (turn !== side.turn) return;
    side.face = face;
    draw(find("canvas", cut), face.crop);
    cut.hidden = false;
    say(line, face.name);
  } catch (error) {
    if (turn !== side.turn) return;
    say(line, error.message, true);
  }
  decide();
}

function draw(canvas, crop) {
  canvas.width = canvas.height = Math.sqrt(crop.length);
  const pixels = new ImageData(canvas.width, canvas.height);
  crop.forEach((grey, n) => pixels.data.set([grey, grey, grey, 255], 4 * n));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// One file goes to the side where it was put, two go to both.
function take(files, side = sides.find(({ face }) => !face) ?? sides[0]) {
  const places = files.length > 1 ? sides : [side];
  places.forEach((place, n) => show(place, () => files[n], () => photoOf(files[n])));
}

// ---- the verdict ----------------------------------------------------------------------

function decide() {
  const faces = sides.map(({ face }) => face);
  verdict.className = "";
  find("#took").textContent = "";
  if (faces.includes(null)) {
    const missing = sides.flatMap(({ face }, n) => (face ? [] : [`photo ${n + 1}`]));
    return say(verdict, `Choose ${missing.join(" and ")}.`);
  }
  const found = verify(...faces, 10 ** Number(far.value));
  verdict.className = found.same ? "same" : "different";
  verdict.replaceChildren(...describe(found).map((text, n) => Object.assign(
    document.createElement("span"),
    { textContent: `${text} `, className: n === 0 ? "first" : n === 1 ? "" : "doubt" })));
  verdict.dataset.similarity = found.similarity;
  const took = (what) => faces.map((face) => Math.round(face.milliseconds[what])).join(" and ");
  find("#took").textContent =
    `Finding the faces took ${took("finding")} ms, the network ${took("network")} ms.`;
}

function slide() {
  const text = share(10 ** Number(far.value));
  find("output").textContent = text;
  far.setAttribute("aria-valuetext", text);
  decide();
}

// ---- the camera -----------------------------------------------------------------------

async function toggle() {
  const line = find(".camera .said");
  say(line, "");
  if (video.srcObject) return shut();
  button.disabled = true;
  try {
    await camera.open(video, () => {
      shut();
      say(line, "The camera stopped: it was unplugged, or another program took it.", true);
    });
    opened(true);
  } catch (error) {
    say(line, error.message, true);
  } finally {
    button.disabled = false;
  }
}

function shut() {
  camera.close(video);
  opened(false);
}

function opened(open) {
  button.textContent = open ? "Close the camera" : "Open the camera";
  button.setAttribute("aria-expanded", open);
  video.hidden = !open;
  for (const { box } of sides) find(".take", box).hidden = !open;
}

function shoot(side, number) {
  const { videoWidth: width, videoHeight: height } = video;
  const paper = Object.assign(document.createElement("canvas"), { width, height });
  paper.getContext("2d").drawImage(video, 0, 0);
  const picture = () => new Promise((made) => paper.toBlob(made));
  show(side, picture, () => ({ ...greyOf(paper, width, height), name: `photo ${number}` }));
}

// ---- everything together --------------------------------------------------------------

sides.forEach((side, n) => {
  const input = find("input", side.box);
  input.onchange = () => {
    if (input.files.length) take([...input.files], side);
    input.value = ""; // so that the same file can be chosen again
  };
  find(".take", side.box).onclick = () => shoot(side, n + 1);
});
button.onclick = toggle;
window.addEventListener("pagehide", shut);
window.addEventListener("dragover", (event) => {
  event.preventDefault(); // else the browser would open the file in the page's place
  for (const { box } of sides) box.classList.toggle("over", box.contains(event.target));
});
window.addEventListener("drop", (event) => {
  event.preventDefault();
  for (const { box } of sides) box.classList.remove("over");
  const files = [...event.dataTransfer.files];
  if (files.length) take(files, sides.find(({ box }) => box.contains(event.target)));
});
[far.min, far.max, far.value] = [Math.log10(LEAST), 0, Math.log10(FAR)];
far.oninput = slide;
far.onkeydown = (event) => { // with a step of "any" each browser has steps of its own
  const turn = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (!turn) return;
  event.preventDefault();
  far.value = Number(far.value) + turn / 10;
  slide();
};
find("#about").textContent =
  `The rates were measured on people held out of the training. ${CARD.data}. ${CARD.limits}`;
slide();
say(state, `Loading the network: ${MEGABYTES} MB, once ...`);
const asking = hired();
asking.then(ready, (error) => say(state, error.message, true));

async function ready() {
  say(state, "Ready.");
  if (!navigator.serviceWorker) return; // without https it is there with a network alone
  try {
    await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    say(state, "Ready, without a network too.");
  } catch {
    // it works on, with a network
  }
}
