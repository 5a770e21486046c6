// The language of the page, and the words in it.
import type { VerbalWords } from '../api/types';
import { en } from './en';
import { parseVerbal } from './verbal';
import { zh, type Key } from './zh';

export type Language = 'zh' | 'en';
export type { Key } from './zh';
export type Params = Record<string, string | number>;

const STORED = 'voxtrace.language';
const WORDS: Record<Language, Record<Key, string>> = { zh, en };
const LANG_ATTRIBUTE: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

class I18n {
  language = $state<Language>(initialLanguage());

  choose(language: Language) {
    this.language = language;
    try {
      localStorage.setItem(STORED, language);
    } catch {
      // Storage may be forbidden; the choice then lasts for this visit.
    }
  }

  get langAttribute(): string {
    return LANG_ATTRIBUTE[this.language];
  }
}

export const i18n = new I18n();

/** The words for a key in the language chosen, with `{name}` filled in. */
export function t(key: Key, params: Params = {}): string {
  return fill(WORDS[i18n.language][key], params);
}

/** The words for a code that the server sent, or `otherwise` where we have none. */
export function tCode(prefix: string, code: string, otherwise = code): string {
  const words: Record<string, string | undefined> = WORDS[i18n.language];
  return words[`${prefix}.${code}`] ?? otherwise;
}

/** A code of the verbal scale in words, those for its strength being the service's. */
export function tVerbal(code: string, words: VerbalWords | null | undefined): string {
  const verbal = parseVerbal(code, words, i18n.language);
  switch (verbal.kind) {
    case 'support':
      return capital(
        t('verbal.support', { strength: verbal.strength, direction: t(verbal.direction) }),
      );
    case 'neutral':
      return t('verbal.neutral');
    case 'other':
      return verbal.code;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

function initialLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    if (stored === 'zh' || stored === 'en') return stored;
  } catch {
    // See `choose`.
  }
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
