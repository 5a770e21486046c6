// Which part of a recording is in view, and where a time lies in it.

export interface TimeView {
  readonly startMs: number;
  readonly spanMs: number;
}

/** Least time in view, in milliseconds. */
export const MIN_SPAN_MS = 200;
/** Steps of the time axis, in milliseconds. */
const STEPS = [
  10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 1_800_000, 3_600_000,
];
/** Least distance of two marks of the axis, in pixels. */
const MARK_PX = 80;

export function whole(totalMs: number): TimeView {
  return { startMs: 0, spanMs: Math.max(MIN_SPAN_MS, totalMs) };
}

/** Shows `factor` times less; the time at `anchorMs` stays where it is. */
export function zoomed(
  view: TimeView,
  totalMs: number,
  factor: number,
  anchorMs: number,
): TimeView {
  const most = Math.max(MIN_SPAN_MS, totalMs);
  const spanMs = Math.min(most, Math.max(MIN_SPAN_MS, view.spanMs / factor));
  const share = (anchorMs - view.startMs) / view.spanMs;
  return held({ startMs: anchorMs - share * spanMs, spanMs }, totalMs);
}

export function scrolled(view: TimeView, totalMs: number, byMs: number): TimeView {
  return held({ ...view, startMs: view.startMs + byMs }, totalMs);
}

/** The view itself where the time is in it, otherwise one page with the time near its start. */
export function revealing(view: TimeView, totalMs: number, ms: number): TimeView {
  if (ms >= view.startMs && ms <= view.startMs + view.spanMs) return view;
  return held({ ...view, startMs: ms - view.spanMs * 0.1 }, totalMs);
}

/** A view with the whole stretch and some of what surrounds it. */
export function around(startMs: number, endMs: number, totalMs: number): TimeView {
  const margin = (endMs - startMs) * 0.25;
  const wanted = Math.max(MIN_SPAN_MS, endMs - startMs + 2 * margin);
  const spanMs = Math.min(wanted, whole(totalMs).spanMs);
  return held({ startMs: startMs - margin, spanMs }, totalMs);
}

/** Where a time lies, as a share of the width; outside 0 to 1 it is out of view. */
export function shareOf(view: TimeView, ms: number): number {
  return (ms - view.startMs) / view.spanMs;
}

/** The time at a share of the width. */
export function timeAt(view: TimeView, share: number): number {
  return view.startMs + share * view.spanMs;
}

export function inView(view: TimeView, startMs: number, endMs: number): boolean {
  return endMs > view.startMs && startMs < view.startMs + view.spanMs;
}

/** Marks of the axis, and the step between them. */
export function marksOf(view: TimeView, widthPx: number): { stepMs: number; marks: number[] } {
  const perPx = view.spanMs / Math.max(1, widthPx);
  const stepMs = STEPS.find((step) => step / perPx >= MARK_PX) ?? STEPS[STEPS.length - 1]!;
  const marks: number[] = [];
  const end = view.startMs + view.spanMs;
  for (let at = Math.ceil(view.startMs / stepMs) * stepMs; at <= end; at += stepMs) marks.push(at);
  return { stepMs, marks };
}

function held(view: TimeView, totalMs: number): TimeView {
  const latest = Math.max(0, totalMs - view.spanMs);
  return { ...view, startMs: Math.min(latest, Math.max(0, view.startMs)) };
}
