// Controls that ipywidgets lacks: a line that a screen reader reads out when it changes, a slider
// that has a name, and a button for a file that sends it in parts. (A message of more than 10 MB,
// as ipywidgets sends a large photo, is lost without a word.)

const PART = 4_000_000; // bytes

function make(parent, tag, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  parent.append(made);
  return made;
}

// Keys are the app's, not JupyterLab's, to which d and d on a button mean: remove this cell.
function ours(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

function said(model, el) {
  const line = make(el, "p");
  line.setAttribute("role", "status"); // it stays, and its text changes: only then is it read
  const show = () => {
    const [first, ...rest] = model.get("text").split("\n");
    line.className = `said ${model.get("look")}`;
    line.replaceChildren();
    make(line, "span", { className: "first", textContent: first });
    for (const text of rest) make(line, "span", { textContent: ` ${text}` });
  };
  model.on("change:text change:look", show);
  show();
  requestAnimationFrame(() => {
    const app = el.closest(".course-app");
    app?.setAttribute("role", "region");
    app?.setAttribute("aria-label", "Do two photos show one person?");
    app?.addEventListener("keydown", ours);
  });
  return () => model.off("change:text change:look", show);
}

function slider(model, el) {
  const row = make(el, "div", { className: "slider" });
  make(row, "span", { textContent: `${model.get("label")}:` });
  const words = make(row, "output");
  const [min, max] = [model.get("least"), model.get("most")];
  const input = make(row, "input", { type: "range", min, max, step: "any" });
  input.setAttribute("aria-label", model.get("label"));
  input.oninput = () => {
    model.set("value", Number(input.value));
    model.save_changes();
  };
  input.onkeydown = (event) => { // with a step of "any" each browser has steps of its own
    const turn = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!turn) return;
    event.preventDefault();
    input.value = Number(input.value) + turn * model.get("step");
    input.oninput();
  };
  const show = () => {
    if (Number(input.value) !== model.get("value")) input.value = model.get("value");
    words.textContent = model.get("text");
    input.setAttribute("aria-valuetext", model.get("text"));
  };
  model.on("change:value change:text", show);
  show();
  return () => model.off("change:value change:text", show);
}

function picker(model, el) {
  const input = make(el, "input", { type: "file", accept: "image/*,.heic,.heif", hidden: true });
  const button = make(el, "button", { className: "jupyter-button" });
  button.textContent = model.get("text");
  button.onclick = () => input.click();
  input.onchange = async () => {
    const [file] = input.files;
    if (!file) return;
    const { name, size } = file, small = size <= model.get("largest");
    button.disabled = true; // one file after the other
    for (let start = 0; start === 0 || (small && start < size); start += PART) {
      const part = await file.slice(start, small ? start + PART : 0).arrayBuffer();
      model.send({ name, size, start }, undefined, [part]);
    }
    button.disabled = false;
    input.value = ""; // so that the same file can be chosen again
    button.focus();
  };
}

export default {
  render: ({ model, el }) => ({ said, slider, picker })[model.get("kind")](model, el),
};
