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
  const words = { en: 'moderately strong', zh: '较强' };

  it('takes_its_words_from_the_answer', () => {
    const parsed = (language: 'en' | 'zh') =>
      parseVerbal('moderately_strong_support_different', words, language);
    expect(parsed('en')).toEqual({
      kind: 'support',
      strength: 'moderately strong',
      direction: 'verbal.different',
    });
    expect(parsed('zh')).toMatchObject({ strength: '较强' });
    expect(parseVerbal('no_support', null, 'en')).toEqual({ kind: 'neutral' });
  });

  it('shows_a_code_without_words_as_it_is', () => {
    const code = 'huge_support_same';
    expect(parseVerbal(code, null, 'en')).toEqual({ kind: 'other', code });
  });
});
