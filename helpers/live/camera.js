// The browser's side of booth.py, door.py and capture.py: a live picture, buttons, keys, and what the
// kernel says of each frame. Photos go to the kernel as bytes and nowhere else.
//
// To the kernel:   hello, frame, photo, file, person, consent, undo, enrol, stopped
// From the kernel: seen (of a frame), state (of the session), said (a sentence), stop

const SAME = "#0072B2", DIFFERENT = "#D55E00";
const WIDTH = 640, HEIGHT = 480, IN_FLIGHT = 2, SHOWN = 150;
const READ = 2500, PATIENCE = 5000, TOO_LONG = 20000; // milliseconds
const KINDS = { a: "anchor", p: "positive", n: "negative" };

const INSECURE =
  "This page may not use a camera: browsers allow it over https or on localhost only. " +
  "Reach this server as http://localhost (ssh -L 8888:localhost:8888 HOST, then open " +
  "localhost:8888), or over https, or choose files instead.";
const UNPLUGGED =
  "The camera stopped: it was unplugged, or another program took it. What was counted " +
  "is saved. Connect it and press Start.";
const SILENT =
  "The kernel does not answer. It is busy, and goes on when it is done; or it was " +
  "restarted or stopped: then run the cell above again. What was counted is saved.";
const FAULTS = {
  NotAllowedError:
    "The browser was not allowed to use the camera. Allow it (the sign beside the " +
    "address, or the system's privacy settings) and press Start again.",
  NotFoundError: "This computer has no camera. Connect one, or choose files instead.",
  NotReadableError:
    "The camera is used by another program or page. Close that one and press Start.",
  AbortError: "The camera did not start. Unplug it, connect it again and press Start.",
};

function make(parent, tag, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  parent.append(made);
  return made;
}

function render({ model, el }) {
  const mode = model.get("mode"); // frames, booth or door
  const box = make(el, "div", { className: "course-camera", tabIndex: 0 });
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Camera");
  box.setAttribute("data-lm-suppress-shortcuts", "true"); // keys are ours, not JupyterLab's
  const me = crypto.getRandomValues(new Uint32Array(1))[0]; // this view
  const others = new BroadcastChannel("course-camera");
  let stream = null, number = 0, inFlight = 0, unsaved = 0, answered = 0, spoken = 0, shown = 0;
  let session = null, edits = 0, typing = false, sightings = [], replies = [];
  const grabbed = new Map(); // when each frame that is under way was taken

  function send(content, buffers) {
    if (!inFlight && !unsaved) answered = performance.now();
    if (content.type === "frame") inFlight += 1;
    if (content.type === "photo") unsaved += 1;
    model.send({ view: me, edit: edits, ...content }, undefined, buffers);
  }

  // ---- what stands on the page -------------------------------------------------------

  let person, consent;
  if (mode === "booth") {
    const row = make(box, "div", { className: "row" });
    const label = make(row, "label", { textContent: "Person " });
    person = make(label, "input", { type: "text", placeholder: "name", maxLength: 60 });
    person.oninput = () => (typing = true);
    person.onchange = () => {
      typing = false;
      consent.checked = false; // another person has agreed to nothing
      session = null;
      enable();
      edits += 1;
      send({ type: "person", name: person.value });
    };
    const line = make(box, "label", { className: "row" });
    consent = make(line, "input", { type: "checkbox" });
    make(line, "span", { textContent: model.get("consent"), style: "flex: 1" });
    consent.onchange = () => {
      enable();
      edits += 1;
      send({ type: "consent", given: consent.checked });
    };
  }
  const stage = make(box, "div", { className: "stage" });
  const video = make(stage, "video", { muted: true, autoplay: true, playsInline: true });
  const outline = make(stage, "canvas", { width: WIDTH, height: HEIGHT });
  outline.setAttribute("aria-hidden", "true");
  const buttons = make(box, "div", { className: "row" });
  const button = (text, action, disabled = false) =>
    make(buttons, "button", { textContent: text, onclick: action, disabled });
  const toggle = button("Start", () => (stream ? stop("") : start()));
  const cameras = make(buttons, "select", { hidden: true, onchange: () => start() });
  cameras.setAttribute("aria-label", "Which camera");
  const takers = {};
  if (mode === "booth") {
    for (const [key, kind] of Object.entries(KINDS))
      takers[kind] = button(`${kind[0].toUpperCase()}${kind.slice(1)} (${key})`,
        () => take(kind), true);
    takers.undo = button("Undo (u)", () => send({ type: "undo" }), true);
    if (model.get("enrols"))
      takers.enrol = button("Enrol (e)", () => send({ type: "enrol" }), true);
  }
  const said = make(box, "p", { className: "said" });
  said.setAttribute("role", "status");
  const rows = {};
  if (mode === "booth") {
    for (const kind of Object.values(KINDS)) {
      const row = make(box, "div", { className: "row" });
      const name = make(row, "span", { className: "kind", textContent: `${kind}s: 0` });
      const thumbs = make(row, "span", { className: "row" });
      const files = make(row, "input", { type: "file", accept: "image/*", multiple: true });
      files.hidden = true;
      files.onchange = () => upload(kind, files);
      const choose = make(row, "button", { textContent: "choose files" });
      choose.onclick = () => files.click();
      rows[kind] = { name, thumbs, choose };
    }
  }
  let verdict, chart, figures;
  if (mode === "door") {
    verdict = make(stage, "p", { className: "verdict" });
    verdict.setAttribute("role", "status");
    chart = make(box, "canvas", { className: "chart", width: 1280, height: 260 });
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", "Distance to the nearest person over time, with the threshold.");
  }
  if (mode !== "booth") figures = make(box, "p", { className: "figures" });

  function say(text, wrong = false, toBeRead = true) {
    const now = performance.now();
    if (!toBeRead && now - spoken < READ) return; // the next frame must not wipe it away
    if (toBeRead) spoken = now;
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("wrong", wrong);
  }

  // ---- the camera --------------------------------------------------------------------

  async function start() {
    if (!window.isSecureContext || !navigator.mediaDevices) return say(INSECURE, true);
    release();
    others.postMessage(me); // one camera, one view: any other lets go of it
    window.dispatchEvent(new CustomEvent("course-camera", { detail: me }));
    say("Waiting for the camera. The browser may ask whether you allow it.");
    toggle.disabled = true;
    try {
      const which = cameras.value ? { deviceId: { exact: cameras.value } } : {};
      const wanted = { width: { ideal: WIDTH }, height: { ideal: HEIGHT }, ...which };
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      cameras.value = "";
      return say(FAULTS[error.name] ?? `The camera did not start: ${error.message}`, true);
    } finally {
      toggle.disabled = false;
    }
    if (!box.isConnected) return release(); // the page went on while it was asked
    const track = stream.getVideoTracks()[0];
    track.onended = () => stop(UNPLUGGED, true);
    video.srcObject = stream;
    toggle.textContent = "Stop";
    inFlight = 0;
    grabbed.clear();
    enable();
    say(mode === "booth" ? "Look into the camera; keys: a, p, n, u." : "");
    send({ type: "started", camera: track.label });
    list(track);
    soon();
  }

  async function list(track) {
    const all = await navigator.mediaDevices.enumerateDevices();
    const found = all.filter((one) => one.kind === "videoinput");
    cameras.replaceChildren(...found.map((one) => new Option(one.label, one.deviceId)));
    cameras.value = track.getSettings().deviceId ?? "";
    cameras.hidden = found.length < 2;
  }

  function release() {
    for (const track of stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    stream = video.srcObject = null;
    toggle.textContent = "Start";
    outline.getContext("2d").clearRect(0, 0, WIDTH, HEIGHT);
    enable();
  }

  function stop(text, wrong = false) {
    if (!stream) return;
    release();
    say(text, wrong);
    send({ type: "stopped", why: text });
  }

  const taken = ({ data, detail }) => {
    if ((data ?? detail) !== me)
      stop("Stopped here, because the camera was started in another view.");
  };
  others.onmessage = taken;
  window.addEventListener("course-camera", taken);

  // ---- frames to the kernel, no more than it keeps up with ----------------------------

  const paper = document.createElement("canvas");
  const pen = paper.getContext("2d", { willReadFrequently: true });

  function picture(type, quality) {
    const scale = Math.min(1, 1280 / Math.max(video.videoWidth, video.videoHeight));
    paper.width = Math.round(scale * video.videoWidth);
    paper.height = Math.round(scale * video.videoHeight);
    pen.drawImage(video, 0, 0, paper.width, paper.height);
    return new Promise((done) => paper.toBlob(
      async (blob) => done(await blob.arrayBuffer()), type, quality));
  }

  function soon() {
    if (!stream) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(frame);
    else setTimeout(frame, 30);
  }

  async function frame() {
    if (!stream) return;
    if (inFlight < IN_FLIGHT && video.currentTime > 0) {
      const time = performance.now(), mine = number++;
      grabbed.set(mine, time);
      const bytes = await picture("image/jpeg", 0.92);
      send({ type: "frame", number: mine, time: time / 1000 }, [bytes]);
    }
    soon();
  }

  const timer = setInterval(() => {
    if (stream && video.paused) video.play().catch(() => {}); // it was scrolled away
    const silence = inFlight || unsaved ? performance.now() - answered : 0;
    if (silence > PATIENCE) say(`${SILENT}${unsaved ? ` Not saved: ${unsaved}.` : ""}`, true);
    if (silence > TOO_LONG) stop(said.textContent, true); // and the camera's light goes out
  }, 1000);

  async function take(kind) {
    if (!stream) return say("Press Start first: the camera is off.", true);
    if (!ready()) return say("Write the person's name and tick the line first.", true);
    if (!video.currentTime) return;
    const bytes = await picture("image/png"); // without loss
    send({ type: "photo", kind, name: "camera" }, [bytes]);
  }

  async function upload(kind, files) {
    for (const file of files.files) {
      send({ type: "photo", kind, name: file.name }, [await file.arrayBuffer()]);
    }
    files.value = "";
  }

  // ---- what the kernel says ------------------------------------------------------------

  function seen(message) {
    inFlight = Math.max(0, inFlight - 1);
    answered = performance.now();
    replies = [...replies.filter((time) => answered - time < 2000), answered];
    if (!stream) return;
    draw(message.face, message.shape, message.fault ? DIFFERENT : SAME);
    if (mode === "booth") say(message.fault || "Good.", Boolean(message.fault), false);
    if (mode === "door") judge(message);
    const spent = answered - grabbed.get(message.number);
    grabbed.delete(message.number);
    if (figures && answered - shown > 250) { // nobody reads faster
      shown = answered;
      figures.textContent = `${(replies.length / 2).toFixed(0)} frames a second, ` +
        `${spent.toFixed(0)} ms from frame to verdict. ${message.milliseconds ?? ""}`;
    }
  }

  function draw(face, shape, colour) {
    const ink = outline.getContext("2d");
    [outline.height, outline.width] = shape;
    if (!face) return;
    const [x, y, side, angle] = face;
    ink.translate(x, y);
    ink.rotate(angle);
    ink.lineWidth = 3;
    ink.strokeStyle = colour;
    if (colour === DIFFERENT) ink.setLineDash([10, 6]);
    ink.strokeRect(-side / 2, -side / 2, side, side);
  }

  function judge(message) {
    const { name, fault, words } = message;
    const word = fault ? "" : (name ?? "nobody");
    if (verdict.textContent !== word) verdict.textContent = word;
    verdict.style.color = name ? SAME : DIFFERENT;
    say(fault || words, Boolean(fault), false);
    if (message.threshold === undefined) return; // the kernel failed on this frame
    sightings = [...sightings, message].slice(-SHOWN);
    if (number % 3 === 0) requestAnimationFrame(plot);
  }

  function plot() {
    const message = sightings.at(-1);
    const ink = chart.getContext("2d"), { width, height } = chart;
    const colour = getComputedStyle(box).color, top = 1.4;
    const place = (i, distance) =>
      [(i / SHOWN) * width, (Math.min(distance, top) / top) * (height - 50) + 40];
    ink.clearRect(0, 0, width, height);
    ink.font = "24px sans-serif";
    ink.fillStyle = ink.strokeStyle = colour;
    const level = place(0, 1 - message.threshold)[1];
    ink.setLineDash([4, 8]);
    ink.strokeRect(0, level, width, 0);
    ink.setLineDash([]);
    ink.fillText("distance 0: the same", 4, 26);
    ink.textAlign = "right";
    ink.fillText(`threshold ${(1 - message.threshold).toFixed(2)}`, width - 4, level + 28);
    ink.textAlign = "left";
    ink.lineWidth = 4;
    for (let i = 1; i < sightings.length; i++) {
      const [before, after] = [sightings[i - 1], sightings[i]];
      if (before.fault || after.fault) continue; // a gap where no face was seen
      ink.beginPath();
      ink.strokeStyle = after.name ? SAME : DIFFERENT;
      ink.setLineDash(after.name ? [] : [8, 6]);
      ink.moveTo(...place(i - 1, 1 - before.similarity));
      ink.lineTo(...place(i, 1 - after.similarity));
      ink.stroke();
    }
  }

  // What the page shows is enough: messages keep their order, and the kernel refuses a
  // photo that comes without a name or consent.
  const ready = () => Boolean(person.value.trim() && consent.checked);

  function enable() {
    if (mode !== "booth") return;
    for (const kind of Object.values(KINDS)) {
      takers[kind].disabled = !(stream && ready());
      rows[kind].choose.disabled = !ready();
    }
    takers.undo.disabled = !session?.undo;
    if (takers.enrol) takers.enrol.disabled = !session?.enrols;
  }

  function show(state, buffers) {
    const old = state.by === me && state.edit < edits; // more was written since
    if (!old) consent.checked = state.consent;
    if (!old && !typing) person.value = state.person; // a half-written name stays
    for (const [kind, { name, thumbs }] of Object.entries(rows)) {
      name.textContent = `${kind}s: ${state.counts[kind]}`;
      for (const old of thumbs.children) URL.revokeObjectURL(old.src);
      thumbs.replaceChildren();
    }
    state.thumbs.forEach((thumb, i) => {
      const src = URL.createObjectURL(new Blob([buffers[i]], { type: "image/jpeg" }));
      make(rows[thumb.kind].thumbs, "img", { className: "thumb", src, alt: thumb.file });
    });
    session = state;
    enable();
  }

  function hear(message, buffers) {
    if (message.view !== undefined && message.view !== me) return;
    answered = performance.now();
    if (message.type === "seen") seen(message);
    if (message.type === "state") show(message, buffers);
    if (message.type === "stop") stop("The notebook has closed the camera.");
    if (message.type === "said") {
      unsaved = Math.max(0, unsaved - (message.photo ? 1 : 0));
      say(message.text, message.wrong);
    }
  }
  model.on("msg:custom", hear);

  // ---- keys ----------------------------------------------------------------------------

  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const typing = event.target.matches("input, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (KINDS[event.key] && mode === "booth") take(KINDS[event.key]);
    else if (event.key === "u" && takers.undo && !takers.undo.disabled) takers.undo.click();
    else if (event.key === "e" && takers.enrol && !takers.enrol.disabled) takers.enrol.click();
    else return;
    event.preventDefault();
  });

  enable();
  if (!window.isSecureContext || !navigator.mediaDevices) say(INSECURE, true);
  else say("Press Start. The picture stays between this page and your kernel.");
  send({ type: "hello" });

  return () => {
    clearInterval(timer);
    release();
    others.close();
    window.removeEventListener("course-camera", taken);
    model.off("msg:custom", hear);
  };
}

export default { render };
