// What a rule may ask for, and how a condition is put together from what a person fills in.
import type { RuleCondition, WatchList } from '../../api/types';

export type RuleKind = RuleCondition['kind'];

export const RULE_KINDS: RuleKind[] = [
  'subject_heard',
  'voice_on_numbers',
  'number_in_cases',
  'number_watched',
  'link_across_cases',
  'account_receives',
];

const HOUR_MS = 3_600_000;

/** What a person fills in; each kind takes what it needs. */
export interface Draft {
  kind: RuleKind;
  watchListId: string;
  minLog10Lr: number;
  numbers: number;
  withinHours: number;
  cases: number;
}

export const DRAFT: Draft = {
  kind: 'subject_heard',
  watchListId: '',
  minLog10Lr: 2,
  numbers: 3,
  withinHours: 24,
  cases: 2,
};

export function conditionOf(draft: Draft): RuleCondition {
  const watch_list_id = draft.watchListId === '' ? null : draft.watchListId;
  const min_log10_lr = draft.minLog10Lr;
  switch (draft.kind) {
    case 'subject_heard':
      return { kind: draft.kind, watch_list_id, min_log10_lr };
    case 'voice_on_numbers':
      return {
        kind: draft.kind,
        numbers: draft.numbers,
        within_ms: Math.round(draft.withinHours * HOUR_MS),
        side: 'caller',
        min_log10_lr,
      };
    case 'number_in_cases':
      return { kind: draft.kind, cases: draft.cases };
    case 'number_watched':
    case 'account_receives':
      return { kind: draft.kind, watch_list_id };
    case 'link_across_cases':
      return { kind: draft.kind, stage: 'proposed', min_log10_lr };
  }
}

/** The parameters of a condition, for the words of its kind. */
export function factsOf(
  condition: RuleCondition,
  lists: WatchList[],
  any: string,
): Record<string, string | number> {
  const listName = (id: string | null | undefined) =>
    id ? `“${lists.find((list) => list.id === id)?.name ?? id.slice(0, 8)}”` : any;
  switch (condition.kind) {
    case 'subject_heard':
      return { list: listName(condition.watch_list_id), ratio: condition.min_log10_lr };
    case 'voice_on_numbers':
      return {
        n: condition.numbers,
        hours: Number((condition.within_ms / HOUR_MS).toFixed(1)),
        ratio: condition.min_log10_lr,
      };
    case 'number_in_cases':
      return { n: condition.cases };
    case 'number_watched':
    case 'account_receives':
      return { list: listName(condition.watch_list_id) };
    case 'link_across_cases':
      return { ratio: condition.min_log10_lr };
  }
}
