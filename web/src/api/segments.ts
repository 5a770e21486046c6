// Who speaks when, in revisions, and the pictures of the sound beneath it.
import { ApiError, asProblem, unreachable } from './problem';

/** A segment as the server has it; without a label it is overlap. */
export interface SegmentRow {
  channel: number;
  start_ms: number;
  end_ms: number;
  label: number | null;
  voice_id?: string | null;
}

export interface Revision {
  revision: number;
  origin: 'automatic' | 'edited';
  author: string | null;
  reason: string | null;
  created_at: string | null;
}

export interface SegmentView extends Revision {
  /** Whether no later revision exists. */
  current: boolean;
  /** What the voiceprints are built on; behind `revision` while they are recomputed. */
  voices_revision: number | null;
  segments: SegmentRow[];
  /** Oldest first. */
  revisions: Revision[];
}

export interface SegmentEdit {
  segments: Pick<SegmentRow, 'channel' | 'start_ms' | 'end_ms' | 'label'>[];
  author: string;
  reason: string;
}

/** An edit that was accepted: the new revision, and the job that recomputes the voices. */
export interface AcceptedEdit {
  view: SegmentView;
  jobId: string | null;
}

/** A part of a waveform. */
export interface PeakPart {
  min: number[];
  max: number[];
}

/** A picture of the sound: time to the right, frequency from 0 Hz at the bottom up to `topHz`. */
export interface SpectrogramPicture {
  image: ImageBitmap;
  topHz: number | null;
}

export async function getSegmentView(id: string, revision?: number): Promise<SegmentView> {
  const query = revision === undefined ? '' : `?revision=${revision}`;
  const response = await ask(`${address(id)}/segments${query}`);
  return viewOf(await response.json());
}

/** Saves an edit made on `revision`; a problem with status 412 tells of a later one. */
export async function putSegments(
  id: string,
  revision: number,
  edit: SegmentEdit,
): Promise<AcceptedEdit> {
  const response = await ask(`${address(id)}/segments`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', 'If-Match': `"${revision}"` },
    body: JSON.stringify(edit),
  });
  const jobId = response.headers.get('Location')?.split('/').pop() ?? null;
  return { view: viewOf(await response.json()), jobId };
}

export async function getPeakPart(
  id: string,
  channel: number,
  part: { startMs: number; endMs: number; points: number },
): Promise<PeakPart> {
  const { startMs, endMs, points } = part;
  const query = `channel=${channel}&points=${points}&start_ms=${startMs}&end_ms=${endMs}`;
  const response = await ask(`${address(id)}/peaks?${query}`);
  return (await response.json()) as PeakPart;
}

export async function getSpectrogram(
  id: string,
  channel: number,
  zoom: number,
  tile: number,
): Promise<SpectrogramPicture> {
  const response = await ask(
    `${address(id)}/spectrogram?channel=${channel}&zoom=${zoom}&tile=${tile}`,
  );
  const topHz = Number(response.headers.get('X-Top-Hz') ?? NaN);
  const image = await createImageBitmap(await response.blob());
  return { image, topHz: Number.isFinite(topHz) ? topHz : null };
}

/** Fills in what a service that knows no revisions leaves out. */
export function viewOf(body: unknown): SegmentView {
  const sent = body as Partial<SegmentView> & { revision: number };
  const facts: Revision = {
    revision: sent.revision,
    origin: sent.origin ?? 'automatic',
    author: sent.author ?? null,
    reason: sent.reason ?? null,
    created_at: sent.created_at ?? null,
  };
  return {
    ...facts,
    current: sent.current ?? true,
    voices_revision: sent.voices_revision === undefined ? sent.revision : sent.voices_revision,
    segments: (sent.segments ?? []).map((row) => ({ ...row, label: row.label ?? null })),
    revisions: sent.revisions ?? [facts],
  };
}

/** Whether the voiceprints lag behind the segments. */
export function isRecomputing(view: SegmentView): boolean {
  return view.voices_revision !== null && view.voices_revision < view.revision;
}

function address(id: string): string {
  return `/api/v1/recordings/${encodeURIComponent(id)}`;
}

/** Sends a request; throws the problem of any answer that is none. */
async function ask(url: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    throw new ApiError(unreachable(cause instanceof Error ? cause.message : String(cause)));
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  throw new ApiError(asProblem(parsed(text), response.status));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
