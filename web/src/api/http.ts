// The one way to the server: typed by its description, and every failure in one shape.
import createClient from 'openapi-fetch';
import { ApiError, asProblem, unreachable } from './problem';
import type { paths } from './schema';

export const http = createClient<paths>({ baseUrl: '/' });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Turns an answer into its data and its headers, or throws the problem. */
export async function takeWhole<T>(
  pending: Promise<Answer<T>>,
): Promise<{ data: T; headers: Headers }> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch (cause) {
    throw new ApiError(unreachable(cause instanceof Error ? cause.message : String(cause)));
  }
  if (!answer.response.ok || answer.data === undefined) {
    throw new ApiError(asProblem(answer.error, answer.response.status));
  }
  return { data: answer.data, headers: answer.response.headers };
}

/** Turns an answer into its data, or throws the problem. */
export async function take<T>(pending: Promise<Answer<T>>): Promise<T> {
  return (await takeWhole(pending)).data;
}
