// The camera: opened by a button, closed by another, and whenever the page is left.

import { Refused } from "./words.js";

const INSECURE =
  "This page may not use a camera: browsers allow it over https or on localhost only. Reach it " +
  "that way, or choose files instead.";
const FAULTS = {
  NotAllowedError:
    "The browser was not allowed to use the camera. Allow it (the sign beside the address, or " +
    "the system's privacy settings) and open it again, or choose files instead.",
  NotFoundError: "This device has no camera. Connect one, or choose files instead.",
  NotReadableError:
    "The camera is used by another program or page. Close that one and open it again.",
};

// Show the camera in a <video>; `ended` is called if it is unplugged.
export async function open(video, ended) {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new Refused(INSECURE);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
  } catch (error) {
    throw new Refused(FAULTS[error.name] ?? `The camera did not start: ${error.message}.`);
  }
  stream.getVideoTracks()[0].onended = ended;
  video.srcObject = stream;
  await video.play();
}

export function close(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}
