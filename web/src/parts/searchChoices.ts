import type { Against } from '../api/types';

/** What a person may choose about a search. */
export interface Choices {
  against: Against;
  topK: number;
  exact: boolean;
  purpose: string;
  /** Population that the answer is measured on; empty for none. */
  populationId: string;
}

export const defaultChoices: Choices = {
  against: 'all',
  topK: 20,
  exact: false,
  purpose: '',
  populationId: '',
};
