// Names of what is edited, in the reader's language.
import { formatMoment } from '../../i18n/format';
import { t } from '../../i18n/index.svelte';

interface Named {
  label: number | null;
  start_ms: number;
  end_ms: number;
}

export function voiceName(label: number | null): string {
  return label === null ? t('player.overlap') : t('player.voice', { label: label + 1 });
}

export function segmentName(segment: Named): string {
  return t('editor.segment_name', {
    voice: voiceName(segment.label),
    start: formatMoment(segment.start_ms),
    end: formatMoment(segment.end_ms),
  });
}

/** Class name of a voice's colour. */
export function toneOf(label: number | null): string {
  return label === null ? 'tone-overlap' : `tone-${label % 4}`;
}
