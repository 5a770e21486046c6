import { describe, expect, it } from 'vitest';
import { layout } from './layout';

describe('a graph', () => {
  const edges: [number, number][] = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 3],
  ];

  it('is_placed_the_same_way_every_time', () => {
    expect(layout(8, edges, 800, 500)).toEqual(layout(8, edges, 800, 500));
  });

  it('stays_within_its_frame_and_apart', () => {
    const points = layout(40, edges, 800, 500);
    for (const [index, point] of points.entries()) {
      expect(point.x).toBeGreaterThanOrEqual(0);
      expect(point.x).toBeLessThanOrEqual(800);
      expect(point.y).toBeGreaterThanOrEqual(0);
      expect(point.y).toBeLessThanOrEqual(500);
      for (const other of points.slice(index + 1)) {
        expect(Math.hypot(point.x - other.x, point.y - other.y)).toBeGreaterThan(1);
      }
    }
  });

  it('of_nothing_or_one_node_is_placed_too', () => {
    expect(layout(0, [], 800, 500)).toEqual([]);
    expect(layout(1, [[0, 0]], 800, 500)).toHaveLength(1);
  });
});
