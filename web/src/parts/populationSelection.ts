import type { PopulationSelection } from '../api/types';
import { formatSeconds, formatTime } from '../i18n/format';
import { t, tCode } from '../i18n/index.svelte';

/** The conditions of a selection in words, one each. */
export function selectionWords(selection: PopulationSelection): string[] {
  const words: string[] = [];
  const enrolled = selection.enrolled ?? 'any';
  if (enrolled !== 'any') words.push(tCode('populations.enrolled', enrolled));
  if (selection.subject_class) words.push(tCode('class', selection.subject_class));
  if (selection.bandwidth) words.push(tCode('bandwidth', selection.bandwidth));
  if (selection.case_id) words.push(t('populations.of_case'));
  if (selection.min_net_speech_ms != null) {
    words.push(t('populations.at_least', { n: formatSeconds(selection.min_net_speech_ms) }));
  }
  if (selection.max_net_speech_ms != null) {
    words.push(t('populations.at_most', { n: formatSeconds(selection.max_net_speech_ms) }));
  }
  if (selection.from) words.push(t('populations.since', { at: formatTime(selection.from) }));
  if (selection.until) words.push(t('populations.before', { at: formatTime(selection.until) }));
  const named = selection.voice_ids?.length ?? 0;
  if (named > 0) words.push(t('populations.named', { n: named }));
  return words;
}
