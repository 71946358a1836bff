import { useCallback, useEffect, useState } from 'react';
import { remember, storageOf } from './storage';

const kViewerKey = 'marquee.viewer';
const kRecentKey = 'marquee.recent_viewers';
const kSessionKey = 'marquee.session';
const kParameter = 'user_id';

/** 1–128 of the characters that the API takes in ids. */
export function isValidId(text: string): boolean {
  return /^[A-Za-z0-9_.:@-]{1,128}$/.test(text);
}

/** What to tell someone who typed an id that is none; null when it is one. */
export function whyNoId(text: string): string | null {
  if (text === '') return 'Type a viewer’s id, such as 42.';
  if (text.length > 128) return 'An id has at most 128 characters.';
  return isValidId(text) ? null : 'Ids are made of letters, digits and _ . : @ - only.';
}

function randomName(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function newGuestId(): string {
  return randomName('guest-');
}

export function isGuest(userId: string): boolean {
  return userId.startsWith('guest-');
}

/** One id a tab, until it is closed. */
export function sessionId(storage: Storage = storageOf('sessionStorage')): string {
  const kept = storage.getItem(kSessionKey);
  if (kept !== null && isValidId(kept)) return kept;
  const fresh = randomName('s-');
  remember(storage, kSessionKey, fresh);
  return fresh;
}

function readRecent(storage: Storage): string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(kRecentKey) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((id): id is string => typeof id === 'string' && isValidId(id)).slice(0, 5)
      : [];
  } catch {
    return [];
  }
}

function firstViewer(storage: Storage): string {
  const inAddress = new URLSearchParams(window.location.search).get(kParameter);
  if (inAddress !== null && isValidId(inAddress)) return inAddress;
  const kept = storage.getItem(kViewerKey);
  return kept !== null && isValidId(kept) ? kept : newGuestId();
}

export interface ViewerState {
  userId: string;
  /** Viewers of this browser, latest first, without the present one. */
  recent: string[];
  switchTo: (userId: string) => void;
}

/** Who is watching: kept in the address (to be shared) and in localStorage (to come back). */
export function useViewerState(): ViewerState {
  const [storage] = useState(() => storageOf('localStorage'));
  const [userId, setUserId] = useState(() => firstViewer(storage));
  const [recent, setRecent] = useState(() => readRecent(storage));

  useEffect(() => {
    remember(storage, kViewerKey, userId);
    setRecent((before) => {
      const after = [userId, ...before.filter((id) => id !== userId)].slice(0, 6);
      remember(storage, kRecentKey, JSON.stringify(after));
      return after;
    });
    const url = new URL(window.location.href);
    if (url.searchParams.get(kParameter) !== userId) {
      url.searchParams.set(kParameter, userId);
      window.history.replaceState(null, '', url);
    }
  }, [storage, userId]);

  const switchTo = useCallback((next: string) => {
    if (isValidId(next)) setUserId(next);
  }, []);
  return { userId, recent: recent.filter((id) => id !== userId), switchTo };
}
