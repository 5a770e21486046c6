// Places the nodes of a graph: those that are tied attract, all repel. The same graph is placed the
// same way every time, since a drawing that moves cannot be spoken of.

export interface Point {
  x: number;
  y: number;
}

/** Rounds of moving; the nodes move less and less. */
const ROUNDS = 240;

/** How strongly every node is drawn to the middle. */
const PULL = 0.35;
/** Room around the drawing, and for labels at its right. */
const MARGIN = 18;
const LABEL_WIDTH = 140;

/** Positions within `width` and `height`, in the order of the nodes. */
export function layout(
  count: number,
  edges: readonly (readonly [number, number])[],
  width: number,
  height: number,
): Point[] {
  const points = Array.from({ length: count }, (_, index) => start(index, width, height));
  const ideal = Math.sqrt((width * height) / Math.max(count, 1)) * 0.62;
  for (let round = 0; round < ROUNDS; round += 1) {
    const reach = (Math.min(width, height) / 8) * (1 - round / ROUNDS);
    const moves = points.map(() => ({ x: 0, y: 0 }));
    for (let i = 0; i < count; i += 1) {
      for (let j = i + 1; j < count; j += 1) push(points, moves, i, j, (d) => (ideal * ideal) / d);
    }
    for (const [i, j] of edges) {
      if (i !== j) push(points, moves, i, j, (d) => (-d * d) / ideal);
    }
    // What is tied to nothing would drift away for ever.
    for (const [index, point] of points.entries()) {
      const by = moves[index] ?? { x: 0, y: 0 };
      by.x += (width / 2 - point.x) * PULL;
      by.y += (height / 2 - point.y) * PULL;
      move(point, by, reach);
    }
  }
  return fitted(points, width, height);
}

/** On a spiral by the golden angle, so that no two nodes start at one place. */
function start(index: number, width: number, height: number): Point {
  const angle = index * Math.PI * (3 - Math.sqrt(5));
  const radius = (Math.min(width, height) / 2.4) * Math.sqrt((index + 1) / (index + 8));
  return { x: width / 2 + radius * Math.cos(angle), y: height / 2 + radius * Math.sin(angle) };
}

function push(
  points: Point[],
  moves: Point[],
  i: number,
  j: number,
  force: (distance: number) => number,
) {
  const [a, b, left, right] = [points[i], points[j], moves[i], moves[j]];
  if (!a || !b || !left || !right) return;
  const [dx, dy] = [a.x - b.x, a.y - b.y];
  const distance = Math.max(Math.hypot(dx, dy), 0.5);
  const strength = force(distance) / distance;
  left.x += dx * strength;
  left.y += dy * strength;
  right.x -= dx * strength;
  right.y -= dy * strength;
}

function move(point: Point, by: Point, reach: number) {
  const length = Math.hypot(by.x, by.y);
  if (length === 0) return;
  const step = Math.min(length, reach) / length;
  point.x += by.x * step;
  point.y += by.y * step;
}

/** The drawing, stretched or pressed into its frame, with room for labels at the right. */
function fitted(points: Point[], width: number, height: number): Point[] {
  const fit = (values: number[], from: number, to: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = high > low ? (to - from) / (high - low) : 0;
    return values.map((value) => (scale === 0 ? (from + to) / 2 : from + (value - low) * scale));
  };
  const xs = fit(points.map((point) => point.x), MARGIN, width - LABEL_WIDTH);
  const ys = fit(points.map((point) => point.y), MARGIN, height - MARGIN);
  return points.map((_, index) => ({ x: xs[index] ?? 0, y: ys[index] ?? 0 }));
}
