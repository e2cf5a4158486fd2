// A file of the page, if it is the one that was gathered with it.

import { broken } from "./words.js";

// name: of the file. files: its name -> its checksum, as the browser compares it.
export async function fetched(name, files, base) {
  try {
    const answer = await fetch(new URL(name, base), { integrity: files[name] });
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    // no network, or other bytes
  }
  throw broken(name);
}
