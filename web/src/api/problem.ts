import type { Problem } from './types';

/** A refusal by the server, or the lack of an answer, in the one shape that the pages show. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
  }
}

/** The problem for a request that got no answer at all. */
export function unreachable(detail = ''): Problem {
  return { type: 'about:blank', title: '', status: 0, code: 'unreachable', detail, request_id: '' };
}

/** Reads whatever came back with an error status; a proxy may answer with something else. */
export function asProblem(body: unknown, status: number): Problem {
  const fields = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {};
  return {
    ...fields,
    type: fields.type ?? 'about:blank',
    title: fields.title ?? '',
    status: fields.status ?? status,
    code: fields.code ?? `http_${status}`,
    detail: fields.detail ?? (typeof body === 'string' ? body.slice(0, 200) : ''),
    request_id: fields.request_id ?? '',
  };
}

/** The problem behind anything that was thrown. */
export function problemOf(cause: unknown): Problem {
  return cause instanceof ApiError ? cause.problem : unreachable(String(cause));
}
