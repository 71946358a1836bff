import { useCallback, useSyncExternalStore } from 'react';
import { remember, storageOf } from './storage';

export type Theme = 'light' | 'dark';

const kKey = 'marquee.theme';
const listeners = new Set<() => void>();

function systemTheme(): Theme {
  return window.matchMedia?.('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
}

function chosenTheme(): Theme | null {
  const kept = document.documentElement.dataset.theme;
  return kept === 'light' || kept === 'dark' ? kept : null;
}

/** Before the first paint: the theme chosen at an earlier visit, if any; else the system's. */
export function applyStoredTheme(): void {
  const kept = storageOf('localStorage').getItem(kKey);
  if (kept === 'light' || kept === 'dark') document.documentElement.dataset.theme = kept;
}

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia?.('(prefers-color-scheme: light)');
  query?.addEventListener('change', listener);
  listeners.add(listener);
  return () => {
    query?.removeEventListener('change', listener);
    listeners.delete(listener);
  };
}

export function useTheme(): { theme: Theme; toggle: () => void } {
  const theme = useSyncExternalStore(subscribe, () => chosenTheme() ?? systemTheme());
  const toggle = useCallback(() => {
    const next: Theme = (chosenTheme() ?? systemTheme()) === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    remember(storageOf('localStorage'), kKey, next);
    for (const listener of listeners) listener();
  }, []);
  return { theme, toggle };
}
