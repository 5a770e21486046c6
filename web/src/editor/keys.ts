// What the keys of the editor mean.
import type { Edge, Touching } from './edits';

export type Command =
  | { do: 'toggle_play' }
  | { do: 'seek'; byMs: number }
  | { do: 'seek_end'; edge: Edge }
  | { do: 'go_to_boundary' }
  | { do: 'nudge'; byMs: number; touching: Touching }
  | { do: 'boundary_to_playhead' }
  | { do: 'pick_boundary'; edge: Edge }
  | { do: 'select'; step: 1 | -1 }
  | { do: 'deselect' }
  | { do: 'label'; label: number }
  | { do: 'overlap' }
  | { do: 'split' }
  | { do: 'merge_next' }
  | { do: 'merge_voice' }
  | { do: 'remove' }
  | { do: 'new_voice' }
  | { do: 'undo' }
  | { do: 'redo' }
  | { do: 'loop' }
  | { do: 'only_voice' }
  | { do: 'zoom'; factor: number }
  | { do: 'zoom_segment' }
  | { do: 'zoom_whole' }
  | { do: 'scroll'; pages: number }
  | { do: 'save' }
  | { do: 'help' };

/** The part of a keyboard event that is read. */
export interface Stroke {
  key: string;
  code: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** Steps of seeking and of moving a boundary, in milliseconds. */
const SEEK_MS = 1000;
const FINE_SEEK_MS = 100;
const NUDGE_MS = 10;
export const ZOOM_FACTOR = 1.6;

const PLAIN: Record<string, Command> = {
  ' ': { do: 'toggle_play' },
  Home: { do: 'seek_end', edge: 'start' },
  End: { do: 'seek_end', edge: 'end' },
  Enter: { do: 'go_to_boundary' },
  Escape: { do: 'deselect' },
  ArrowUp: { do: 'select', step: -1 },
  ArrowDown: { do: 'select', step: 1 },
  PageUp: { do: 'scroll', pages: -0.8 },
  PageDown: { do: 'scroll', pages: 0.8 },
  Delete: { do: 'remove' },
  Backspace: { do: 'remove' },
  '[': { do: 'pick_boundary', edge: 'start' },
  ']': { do: 'pick_boundary', edge: 'end' },
  '【': { do: 'pick_boundary', edge: 'start' },
  '】': { do: 'pick_boundary', edge: 'end' },
  b: { do: 'boundary_to_playhead' },
  s: { do: 'split' },
  m: { do: 'merge_next' },
  o: { do: 'overlap' },
  n: { do: 'new_voice' },
  u: { do: 'undo' },
  l: { do: 'loop' },
  v: { do: 'only_voice' },
  z: { do: 'zoom_segment' },
  '0': { do: 'zoom_whole' },
  '+': { do: 'zoom', factor: ZOOM_FACTOR },
  '=': { do: 'zoom', factor: ZOOM_FACTOR },
  '-': { do: 'zoom', factor: 1 / ZOOM_FACTOR },
  '?': { do: 'help' },
  '？': { do: 'help' },
};

/** What a stroke asks for; nothing where the key is not the editor's. */
export function commandOf(stroke: Stroke): Command | null {
  const key = keyOf(stroke);
  if (stroke.ctrlKey || stroke.metaKey) return withControl(stroke, key);
  const arrow = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (arrow !== 0) return withArrow(stroke, arrow);
  if (stroke.altKey) return null;
  if (key === 'Tab') return { do: 'select', step: stroke.shiftKey ? -1 : 1 };
  if (stroke.shiftKey && key === 'u') return { do: 'redo' };
  if (stroke.shiftKey && key === 'm') return { do: 'merge_voice' };
  if (/^[1-9]$/.test(key)) return { do: 'label', label: Number(key) - 1 };
  return Object.hasOwn(PLAIN, key) ? (PLAIN[key] ?? null) : null;
}

function withControl(stroke: Stroke, key: string): Command | null {
  if (stroke.altKey) return null;
  if (key === 'z') return { do: stroke.shiftKey ? 'redo' : 'undo' };
  if (key === 's' && !stroke.shiftKey) return { do: 'save' };
  return null;
}

function withArrow(stroke: Stroke, sign: 1 | -1): Command {
  if (stroke.altKey) {
    return { do: 'nudge', byMs: sign * NUDGE_MS, touching: stroke.shiftKey ? 'stays' : 'along' };
  }
  return { do: 'seek', byMs: sign * (stroke.shiftKey ? FINE_SEEK_MS : SEEK_MS) };
}

/** Letters without their case; an input method that holds a key back still tells where it is. */
function keyOf({ key, code }: Stroke): string {
  if (key === 'Process') {
    const place = /^(?:Key|Digit)(.)$/.exec(code)?.[1];
    if (place) return place.toLowerCase();
  }
  return key.length === 1 ? key.toLowerCase() : key;
}
