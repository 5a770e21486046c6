// Who speaks when, in revisions, and the pictures of the sound beneath it.
import { http, take, takeWhole } from './http';
import type { NewSegments, Peaks, SegmentView } from './types';

/** An edit that was accepted: the new revision, and the job that recomputes the voices. */
export interface AcceptedEdit {
  view: SegmentView;
  jobId: string | null;
}

/** A picture of the sound: time to the right, frequency from 0 Hz at the bottom up to `topHz`. */
export interface SpectrogramPicture {
  image: ImageBitmap;
  topHz: number | null;
}

/** One revision, or the newest. */
export const getSegmentView = (id: string, revision?: number): Promise<SegmentView> =>
  take(
    http.GET('/api/v1/recordings/{id}/segments', {
      params: { path: { id }, query: revision === undefined ? {} : { revision } },
    }),
  );

/** Saves an edit made on `revision`; a problem with status 412 tells of a later one. */
export async function putSegments(
  id: string,
  revision: number,
  edit: NewSegments,
): Promise<AcceptedEdit> {
  const { data, headers } = await takeWhole(
    http.PUT('/api/v1/recordings/{id}/segments', {
      params: { path: { id }, header: { 'If-Match': `"${revision}"` } },
      body: edit,
    }),
  );
  return { view: data, jobId: headers.get('Location')?.split('/').pop() ?? null };
}

export const getPeakPart = (
  id: string,
  channel: number,
  { startMs, endMs, points }: { startMs: number; endMs: number; points: number },
): Promise<Peaks> =>
  take(
    http.GET('/api/v1/recordings/{id}/peaks', {
      params: { path: { id }, query: { channel, points, start_ms: startMs, end_ms: endMs } },
    }),
  );

export async function getSpectrogram(
  id: string,
  channel: number,
  zoom: number,
  tile: number,
): Promise<SpectrogramPicture> {
  const { data, headers } = await takeWhole(
    http.GET('/api/v1/recordings/{id}/spectrogram', {
      params: { path: { id }, query: { channel, zoom, tile } },
      parseAs: 'blob',
    }),
  );
  const topHz = Number(headers.get('X-Top-Hz') ?? NaN);
  const image = await createImageBitmap(data);
  return { image, topHz: Number.isFinite(topHz) ? topHz : null };
}

/** Whether the voiceprints lag behind the segments. */
export function isRecomputing({ voices_revision, revision }: SegmentView): boolean {
  return voices_revision != null && voices_revision < revision;
}
