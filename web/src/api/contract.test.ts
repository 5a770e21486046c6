import { describe, expect, it } from 'vitest';
import { parseRoute } from '../state/routes';
import { needsDecoding } from './audio';
import { parseEvent } from './events';
import { failingChecks } from './health';
import { asProblem } from './problem';

describe('events', () => {
  it('are_read_with_their_progress', () => {
    expect(parseEvent('job', '{"id":"j","state":"running","progress":0.5}')).toEqual({
      topic: 'job',
      id: 'j',
      state: 'running',
      progress: 0.5,
    });
  });

  it('that_are_malformed_are_nothing', () => {
    expect(parseEvent('job', '{')).toBeNull();
    expect(parseEvent('job', 'null')).toBeNull();
    expect(parseEvent('recording', '{"id":1}')).toBeNull();
  });
});

describe('audio', () => {
  const plays = () => 'probably';

  it('of_telephone_codecs_is_asked_for_decoded', () => {
    for (const codec of ['pcm_alaw', 'pcm_mulaw', 'adpcm_ima_wav', 'gsm_ms']) {
      expect(needsDecoding({ container: 'wav', codec }, plays), codec).toBe(true);
    }
  });

  it('that_the_browser_plays_is_left_sealed', () => {
    expect(needsDecoding({ container: 'wav', codec: 'pcm_s16le' }, plays)).toBe(false);
    expect(needsDecoding({ container: 'mp3', codec: 'mp3' }, plays)).toBe(false);
  });

  it('that_the_browser_refuses_is_asked_for_decoded', () => {
    expect(needsDecoding({ container: 'flac', codec: 'flac' }, () => '')).toBe(true);
    expect(needsDecoding({ container: 'caf', codec: 'alac' }, plays)).toBe(true);
  });
});

describe('readiness', () => {
  it('names_the_checks_that_fail', () => {
    const checks = { store: 'ok', models: { status: 'loading' }, index: true, workers: 'none', voices: 0 };
    expect(failingChecks({ status: 'starting', checks })).toEqual(['models', 'workers']);
    expect(failingChecks(null)).toEqual([]);
  });
});

describe('a problem', () => {
  it('is_made_of_whatever_an_error_answer_holds', () => {
    expect(asProblem('<html>', 502)).toMatchObject({ code: 'http_502', detail: '<html>' });
    expect(asProblem({ code: 'no_voice', detail: 'd', status: 422 }, 422).code).toBe('no_voice');
  });
});

describe('addresses', () => {
  it('mean_their_pages', () => {
    expect(parseRoute('/', '')).toEqual({ page: 'recordings' });
    expect(parseRoute('/recordings/x', '')).toEqual({ page: 'recording', id: 'x' });
    expect(parseRoute('/searches/x', '')).toEqual({ page: 'search', id: 'x' });
    expect(parseRoute('/subjects', '?voice=v')).toEqual({ page: 'subjects', voiceId: 'v' });
    expect(parseRoute('/calibrations', '')).toEqual({ page: 'calibrations' });
    expect(parseRoute('/links', '')).toEqual({ page: 'links' });
    expect(parseRoute('/series', '')).toEqual({ page: 'series_list' });
    expect(parseRoute('/series/x', '')).toEqual({ page: 'series', id: 'x' });
    expect(parseRoute('/cases', '')).toEqual({ page: 'cases' });
    expect(parseRoute('/cases/x', '')).toEqual({ page: 'case', id: 'x' });
    expect(parseRoute('/find', '?q=+86%20138')).toEqual({ page: 'find', query: ' 86 138' });
    expect(parseRoute('/find', '?q=%2B86')).toEqual({ page: 'find', query: '+86' });
    expect(parseRoute('/searches', '')).toEqual({ page: 'unknown' });
    expect(parseRoute('/a/b/c', '')).toEqual({ page: 'unknown' });
  });
});
