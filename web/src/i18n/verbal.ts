import type { Key } from './zh';

/** Strengths of the verbal scale, as the service's codes begin. */
const STRENGTHS = [
  'weak',
  'limited',
  'moderate',
  'moderately_strong',
  'strong',
  'very_strong',
  'extremely_strong',
] as const;
const NEUTRAL = new Set(['inconclusive', 'no_support', 'neutral', 'uninformative']);

/** A code of the verbal scale, such as `moderate_support_same`, taken apart. */
export type Verbal =
  | { kind: 'support'; strength: Key; direction: Key }
  | { kind: 'neutral' }
  | { kind: 'other'; code: string };

export function parseVerbal(code: string): Verbal {
  if (NEUTRAL.has(code)) return { kind: 'neutral' };
  const found = /^(\w+)_support_(same|different)$/.exec(code);
  const strength = STRENGTHS.find((known) => known === found?.[1]);
  if (!found || !strength) return { kind: 'other', code };
  const direction = found[2] === 'same' ? 'verbal.same' : 'verbal.different';
  return { kind: 'support', strength: `verbal.${strength}`, direction };
}
