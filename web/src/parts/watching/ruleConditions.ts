// What a rule may ask for, and how a condition is put together from what a person fills in.
import type { RuleCondition, WatchList } from '../../api/types';

export type RuleKind = RuleCondition['kind'];
type Stage = Extract<RuleCondition, { kind: 'link_across_cases' }>['stage'];
type Side = Extract<RuleCondition, { kind: 'voice_on_numbers' }>['side'];

export const RULE_KINDS: RuleKind[] = [
  'subject_heard',
  'voice_on_numbers',
  'number_in_cases',
  'number_watched',
  'link_across_cases',
  'account_receives',
];
export const STAGES: Stage[] = ['proposed', 'confirmed'];
export const SIDES: Side[] = ['caller', 'callee'];

/** Kinds that may name a watch list. */
export const LISTED: RuleKind[] = ['subject_heard', 'number_watched', 'account_receives'];
/** Kinds that ask for a ratio. */
export const WEIGHED: RuleKind[] = ['subject_heard', 'voice_on_numbers', 'link_across_cases'];

const HOUR_MS = 3_600_000;

/** What a person fills in; each kind takes what it needs. */
export interface Draft {
  kind: RuleKind;
  watchListId: string;
  minLog10Lr: number;
  numbers: number;
  withinHours: number;
  side: Side;
  cases: number;
  stage: Stage;
  /** In the smallest unit of the currency; null for any amount. */
  minAmountMinor: number | null;
}

export const DRAFT: Draft = {
  kind: 'subject_heard',
  watchListId: '',
  minLog10Lr: 2,
  numbers: 3,
  withinHours: 24,
  side: 'caller',
  cases: 2,
  stage: 'proposed',
  minAmountMinor: null,
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
        side: draft.side,
        min_log10_lr,
      };
    case 'number_in_cases':
      return { kind: draft.kind, cases: draft.cases };
    case 'number_watched':
      return { kind: draft.kind, watch_list_id };
    case 'account_receives':
      return { kind: draft.kind, watch_list_id, min_amount_minor: draft.minAmountMinor };
    case 'link_across_cases':
      return { kind: draft.kind, stage: draft.stage, min_log10_lr };
  }
}

/** What a person would have filled in for a condition. */
export function draftOf(condition: RuleCondition): Draft {
  const draft: Draft = { ...DRAFT, kind: condition.kind };
  if ('watch_list_id' in condition) draft.watchListId = condition.watch_list_id ?? '';
  if ('min_log10_lr' in condition) draft.minLog10Lr = condition.min_log10_lr;
  switch (condition.kind) {
    case 'voice_on_numbers':
      draft.numbers = condition.numbers;
      draft.withinHours = condition.within_ms / HOUR_MS;
      draft.side = condition.side;
      break;
    case 'number_in_cases':
      draft.cases = condition.cases;
      break;
    case 'account_receives':
      draft.minAmountMinor = condition.min_amount_minor ?? null;
      break;
    case 'link_across_cases':
      draft.stage = condition.stage;
      break;
    case 'subject_heard':
    case 'number_watched':
      break;
  }
  return draft;
}

/** The parameters of a condition, for the words of its kind. */
export function factsOf(
  condition: RuleCondition,
  lists: WatchList[],
  any: string,
  word: (family: 'side' | 'stage', code: string) => string = (_, code) => code,
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
        side: word('side', condition.side),
      };
    case 'number_in_cases':
      return { n: condition.cases };
    case 'number_watched':
      return { list: listName(condition.watch_list_id) };
    case 'account_receives':
      return {
        list: listName(condition.watch_list_id),
        amount: condition.min_amount_minor ?? 0,
      };
    case 'link_across_cases':
      return { ratio: condition.min_log10_lr, stage: word('stage', condition.stage) };
  }
}
