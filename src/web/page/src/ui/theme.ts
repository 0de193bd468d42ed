// Light, dark, or as the system has it.
import { kept, Store } from '../core/store.js';

export type Theme = 'system' | 'light' | 'dark';

export const theme = new Store<Theme>(kept.read<Theme>('theme') ?? 'system');

export function isDark(): boolean {
  return (
    theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  );
}

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light';
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme);

export function toggleTheme(): void {
  const next: Theme = isDark() ? 'light' : 'dark';
  kept.write('theme', next);
  theme.set(next);
  applyTheme();
}
