import { expect, test } from 'vitest';
import type { EventBody, HistoryItem } from '../api/types';
import {
  activityInWords,
  mergeActivity,
  ratingOf,
  starsInWords,
  watchlistEventOf,
} from './activity';
import { formatElapsed, movesBetween, stampInWords } from './list_change';
import { isValidId, newGuestId, sessionId, whyNoId } from './viewer';

function applied(id: string, type: string, more: Partial<HistoryItem> = {}): HistoryItem {
  return {
    event_id: id,
    movie_id: '7',
    title: 'Heat',
    event_type: type,
    value: null,
    ts: '2026-11-24T12:00:00Z',
    ...more,
  };
}

function local(id: string, type: string, more: Partial<EventBody> = {}) {
  const event = {
    event_id: id,
    user_id: '1',
    movie_id: '7',
    event_type: type,
    timestamp: '2026-11-24T12:01:00Z',
    ...more,
  };
  return { event: event as EventBody, title: 'Heat', startedAt: 0 };
}

test('local actions stand before applied ones until the server has them', () => {
  const merged = mergeActivity(
    [applied('a', 'click')],
    [local('a', 'click'), local('b', 'click')],
    new Set(['b']),
  );
  expect(merged.map(({ eventId, state }) => [eventId, state])).toEqual([
    ['b', 'waiting'],
    ['a', 'applied'],
  ]);
});

test('an undo marks what it took back and is no entry itself', () => {
  const byServer = mergeActivity(
    [applied('u', 'undo', { undoes: 'a' }), applied('a', 'click')],
    [],
    new Set(),
  );
  expect(byServer.map(({ eventId, undone }) => [eventId, undone])).toEqual([['a', true]]);
  const byHere = mergeActivity(
    [applied('a', 'click')],
    [local('u', 'undo', { undoes: 'a' })],
    new Set(),
  );
  expect(byHere[0]!.undone).toBe(true);
  expect(mergeActivity([applied('a', 'click', { undone: true })], [], new Set())[0]!.undone).toBe(
    true,
  );
});

test('the standing rating is the newest that was not taken back', () => {
  const older = applied('a', 'rating', { value: 2 });
  const newer = applied('b', 'rating', { value: 4.5 });
  expect(ratingOf(mergeActivity([newer, older], [], new Set()), '7')).toBe(4.5);
  const undone = mergeActivity([newer, older], [local('u', 'undo', { undoes: 'b' })], new Set());
  expect(ratingOf(undone, '7')).toBe(2);
  expect(ratingOf(undone, '8')).toBeNull();
});

test('the watchlist follows the newest change', () => {
  const added = mergeActivity([applied('a', 'watchlist_add')], [], new Set());
  expect(watchlistEventOf(added, '7')).toBe('a');
  const removed = mergeActivity(
    [applied('b', 'watchlist_remove'), applied('a', 'watchlist_add')],
    [],
    new Set(),
  );
  expect(watchlistEventOf(removed, '7')).toBeNull();
});

test('actions are told in words', () => {
  expect(starsInWords(0.5)).toBe('½ ★');
  expect(starsInWords(4.5)).toBe('4½ ★');
  expect(activityInWords({ eventType: 'rating', value: 3 })).toBe('Rated 3 ★');
  expect(activityInWords({ eventType: 'view', value: 0.5 })).toBe('Watched 50 %');
  expect(activityInWords({ eventType: 'something_new', value: null })).toBe('something new');
});

test('a film that leaves does not make the films below it move', () => {
  expect(movesBetween(['a', 'b', 'c'], ['b', 'c', 'd'])).toEqual(new Map([['d', 'new']]));
  expect(movesBetween(['a', 'b', 'c'], ['c', 'a', 'b'])).toEqual(
    new Map([
      ['c', 2],
      ['a', -1],
      ['b', -1],
    ]),
  );
  expect(movesBetween(['a'], ['a']).size).toBe(0);
});

test('the stamp says how fast and what changed', () => {
  expect(stampInWords({ verb: 'click', elapsedMs: 38.4, newcomers: 2, moved: 5 })).toBe(
    'Updated 38 ms after your click: 2 new, 3 moved',
  );
  expect(stampInWords({ verb: 'undo', elapsedMs: 1200, newcomers: 0, moved: 0 })).toBe(
    'Checked 1.2 s after your undo: no change',
  );
  expect(formatElapsed(0.2)).toBe('1 ms');
});

test('ids are checked as the server checks them', () => {
  expect(isValidId(newGuestId())).toBe(true);
  expect(isValidId('a'.repeat(128))).toBe(true);
  expect(isValidId('a'.repeat(129))).toBe(false);
  expect(isValidId('a b')).toBe(false);
  expect(whyNoId('42')).toBeNull();
  expect(whyNoId('')).toContain('Type');
  expect(whyNoId('ä')).toContain('letters');
});

test('a tab keeps its session id', () => {
  const first = sessionId();
  expect(isValidId(first)).toBe(true);
  expect(sessionId()).toBe(first);
});
