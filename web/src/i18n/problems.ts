import type { Problem, Recording } from '../api/types';
import { formatSeconds } from './format';
import { t, tCode } from './index.svelte';

/** What a problem means, in the reader's language; the server's own detail stands beside it. */
export function problemTitle(problem: Problem): string {
  const { code, found_ms, minimum_ms } = problem;
  if (code === 'too_little_speech' && found_ms != null && minimum_ms != null) {
    return t('problem.too_little_speech', {
      found: formatSeconds(found_ms),
      minimum: formatSeconds(minimum_ms),
    });
  }
  if (code === 'too_little_speech') return t('recordings.too_little');
  return tCode('problem', code, t('problem.other', { code }));
}

/** Why an analysis failed, in the reader's language; nothing where there are no words for it. */
export function failureTitle(failure: NonNullable<Recording['failure']>): string {
  return tCode('problem', failure.code, '');
}
