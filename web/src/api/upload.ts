// One upload. XMLHttpRequest, because `fetch` does not tell how much has been sent.
import { ApiError, asProblem, unreachable } from './problem';
import type { Upload } from './types';

export interface UploadTask {
  done: Promise<Upload>;
  abort: () => void;
}

/** Sends one file; `onSent` hears the fraction sent, from 0 to 1. */
export function uploadFile(
  file: File,
  caseNo: string | null,
  onSent: (fraction: number) => void,
): UploadTask {
  const request = new XMLHttpRequest();
  const done = new Promise<Upload>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onSent(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as Upload);
      else reject(new ApiError(asProblem(body, request.status)));
    };
    request.onerror = () => reject(new ApiError(unreachable()));
    request.onabort = () => reject(new ApiError({ ...unreachable(), code: 'cancelled' }));
    request.open('POST', '/api/v1/recordings');
    request.setRequestHeader('Accept', 'application/json');
    request.send(form(file, caseNo));
  });
  return { done, abort: () => request.abort() };
}

/** The metadata come first: the server streams the file and must know its case by then. */
function form(file: File, caseNo: string | null): FormData {
  const data = new FormData();
  if (caseNo) data.append('case_no', caseNo);
  data.append('file', file, file.name);
  return data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
