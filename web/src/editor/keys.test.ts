import { describe, expect, it } from 'vitest';
import { commandOf, type Stroke } from './keys';

function stroke(key: string, fields: Partial<Stroke> = {}): Stroke {
  return {
    key,
    code: '',
    shiftKey: false,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    ...fields,
  };
}

describe('keys', () => {
  it('of_digits_name_voices_from_one', () => {
    expect(commandOf(stroke('1'))).toEqual({ do: 'label', label: 0 });
    expect(commandOf(stroke('9'))).toEqual({ do: 'label', label: 8 });
    expect(commandOf(stroke('0'))).toEqual({ do: 'zoom_whole' });
  });

  it('of_arrows_seek_or_move_the_boundary', () => {
    expect(commandOf(stroke('ArrowLeft'))).toEqual({ do: 'seek', byMs: -1000 });
    expect(commandOf(stroke('ArrowRight', { shiftKey: true }))).toEqual({ do: 'seek', byMs: 100 });
    expect(commandOf(stroke('ArrowRight', { altKey: true }))).toEqual({
      do: 'nudge',
      byMs: 10,
      touching: 'along',
    });
    expect(commandOf(stroke('ArrowLeft', { altKey: true, shiftKey: true }))).toEqual({
      do: 'nudge',
      byMs: -10,
      touching: 'stays',
    });
  });

  it('undo_and_redo_in_both_customs', () => {
    expect(commandOf(stroke('u'))).toEqual({ do: 'undo' });
    expect(commandOf(stroke('U', { shiftKey: true }))).toEqual({ do: 'redo' });
    expect(commandOf(stroke('z', { ctrlKey: true }))).toEqual({ do: 'undo' });
    expect(commandOf(stroke('Z', { metaKey: true, shiftKey: true }))).toEqual({ do: 'redo' });
  });

  it('of_the_browser_are_left_to_it', () => {
    for (const key of ['r', 'l', 't', 'o', '1', 'ArrowLeft']) {
      expect(commandOf(stroke(key, { ctrlKey: true })), key).toBeNull();
    }
    expect(commandOf(stroke('constructor'))).toBeNull();
    expect(commandOf(stroke('F5'))).toBeNull();
  });

  it('that_an_input_method_holds_back_still_count', () => {
    expect(commandOf(stroke('Process', { code: 'KeyS' }))).toEqual({ do: 'split' });
    expect(commandOf(stroke('Process', { code: 'Digit2' }))).toEqual({ do: 'label', label: 1 });
    expect(commandOf(stroke('Process', { code: 'Comma' }))).toBeNull();
  });
});
