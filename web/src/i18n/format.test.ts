import { describe, expect, it } from 'vitest';
import {
  formatBitRate,
  formatBytes,
  formatDuration,
  formatExpected,
  formatLog10Lr,
  formatMoment,
  formatRate,
  formatSeconds,
  formatShare,
} from './format';

describe('a log10 LR', () => {
  it('is_signed_with_two_decimals', () => {
    expect(formatLog10Lr(2.314)).toBe('+2.31');
    expect(formatLog10Lr(-1.5)).toBe('\u22121.50');
  });

  it('has_no_sign_where_it_rounds_to_zero', () => {
    expect(formatLog10Lr(0)).toBe('0.00');
    expect(formatLog10Lr(-0.004)).toBe('0.00');
  });

  it('is_a_dash_where_it_is_no_number', () => {
    expect(formatLog10Lr(NaN)).toBe('—');
  });
});

describe('a moment', () => {
  it('is_exact_to_the_millisecond', () => {
    expect(formatMoment(0)).toBe('0:00.000');
    expect(formatMoment(61_005)).toBe('1:01.005');
    expect(formatMoment(3_723_450)).toBe('1:02:03.450');
  });

  it('carries_what_it_rounds', () => {
    expect(formatMoment(59_999, 1)).toBe('1:00.0');
    expect(formatMoment(5000, 0)).toBe('0:05');
  });
});

describe('a duration', () => {
  it('shows_tenths_below_a_minute', () => {
    expect(formatDuration(7449)).toBe('0:07.4');
    expect(formatDuration(0)).toBe('0:00.0');
  });

  it('never_rounds_up_into_the_next_minute', () => {
    expect(formatDuration(59_999)).toBe('0:59.9');
    expect(formatDuration(60_000)).toBe('1:00');
  });

  it('shows_hours_when_there_are_any', () => {
    expect(formatDuration(3_725_000)).toBe('1:02:05');
  });
});

describe('net speech', () => {
  it('is_rounded_down_so_that_it_never_looks_like_enough', () => {
    expect(formatSeconds(2999)).toBe('2.9 s');
    expect(formatSeconds(3000)).toBe('3.0 s');
  });
});

describe('an expected number of voices', () => {
  it('keeps_two_digits_and_a_lower_bound', () => {
    expect(formatExpected(12.4)).toBe('12');
    expect(formatExpected(0.1234)).toBe('0.12');
    expect(formatExpected(0.00001)).toBe('<0.001');
    expect(formatExpected(0)).toBe('0');
  });
});

describe('a bit rate', () => {
  it('is_in_kbit_a_second_without_needless_decimals', () => {
    expect(formatBitRate(12_200)).toBe('12.2 kbit/s');
    expect(formatBitRate(64_000)).toBe('64 kbit/s');
    expect(formatBitRate(1_411_217)).toBe('1411.2 kbit/s');
    expect(formatBitRate(950)).toBe('950 bit/s');
  });
});

describe('sizes, rates and shares', () => {
  it('have_their_units', () => {
    expect(formatBytes(1536)).toBe('1.5 KiB');
    expect(formatRate(44_100)).toBe('44.1 kHz');
    expect(formatShare(0.0004)).toBe('<0.1 %');
    expect(formatShare(0.425)).toBe('42.5 %');
  });
});
