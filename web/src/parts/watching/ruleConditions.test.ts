import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { DRAFT, RULE_KINDS, conditionOf, draftOf, factsOf } from './ruleConditions';

describe('the condition of a rule', () => {
  it('is_of_the_kind_that_was_chosen_and_has_no_other_fields', () => {
    for (const kind of RULE_KINDS) expect(conditionOf({ ...DRAFT, kind }).kind).toBe(kind);
    expect(conditionOf({ ...DRAFT, kind: 'number_in_cases' })).toEqual({
      kind: 'number_in_cases',
      cases: 2,
    });
    expect(conditionOf({ ...DRAFT, kind: 'voice_on_numbers', withinHours: 1.5 })).toMatchObject({
      within_ms: 5_400_000,
      side: 'caller',
    });
  });

  it('that_is_edited_begins_as_it_stands', () => {
    const filled = {
      ...DRAFT,
      watchListId: 'w',
      minLog10Lr: 1.25,
      numbers: 7,
      withinHours: 2.5,
      side: 'callee' as const,
      cases: 9,
      stage: 'confirmed' as const,
      minAmountMinor: 500,
    };
    for (const kind of RULE_KINDS) {
      const condition = conditionOf({ ...filled, kind });
      expect(conditionOf(draftOf(condition)), kind).toEqual(condition);
    }
  });

  it('names_no_list_where_any_is_meant', () => {
    expect(conditionOf(DRAFT)).toMatchObject({ watch_list_id: null });
    expect(conditionOf({ ...DRAFT, watchListId: 'w' })).toMatchObject({ watch_list_id: 'w' });
  });

  it('fills_in_every_fact_of_its_words', () => {
    for (const kind of RULE_KINDS) {
      const facts = factsOf(conditionOf({ ...DRAFT, kind }), [], 'any');
      const words = en[`rule_says.${kind}`];
      const placeholders = [...words.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
      expect(Object.keys(facts).sort(), kind).toEqual([...new Set(placeholders)].sort());
    }
  });
});
