// The network, run by OpenCV: the file `faces.onnx` takes a crop and gives its embedding of length
// 1 and, where it has one, a number that is above 0 where the rates do not hold.

import { SIZE } from "./constants.js";
import { freed } from "./levelling.js";

/* global cv */

// A function of a crop, Uint8Array (SIZE * SIZE): { embedding, doubtful }. file: Uint8Array.
export function network(file) {
  cv.FS_createDataFile("/", "network", file, true, false, false);
  const net = cv.readNetFromONNX("network");
  cv.FS_unlink("/network");
  const outputs = net.getUnconnectedOutLayersNames();
  const names = Array.from({ length: outputs.size() }, (_, n) => outputs.get(n));
  outputs.delete();
  return (crop) => freed((keep) => {
    const image = keep(cv.matFromArray(SIZE, SIZE, cv.CV_32F, crop)), none = new cv.Scalar();
    const size = new cv.Size(SIZE, SIZE);
    net.setInput(keep(cv.blobFromImage(image, 1, size, none, false, false, cv.CV_32F)), "");
    const found = keep(new cv.MatVector());
    net.forward2(found, names);
    const row = (name) => {
      const at = names.indexOf(name);
      return at < 0 ? null : Float32Array.from(keep(found.get(at)).data32F);
    };
    return { embedding: row("embedding"), doubtful: row("doubt")?.[0] > 0 };
  });
}
