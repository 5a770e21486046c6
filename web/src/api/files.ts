// Files that are sent as forms, other than recordings to be kept.
import { ApiError, asProblem, unreachable } from './problem';
import type { ClipFound, ImportReport, ReceivedImport } from './types';

/** What is said of a table. */
export interface TableChoice {
  caseId: string;
  kind: string;
  mapping: string;
  file: File;
}

/** Reads a table as an import would, and writes nothing. */
export const tryImport = (choice: TableChoice) =>
  send<ImportReport>('/api/v1/imports', form(choice, 'true'));

export const createImport = (choice: TableChoice) =>
  send<ReceivedImport>('/api/v1/imports', form(choice, 'false'));

export function findByClip(file: File): Promise<ClipFound> {
  const data = new FormData();
  data.append('file', file, file.name);
  return send<ClipFound>('/api/v1/find', data);
}

function form(choice: TableChoice, dryRun: 'true' | 'false'): FormData {
  const data = new FormData();
  data.append('kind', choice.kind);
  data.append('case_id', choice.caseId);
  data.append('dry_run', dryRun);
  if (choice.mapping.trim() !== '') data.append('mapping', choice.mapping);
  data.append('file', choice.file, choice.file.name);
  return data;
}

async function send<T>(address: string, body: FormData): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { method: 'POST', body });
  } catch (cause) {
    throw new ApiError(unreachable(cause instanceof Error ? cause.message : String(cause)));
  }
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok) throw new ApiError(asProblem(answer, response.status));
  return answer as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
