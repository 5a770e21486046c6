// The waveform of one channel: speech coloured by who speaks, the rest pale.
import type { Peaks, Segment } from '../api/types';

export interface WaveformColours {
  voices: string[];
  overlap: string;
  unvoiced: string;
  ground: string;
}

/** How strongly a segment tints the ground behind its speech. */
const TINT = 0.12;

/** Reads the colours from the page's style sheet. */
export function coloursOf(element: Element): WaveformColours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    voices: [0, 1, 2, 3].map((n) => colour(`--voice-${n}`)),
    overlap: colour('--overlap'),
    unvoiced: colour('--unvoiced'),
    ground: colour('--ground'),
  };
}

/** Colour of a speaker label; none is overlap. */
export function colourOf(label: number | null | undefined, colours: WaveformColours): string {
  if (label == null) return colours.overlap;
  return colours.voices[label % colours.voices.length] ?? colours.unvoiced;
}

/** Draws into a canvas whose drawing buffer is already sized. `segments` are of this channel. */
export function drawWaveform(
  canvas: HTMLCanvasElement,
  peaks: Peaks,
  segments: Segment[],
  colours: WaveformColours,
) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height } = canvas;
  const total = Math.max(1, peaks.duration_ms);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);

  drawPeaks(context, peaks, colours.unvoiced);
  for (const segment of segments) {
    const left = (segment.start_ms / total) * width;
    const right = (segment.end_ms / total) * width;
    const colour = colourOf(segment.label, colours);
    context.save();
    context.beginPath();
    context.rect(left, 0, Math.max(1, right - left), height);
    context.clip();
    context.globalAlpha = TINT;
    context.fillStyle = colour;
    context.fillRect(left, 0, Math.max(1, right - left), height);
    context.globalAlpha = 1;
    drawPeaks(context, peaks, colour, left, right);
    context.restore();
  }
}

/** Columns of the buffer from `left` to `right`, each from its smallest to its largest sample. */
function drawPeaks(
  context: CanvasRenderingContext2D,
  peaks: Peaks,
  colour: string,
  left = 0,
  right = context.canvas.width,
) {
  const { width, height } = context.canvas;
  const points = Math.min(peaks.min.length, peaks.max.length);
  if (points === 0) return;
  context.fillStyle = colour;
  const middle = height / 2;
  for (let x = Math.floor(left); x < right; x += 1) {
    const from = Math.min(points - 1, Math.floor((x / width) * points));
    const to = Math.max(from + 1, Math.min(points, Math.floor(((x + 1) / width) * points)));
    let low = 1;
    let high = -1;
    for (let point = from; point < to; point += 1) {
      low = Math.min(low, peaks.min[point] ?? 0);
      high = Math.max(high, peaks.max[point] ?? 0);
    }
    const top = middle - high * middle;
    context.fillRect(x, top, 1, Math.max(1, (high - low) * middle));
  }
}
