// Every call of the HTTP interface that the pages make, one function each.
import createClient from 'openapi-fetch';
import { ApiError, asProblem, unreachable } from './problem';
import type { paths, components } from './schema';
import type { RecordingState, SubjectClass } from './types';

const http = createClient<paths>({ baseUrl: '/' });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Turns an answer into its data, or throws the problem. */
async function take<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (cause) {
    throw new ApiError(unreachable(cause instanceof Error ? cause.message : String(cause)));
  }
  if (!answer.response.ok || answer.data === undefined) {
    throw new ApiError(asProblem(answer.error, answer.response.status));
  }
  return answer.data;
}

/** A fresh key a deliberate act, so that a repeated request cannot act twice. */
function idempotent() {
  return { 'Idempotency-Key': crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
}

export interface RecordingQuery {
  case_id?: string;
  state?: RecordingState;
  cursor?: string;
  limit?: number;
}

export const listRecordings = (query: RecordingQuery) =>
  take(http.GET('/api/v1/recordings', { params: { query } }));

export const getRecording = (id: string) =>
  take(http.GET('/api/v1/recordings/{id}', { params: { path: { id } } }));

export const listVoices = (id: string) =>
  take(http.GET('/api/v1/recordings/{id}/voices', { params: { path: { id } } }));

export const getSegments = (id: string) =>
  take(http.GET('/api/v1/recordings/{id}/segments', { params: { path: { id } } }));

export const getPeaks = (id: string, channel: number, points: number) =>
  take(
    http.GET('/api/v1/recordings/{id}/peaks', {
      params: { path: { id }, query: { channel, points } },
    }),
  );

export const getVoice = (id: string) =>
  take(http.GET('/api/v1/voices/{id}', { params: { path: { id } } }));

export const listCases = (limit = 200) =>
  take(http.GET('/api/v1/cases', { params: { query: { limit } } }));

export const listSubjects = (query: { cursor?: string; limit?: number; class?: SubjectClass }) =>
  take(http.GET('/api/v1/subjects', { params: { query } }));

export const createSubject = (body: components['schemas']['NewSubject']) =>
  take(http.POST('/api/v1/subjects', { body, headers: idempotent() }));

export const listEnrolments = (id: string) =>
  take(http.GET('/api/v1/subjects/{id}/enrolments', { params: { path: { id } } }));

export const createEnrolment = (id: string, body: components['schemas']['NewEnrolment']) =>
  take(
    http.POST('/api/v1/subjects/{id}/enrolments', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const createSearch = (body: components['schemas']['NewSearch']) =>
  take(http.POST('/api/v1/searches', { body, headers: idempotent() }));

export const getSearch = (id: string) =>
  take(http.GET('/api/v1/searches/{id}', { params: { path: { id } } }));

export const getLimits = () => take(http.GET('/api/v1/limits'));
