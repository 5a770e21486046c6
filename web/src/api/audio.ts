import type { MediaFacts } from './types';

/** MIME types to ask the browser about, by container. */
const MIME: Record<string, string> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  ogg: 'audio/ogg; codecs="vorbis"',
  mp4: 'audio/mp4; codecs="mp4a.40.2"',
  m4a: 'audio/mp4; codecs="mp4a.40.2"',
  adts: 'audio/aac',
  aac: 'audio/aac',
};

/** WAV can hold any codec, and browsers say that they play WAV without looking inside. */
const PLAIN_WAV = new Set(['pcm_u8', 'pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_f32le']);

/** Whether the browser must be given the recording decoded to 16-bit WAV. */
export function needsDecoding(
  media: Pick<MediaFacts, 'container' | 'codec'>,
  canPlay: (mime: string) => string,
): boolean {
  const mime = MIME[media.container];
  if (!mime) return true;
  if (media.container === 'wav' && !PLAIN_WAV.has(media.codec)) return true;
  return canPlay(mime) === '';
}

/** Address of a recording's audio, sealed or decoded. */
export function audioUrl(recordingId: string, decoded: boolean): string {
  const url = `/api/v1/recordings/${encodeURIComponent(recordingId)}/audio`;
  return decoded ? `${url}?as=wav` : url;
}
