// The page's words, in English and Chinese, side by side where they are used.
import { kept, Store } from '../core/store.js';

export type Language = 'en' | 'zh';

function preferred(): Language {
  const chosen = kept.read<Language>('language');
  if (chosen === 'en' || chosen === 'zh') return chosen;
  const first = navigator.languages.find((name) => /^(en|zh)\b/i.test(name));
  return first?.toLowerCase().startsWith('zh') === true ? 'zh' : 'en';
}

export const language = new Store<Language>(preferred());

export function choose(next: Language): void {
  kept.write('language', next);
  language.set(next);
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
}

export function say(english: string, chinese: string): string {
  return language.value === 'zh' ? chinese : english;
}
