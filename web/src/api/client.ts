// Every call of the HTTP interface that the pages make, one function each.
import { http, take } from './http';
import type {
  NewCalibration,
  NewEnrolment,
  NewEntity,
  NewSearch,
  NewSubject,
  RecordingQuery,
  SubjectQuery,
} from './types';

/** A fresh key a deliberate act, so that a repeated request cannot act twice. */
function idempotent() {
  return { 'Idempotency-Key': crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
}

export const listRecordings = (query: RecordingQuery) =>
  take(http.GET('/api/v1/recordings', { params: { query } }));

export const getRecording = (id: string) =>
  take(http.GET('/api/v1/recordings/{id}', { params: { path: { id } } }));

export const listVoices = (id: string) =>
  take(http.GET('/api/v1/recordings/{id}/voices', { params: { path: { id } } }));

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

export const listSubjects = (query: SubjectQuery) =>
  take(http.GET('/api/v1/subjects', { params: { query } }));

export const createSubject = (body: NewSubject) =>
  take(http.POST('/api/v1/subjects', { body, headers: idempotent() }));

export const listEnrolments = (id: string) =>
  take(http.GET('/api/v1/subjects/{id}/enrolments', { params: { path: { id } } }));

export const createEnrolment = (id: string, body: NewEnrolment) =>
  take(
    http.POST('/api/v1/subjects/{id}/enrolments', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const createSearch = (body: NewSearch) =>
  take(http.POST('/api/v1/searches', { body, headers: idempotent() }));

export const getSearch = (id: string) =>
  take(http.GET('/api/v1/searches/{id}', { params: { path: { id } } }));

export const createComparison = (left: string, right: string) =>
  take(
    http.POST('/api/v1/comparisons', {
      body: { left: { voice_id: left }, right: { voice_id: right } },
      headers: idempotent(),
    }),
  );

/** Where the report of a comparison lies: a page of its own. */
export const reportAddress = (comparison: string, language: 'en' | 'zh') =>
  `/api/v1/comparisons/${comparison}/report?lang=${language}`;

export const listCalibrations = () => take(http.GET('/api/v1/calibrations'));

export const createCalibration = (body: NewCalibration) =>
  take(http.POST('/api/v1/calibrations', { body, headers: idempotent() }));

export const activateCalibration = (id: string, body: { reason?: string }) =>
  take(http.POST('/api/v1/calibrations/{id}/activate', { params: { path: { id } }, body }));

export const retireCalibration = (id: string, body: { reason: string }) =>
  take(http.POST('/api/v1/calibrations/{id}/retire', { params: { path: { id } }, body }));

export const getLimits = () => take(http.GET('/api/v1/limits'));

export const getCase = (id: string) =>
  take(http.GET('/api/v1/cases/{id}', { params: { path: { id } } }));

export const listCaseEntities = (id: string, cursor?: string) =>
  take(
    http.GET('/api/v1/cases/{id}/entities', {
      params: { path: { id }, query: cursor ? { cursor } : {} },
    }),
  );

export const addCaseEntity = (id: string, body: NewEntity) =>
  take(
    http.POST('/api/v1/cases/{id}/entities', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const listCaseEvents = (id: string, cursor?: string) =>
  take(
    http.GET('/api/v1/cases/{id}/events', {
      params: { path: { id }, query: cursor ? { cursor } : {} },
    }),
  );

export const getCaseGraph = (id: string) =>
  take(http.GET('/api/v1/cases/{id}/graph', { params: { path: { id } } }));

export const getShared = (id: string) =>
  take(http.GET('/api/v1/cases/{id}/shared', { params: { path: { id } } }));

export const getEntity = (id: string) =>
  take(http.GET('/api/v1/entities/{id}', { params: { path: { id } } }));

export const getImport = (id: string) =>
  take(http.GET('/api/v1/imports/{id}', { params: { path: { id } } }));

export const find = (q: string) => take(http.GET('/api/v1/find', { params: { query: { q } } }));
