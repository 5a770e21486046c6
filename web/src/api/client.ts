// Every call of the HTTP interface that the pages make, one function each.
import { http, take } from './http';
import { idempotent } from './idempotent';
import type {
  LinkQuery,
  NewCalibration,
  NewEnrolment,
  NewPopulation,
  NewPopulationVersion,
  NewLinkDecision,
  NewEntity,
  NewSearch,
  NewSubject,
  RecordingQuery,
  SeriesQuery,
  SubjectQuery,
} from './types';

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

/** Compares a voice with another one or with a subject, on the population that a search was measured on
 * where there is one. */
export const createComparison = (
  left: string,
  right: { voice_id: string } | { subject_id: string },
  population?: { id: string; version: number } | null,
) =>
  take(
    http.POST('/api/v1/comparisons', {
      body: {
        left: { voice_id: left },
        right,
        ...(population
          ? { population_id: population.id, population_version: population.version }
          : {}),
      },
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

export const listPopulations = (query: { limit?: number; cursor?: string } = {}) =>
  take(http.GET('/api/v1/populations', { params: { query } }));

export const createPopulation = (body: NewPopulation) =>
  take(http.POST('/api/v1/populations', { body, headers: idempotent() }));

export const createPopulationVersion = (id: string, body: NewPopulationVersion) =>
  take(
    http.POST('/api/v1/populations/{id}/versions', {
      params: { path: { id } },
      body,
      headers: idempotent(),
    }),
  );

export const listLinks = (query: LinkQuery) =>
  take(http.GET('/api/v1/links', { params: { query } }));

export const getLink = (id: string) =>
  take(http.GET('/api/v1/links/{id}', { params: { path: { id } } }));

/** Decides about a link as it was shown: a version that somebody else decided on is refused. */
export const decideLink = (id: string, version: number, body: NewLinkDecision) =>
  take(
    http.POST('/api/v1/links/{id}/decision', {
      params: { path: { id }, header: { 'If-Match': `"${version}"` } },
      body,
    }),
  );

export const listSeries = (query: SeriesQuery) =>
  take(http.GET('/api/v1/series', { params: { query } }));

export const getSeries = (id: string) =>
  take(http.GET('/api/v1/series/{id}', { params: { path: { id } } }));

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
