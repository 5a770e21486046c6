import { describe, expect, it } from 'vitest';
import { looping, skipping } from './playback';
import { numbersFrom } from './sample';
import { peakTiles, spectrogramTiles } from './tiles';
import { marksOf, MIN_SPAN_MS, revealing, scrolled, shareOf, whole, zoomed } from './timeView';

const TOTAL_MS = 600_000;

describe('the view', () => {
  it('zooms_about_the_time_pointed_at', () => {
    const view = zoomed(whole(TOTAL_MS), TOTAL_MS, 4, 300_000);
    expect(view.spanMs).toBe(150_000);
    expect(shareOf(view, 300_000)).toBeCloseTo(0.5);
  });

  it('never_leaves_the_recording', () => {
    const next = numbersFrom(1);
    let view = whole(TOTAL_MS);
    for (let n = 0; n < 2000; n += 1) {
      view =
        n % 2 === 0
          ? zoomed(view, TOTAL_MS, 0.2 + 3 * next(), next() * TOTAL_MS)
          : scrolled(view, TOTAL_MS, (next() - 0.5) * TOTAL_MS);
      expect(view.startMs).toBeGreaterThanOrEqual(0);
      expect(view.spanMs).toBeGreaterThanOrEqual(MIN_SPAN_MS);
      expect(view.startMs + view.spanMs).toBeLessThanOrEqual(TOTAL_MS + 1e-6);
    }
  });

  it('turns_the_page_only_for_a_time_out_of_view', () => {
    const view = { startMs: 1000, spanMs: 1000 };
    expect(revealing(view, TOTAL_MS, 1500)).toBe(view);
    expect(revealing(view, TOTAL_MS, 2500).startMs).toBe(2400);
  });

  it('has_marks_that_do_not_crowd', () => {
    for (const spanMs of [200, 3333, 60_000, TOTAL_MS, 14_400_000]) {
      const { stepMs, marks } = marksOf({ startMs: 17, spanMs }, 1000);
      expect(marks.length).toBeGreaterThan(1);
      expect((stepMs / spanMs) * 1000).toBeGreaterThanOrEqual(80);
    }
  });
});

describe('tiles', () => {
  it('cover_the_view_and_are_few', () => {
    const next = numbersFrom(7);
    for (let n = 0; n < 500; n += 1) {
      const spanMs = MIN_SPAN_MS + next() ** 3 * (TOTAL_MS - MIN_SPAN_MS);
      const view = { startMs: next() * (TOTAL_MS - spanMs), spanMs };
      for (const tiles of [
        peakTiles(view, 1200, TOTAL_MS),
        spectrogramTiles(view, 1200, TOTAL_MS),
      ]) {
        expect(tiles[0]!.startMs).toBeLessThanOrEqual(view.startMs);
        expect(tiles[tiles.length - 1]!.endMs).toBeGreaterThanOrEqual(
          Math.floor(view.startMs + view.spanMs),
        );
        expect(tiles.length).toBeLessThan(8);
      }
    }
  });

  it('of_peaks_end_with_the_recording', () => {
    const tiles = peakTiles(whole(90_001), 1000, 90_001);
    const last = tiles[tiles.length - 1]!;
    expect(last.endMs).toBe(90_001);
    expect(last.points).toBe(Math.ceil((last.endMs - last.startMs) / last.pointMs));
  });

  it('of_a_spectrogram_have_at_least_a_column_a_pixel_where_there_are_any', () => {
    expect(spectrogramTiles(whole(TOTAL_MS), 1000, TOTAL_MS)[0]?.zoom).toBe(5);
    expect(spectrogramTiles({ startMs: 0, spanMs: 500 }, 1000, TOTAL_MS)[0]?.zoom).toBe(0);
    expect(spectrogramTiles(whole(90_000_000), 1000, 90_000_000)[0]?.zoom).toBe(8);
  });
});

describe('playback', () => {
  const stretches = [
    { start_ms: 100, end_ms: 200 },
    { start_ms: 500, end_ms: 900 },
  ];

  it('of_one_voice_skips_the_rest', () => {
    expect(skipping(stretches, 0)).toEqual({ go: 'to', ms: 100 });
    expect(skipping(stretches, 150)).toEqual({ go: 'on' });
    expect(skipping(stretches, 200)).toEqual({ go: 'to', ms: 500 });
    expect(skipping(stretches, 900)).toEqual({ go: 'stop' });
  });

  it('does_not_seek_again_when_it_lands_just_before', () => {
    expect(skipping(stretches, 499)).toEqual({ go: 'on' });
    expect(looping(stretches[1]!, 499)).toEqual({ go: 'on' });
  });

  it('of_one_segment_begins_again_at_its_end', () => {
    expect(looping(stretches[1]!, 899)).toEqual({ go: 'on' });
    expect(looping(stretches[1]!, 900)).toEqual({ go: 'to', ms: 500 });
    expect(looping(stretches[1]!, 0)).toEqual({ go: 'to', ms: 500 });
  });
});
