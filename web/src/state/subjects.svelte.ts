// The known persons, page by page.
import { createSubject, listSubjects } from '../api/client';
import { problemOf } from '../api/problem';
import type { Problem, Subject, SubjectClass } from '../api/types';

export class Subjects {
  items = $state.raw<Subject[]>([]);
  nextCursor = $state<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);

  async load() {
    await this.#page(null);
  }

  async more() {
    if (this.nextCursor !== null) await this.#page(this.nextCursor);
  }

  /** Enters a person; throws the problem for the form to show. */
  async add(name: string, subjectClass: SubjectClass, note: string): Promise<Subject> {
    const subject = await createSubject({
      name,
      class: subjectClass,
      ...(note === '' ? {} : { note }),
    });
    this.items = [subject, ...this.items];
    return subject;
  }

  async #page(cursor: string | null) {
    this.loading = true;
    try {
      const page = await listSubjects(cursor === null ? {} : { cursor });
      this.items = cursor === null ? page.items : [...this.items, ...page.items];
      this.nextCursor = page.next_cursor ?? null;
      this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.loading = false;
    }
  }
}

export const SUBJECT_CLASSES: SubjectClass[] = [
  'suspect',
  'convicted',
  'victim',
  'witness',
  'staff',
  'unknown',
];
