// The sound of one channel as far as it is in view: waveform above, spectrogram below.
import type { SpectrogramPicture } from '../../api/segments';
import type { Peaks } from '../../api/types';
import type { DraftSegment } from '../../editor/draft';
import { columnMs, type PeakTile, type SpectrogramTile } from '../../editor/tiles';
import { inView, shareOf, timeAt, type TimeView } from '../../editor/timeView';
import { colourOf, type WaveformColours } from '../drawWaveform';

export interface TrackWave {
  tiles: { tile: PeakTile; part: Peaks | undefined }[];
  /** The whole recording with few points, for where a piece has not arrived. */
  coarse: Peaks | null;
}

/** Draws the waveform, the speech in the colours of the voices. */
export function drawWave(
  canvas: HTMLCanvasElement,
  view: TimeView,
  wave: TrackWave,
  segments: readonly DraftSegment[],
  colours: WaveformColours,
) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  const columns = extremes(view, wave, width);
  drawColumns(context, columns, colours.unvoiced, 0, width);
  for (const segment of segments) {
    if (!inView(view, segment.start_ms, segment.end_ms)) continue;
    const left = Math.max(0, Math.round(shareOf(view, segment.start_ms) * width));
    const right = Math.min(width, Math.round(shareOf(view, segment.end_ms) * width));
    drawColumns(context, columns, colourOf(segment.label, colours), left, right);
  }
}

/** Draws the spectrogram; what has not arrived stays empty. */
export function drawSpectrogram(
  canvas: HTMLCanvasElement,
  view: TimeView,
  tiles: { tile: SpectrogramTile; picture: SpectrogramPicture | undefined }[],
) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = true;
  for (const { tile, picture } of tiles) {
    if (!picture) continue;
    const left = shareOf(view, tile.startMs) * width;
    const ends = tile.startMs + picture.image.width * columnMs(tile.zoom);
    const right = shareOf(view, ends) * width;
    context.drawImage(picture.image, left, 0, right - left, height);
  }
}

/** Lowest and highest sample of each column, one after the other. */
function extremes(view: TimeView, wave: TrackWave, width: number): Float32Array {
  const columns = new Float32Array(2 * width);
  for (let x = 0; x < width; x += 1) {
    const [from, to] = [timeAt(view, x / width), timeAt(view, (x + 1) / width)];
    const piece = wave.tiles.find(({ tile }) => from >= tile.startMs && from < tile.endMs);
    if (piece?.part) {
      const { startMs, endMs } = piece.tile;
      fold(columns, x, piece.part, from - startMs, to - startMs, endMs - startMs);
    } else if (wave.coarse) {
      fold(columns, x, wave.coarse, from, to, wave.coarse.duration_ms);
    }
  }
  return columns;
}

function fold(
  columns: Float32Array,
  x: number,
  part: Peaks,
  fromMs: number,
  toMs: number,
  lengthMs: number,
) {
  const points = Math.min(part.min.length, part.max.length);
  if (points === 0 || fromMs >= lengthMs) return;
  const first = Math.min(points - 1, Math.floor((fromMs / lengthMs) * points));
  const last = Math.min(points, Math.max(first + 1, Math.ceil((toMs / lengthMs) * points)));
  let [low, high] = [1, -1];
  for (let point = first; point < last; point += 1) {
    low = Math.min(low, part.min[point] ?? 0);
    high = Math.max(high, part.max[point] ?? 0);
  }
  columns[2 * x] = low;
  columns[2 * x + 1] = high;
}

function drawColumns(
  context: CanvasRenderingContext2D,
  columns: Float32Array,
  colour: string,
  left: number,
  right: number,
) {
  const middle = context.canvas.height / 2;
  context.fillStyle = colour;
  for (let x = left; x < right; x += 1) {
    const [low, high] = [columns[2 * x] ?? 0, columns[2 * x + 1] ?? 0];
    context.fillRect(x, middle - high * middle, 1, Math.max(1, (high - low) * middle));
  }
}
