import type { VerbalWords } from '../api/types';
import type { Key } from './zh';

/** A code of the verbal scale, such as `moderate_support_same`, with the service's words for it. */
export type Verbal =
  | { kind: 'support'; strength: string; direction: Key }
  | { kind: 'neutral' }
  | { kind: 'other'; code: string };

export function parseVerbal(
  code: string,
  words: VerbalWords | null | undefined,
  language: keyof VerbalWords,
): Verbal {
  if (code === 'no_support') return { kind: 'neutral' };
  const found = /^([a-z_]+)_support_(same|different)$/.exec(code);
  if (!found?.[1] || !words) return { kind: 'other', code };
  const direction = found[2] === 'same' ? 'verbal.same' : 'verbal.different';
  return { kind: 'support', strength: words[language], direction };
}
