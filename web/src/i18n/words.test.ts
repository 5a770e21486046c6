import { describe, expect, it } from 'vitest';
import { en } from './en';
import { parseVerbal } from './verbal';
import { zh, type Key } from './zh';

const keys = Object.keys(zh) as Key[];
/** The server's codes for files that it does not take, and for edits that came too late. */
const REFUSALS = [
  'empty_file',
  'unknown_format',
  'unsupported_codec',
  'channels_out_of_range',
  'sample_rate_out_of_range',
  'needs_transcoder',
  'convert_first',
  'too_long',
  'too_many_samples',
  'expands_too_far',
  'too_large',
  'too_many_packets',
  'malformed',
  'no_audio',
  'transcode_timed_out',
  'transcode_too_large',
  'transcode_refused',
  'decode_timed_out',
  'stale_version',
];
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe('both languages', () => {
  it('have_the_same_keys', () => {
    expect(Object.keys(en).sort()).toEqual([...keys].sort());
  });

  it('leave_no_word_empty', () => {
    for (const key of keys) {
      expect(zh[key], key).not.toBe('');
      expect(en[key], key).not.toBe('');
    }
  });

  it('fill_in_the_same_facts', () => {
    for (const key of keys) expect(placeholders(en[key]), key).toEqual(placeholders(zh[key]));
  });

  it('say_why_a_file_is_refused', () => {
    for (const code of REFUSALS) {
      expect(Object.hasOwn(zh, `problem.${code}`), code).toBe(true);
    }
  });

  it('never_speak_of_confidence_or_match_percentages', () => {
    for (const text of [...Object.values(zh), ...Object.values(en)]) {
      expect(text).not.toMatch(/confidence|match|匹配|置信|相似度/i);
    }
  });
});

describe('the verbal scale', () => {
  it('takes_codes_apart', () => {
    expect(parseVerbal('moderately_strong_support_different')).toEqual({
      kind: 'support',
      strength: 'verbal.moderately_strong',
      direction: 'verbal.different',
    });
    expect(parseVerbal('no_support')).toEqual({ kind: 'neutral' });
  });

  it('shows_an_unknown_code_as_it_is', () => {
    expect(parseVerbal('huge_support_same')).toEqual({ kind: 'other', code: 'huge_support_same' });
  });
});
