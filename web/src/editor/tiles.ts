// Which pieces of waveform and spectrogram a view needs. Pieces lie on a fixed grid, so that one
// that was fetched serves every view over it.
import type { TimeView } from './timeView';

/** A piece of waveform. */
export interface PeakTile {
  /** Milliseconds of one point. */
  pointMs: number;
  index: number;
  startMs: number;
  endMs: number;
  points: number;
}

/** A piece of spectrogram. */
export interface SpectrogramTile {
  zoom: number;
  index: number;
  startMs: number;
  /** End of a full tile; the last one of a recording is narrower. */
  endMs: number;
}

/** Points of a full piece of waveform. */
const PEAK_POINTS = 1024;
/** Columns of a full spectrogram tile, and the time of one at zoom 0, in milliseconds. */
export const TILE_COLUMNS = 512;
const COLUMN_MS = 10;
const MAX_ZOOM = 8;

/** Milliseconds of one spectrogram column. */
export function columnMs(zoom: number): number {
  return COLUMN_MS * 2 ** zoom;
}

export function peakTiles(view: TimeView, widthPx: number, totalMs: number): PeakTile[] {
  const perPx = view.spanMs / Math.max(1, widthPx);
  const pointMs = 2 ** Math.max(0, Math.floor(Math.log2(perPx)));
  return covering(view, totalMs, pointMs * PEAK_POINTS).map(({ index, startMs, endMs }) => {
    const end = Math.min(endMs, Math.floor(totalMs));
    return { pointMs, index, startMs, endMs: end, points: Math.ceil((end - startMs) / pointMs) };
  });
}

export function spectrogramTiles(
  view: TimeView,
  widthPx: number,
  totalMs: number,
): SpectrogramTile[] {
  const perPx = view.spanMs / Math.max(1, widthPx);
  const wanted = Math.floor(Math.log2(perPx / COLUMN_MS));
  const zoom = Math.min(MAX_ZOOM, Math.max(0, wanted));
  return covering(view, totalMs, columnMs(zoom) * TILE_COLUMNS).map((tile) => ({ zoom, ...tile }));
}

function covering(view: TimeView, totalMs: number, tileMs: number) {
  const end = Math.min(totalMs, view.startMs + view.spanMs);
  const tiles: { index: number; startMs: number; endMs: number }[] = [];
  const first = Math.max(0, Math.floor(view.startMs / tileMs));
  for (let index = first; index * tileMs < end; index += 1) {
    tiles.push({ index, startMs: index * tileMs, endMs: (index + 1) * tileMs });
  }
  return tiles;
}
