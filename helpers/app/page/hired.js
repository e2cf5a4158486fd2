// The worker that finds and embeds faces. It is made of text, not of an address: so what the page
// may send, which is nothing, binds it too.

import { fetched } from "./fetched.js";
import { broken, Refused } from "./words.js";

const BASE = new URL(".", document.baseURI).href;

// A function of a photo that asks the worker; its answers are promises.
export async function hired(files = self.FILES ?? {}) {
  if (typeof WebAssembly !== "object") {
    throw new Refused("This browser has no WebAssembly, which this page needs: update it.");
  }
  const start = `import("${BASE}worker.js").catch(() => postMessage({ missing: true }));`;
  const text = new Blob([await fetched("opencv.js", files, BASE), `\n;${start}`]);
  const worker = new Worker(URL.createObjectURL(text));
  const waiting = new Map(); // number of the question -> whom to tell
  const answer = (id) => new Promise((found, refused) => waiting.set(id, { found, refused }));
  const end = (error) => waiting.forEach(({ refused }) => refused(error));
  worker.onerror = () => end(broken("opencv.js"));
  worker.onmessage = ({ data: { id, found, refused, missing } }) => {
    if (missing) return end(broken("A script"));
    if (refused) waiting.get(id).refused(new Refused(refused));
    else waiting.get(id).found(found);
    waiting.delete(id);
  };
  let last = 0;
  const ask = (question) => {
    worker.postMessage({ id: ++last, ...question });
    return answer(last);
  };
  await answer(0); // it listens
  await ask({ files, base: BASE });
  return ask;
}
