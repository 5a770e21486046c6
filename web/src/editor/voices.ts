// Edits of whole voices.
import { laneOf, place, segmentOf, sorted, sortedVoices, voiceOf, type Draft } from './draft';
import { done, refused, relabel, type Outcome } from './edits';

/** Opens an empty lane for one more voice of a channel. */
export function addVoice(draft: Draft, channel: number): Outcome {
  if (channel < 0 || channel >= draft.channels) return refused('other_channel');
  const label = draft.nextLabel;
  const voices = sortedVoices([...draft.voices, { label, channel }]);
  return done({ ...draft, voices, nextLabel: label + 1 }, null);
}

/** Gives a segment to a voice that was not there before. */
export function giveToNewVoice(draft: Draft, id: number): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  const opened = addVoice(draft, segment.channel);
  return opened.kind === 'done' ? relabel(opened.draft, id, draft.nextLabel) : opened;
}

/** Says that two voices are one person: all of `from` becomes `into`. */
export function mergeVoices(draft: Draft, from: number, into: number): Outcome {
  const [source, target] = [voiceOf(draft, from), voiceOf(draft, into)];
  if (!source || !target) return refused('no_voice');
  if (from === into) return refused('same_voice');
  if (source.channel !== target.channel) return refused('other_channel');
  let segments = draft.segments;
  for (const segment of laneOf(draft, source.channel, from)) {
    segments = place(segments, { ...segment, label: into });
  }
  const voices = draft.voices.filter((voice) => voice.label !== from);
  const first = laneOf({ ...draft, segments: sorted(segments) }, target.channel, into)[0];
  return done({ ...draft, segments: sorted(segments), voices }, first?.id ?? null);
}

/** Net time of a lane, in milliseconds. */
export function speechOf(draft: Draft, channel: number, label: number | null): number {
  return laneOf(draft, channel, label).reduce(
    (sum, segment) => sum + segment.end_ms - segment.start_ms,
    0,
  );
}
