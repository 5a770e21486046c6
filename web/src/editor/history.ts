// Undo and redo over values that never change.

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last step was; a step of the same name right after it is one step with it. */
  readonly step: string | null;
}

/** Steps that can be undone. */
const DEPTH = 500;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], step: null };
}

/** Makes a step. Steps of one name in a row, such as a boundary's nudges, are undone at once. */
export function commit<T>(history: History<T>, next: T, step: string | null = null): History<T> {
  if (next === history.present) return history;
  if (step !== null && step === history.step) return { ...history, present: next, future: [] };
  return {
    past: [...history.past, history.present].slice(-DEPTH),
    present: next,
    future: [],
    step,
  };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past[history.past.length - 1];
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    step: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future, step: null };
}
