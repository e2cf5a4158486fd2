// The histogram of gradients (Dalal and Triggs, CVPR 2005) of a square of 64 x 64 pixels, as
// OpenCV's HOGDescriptor computes it with blocks of 16, strides and cells of 8 and 9 directions.
// OpenCV's JavaScript has the class, but not its `compute`.

const WINDOW = 64, BLOCK = 16, CELL = 8, STRIDE = 8, DIRECTIONS = 9;
const BLOCKS = (WINDOW - BLOCK) / STRIDE + 1; // along a side
const LENGTH = 4 * DIRECTIONS; // of a block's histogram: 2 x 2 cells
const MOST = 0.2; // a block's share of one direction is cut here (L2-Hys)
const PLACES = places();

// Degrees of a direction, by OpenCV's polynomial: off by a hundredth, and so are the weights.
function direction(dy, dx) {
  const [x, y] = [Math.abs(dx), Math.abs(dy)];
  const ratio = Math.min(x, y) / (Math.max(x, y) + 2.220446049250313e-16), square = ratio * ratio;
  let angle = ((-0.04432655554792128 * square + 0.1555786518463281) * square
    - 0.3258083974640975) * square + 0.9997878412794807;
  angle *= ratio * 180 / Math.PI;
  if (y > x) angle = 90 - angle;
  if (dx < 0) angle = 180 - angle;
  return dy < 0 ? 360 - angle : angle;
}

// For each pixel of a block: where in the histogram it counts, and how much. It is shared between
// the nearest cells, and counts less towards the block's edge.
function places() {
  const found = [], half = BLOCK / 2;
  for (let row = 0; row < BLOCK; row++) {
    for (let column = 0; column < BLOCK; column++) {
      const gauss = Math.exp(-((row - half) ** 2 + (column - half) ** 2) / (2 * (BLOCK / 4) ** 2));
      const [down, right] = [(row + 0.5) / CELL - 0.5, (column + 0.5) / CELL - 0.5];
      for (const y of [Math.floor(down), Math.floor(down) + 1]) {
        for (const x of [Math.floor(right), Math.floor(right) + 1]) {
          if (x < 0 || y < 0 || x > 1 || y > 1) continue;
          const weight = gauss * (1 - Math.abs(down - y)) * (1 - Math.abs(right - x));
          found.push({ pixel: row * WINDOW + column, start: (2 * x + y) * DIRECTIONS, weight });
        }
      }
    }
  }
  return found;
}

// Length of each pixel's gradient, shared between the two nearest of the nine directions, and which
// they are: two numbers a pixel, each.
function gradientsOf(square) {
  const size = 2 * WINDOW * WINDOW;
  const [strength, bin] = [new Float32Array(size), new Uint8Array(size)];
  const mirrored = (n) => (n < 0 ? 1 : n < WINDOW ? n : WINDOW - 2);
  for (let row = 0; row < WINDOW; row++) {
    const [above, below] = [mirrored(row - 1) * WINDOW, mirrored(row + 1) * WINDOW];
    for (let column = 0; column < WINDOW; column++) {
      const pixel = row * WINDOW + column, line = row * WINDOW;
      const dx = square[line + mirrored(column + 1)] - square[line + mirrored(column - 1)];
      const dy = square[below + column] - square[above + column];
      const length = Math.hypot(dx, dy);
      const turn = direction(dy, dx) * DIRECTIONS / 180 - 0.5, low = Math.floor(turn);
      strength[2 * pixel] = length * (1 - (turn - low));
      strength[2 * pixel + 1] = length * (turn - low);
      bin[2 * pixel] = (low + DIRECTIONS) % DIRECTIONS;
      bin[2 * pixel + 1] = (low + 1) % DIRECTIONS;
    }
  }
  return { strength, bin };
}

function normalise(histogram) {
  const length = () => Math.sqrt(histogram.reduce((sum, value) => sum + value * value, 0));
  let scale = 1 / (length() + 0.1 * LENGTH);
  histogram.forEach((value, n) => (histogram[n] = Math.min(value * scale, MOST)));
  scale = 1 / (length() + 1e-3);
  histogram.forEach((value, n) => (histogram[n] = value * scale));
}

// Uint8Array (64 * 64) -> Float32Array (1764): blocks column by column, cells as well.
export function hog(square) {
  const { strength, bin } = gradientsOf(square);
  const found = new Float32Array(BLOCKS * BLOCKS * LENGTH);
  for (let n = 0; n < BLOCKS * BLOCKS; n++) {
    const [right, down] = [Math.floor(n / BLOCKS) * STRIDE, (n % BLOCKS) * STRIDE];
    const histogram = found.subarray(n * LENGTH, (n + 1) * LENGTH), corner = down * WINDOW + right;
    for (const { pixel, start, weight } of PLACES) {
      const at = 2 * (corner + pixel);
      histogram[start + bin[at]] += weight * strength[at];
      histogram[start + bin[at + 1]] += weight * strength[at + 1];
    }
    normalise(histogram);
  }
  return found;
}
