import type { EventBody, HistoryItem } from '../api/types';

/** One thing the viewer did, whether the server has applied it or not. */
export interface Activity {
  eventId: string;
  movieId: string;
  title: string;
  eventType: string;
  value: number | null;
  tsMs: number;
  /** Waiting: kept on this device, not acknowledged yet. */
  state: 'waiting' | 'sent' | 'applied';
  undone: boolean;
}

/** What was done on this page since it was opened. */
export interface LocalActivity {
  event: EventBody;
  title: string;
  /** By performance.now(). */
  startedAt: number;
  /** When the server had acknowledged it, and where in its log. */
  storedMs?: number;
  offset?: string;
  /** When a list that includes it had come. */
  visibleMs?: number;
}

export function withStored(
  local: readonly LocalActivity[],
  eventId: string,
  offset: string,
  now: number,
): LocalActivity[] {
  return local.map((entry) =>
    entry.event.event_id === eventId
      ? { ...entry, offset, storedMs: now - entry.startedAt }
      : entry,
  );
}

/**
 * A list came that includes everything of this viewer up to `offset`. Events are sent one after
 * the other, so that is every entry up to the one with this offset. The same array when none is new.
 */
export function withVisible(
  local: readonly LocalActivity[],
  offset: string,
  now: number,
): readonly LocalActivity[] {
  const last = local.findLastIndex((entry) => entry.offset === offset);
  const isNew = (entry: LocalActivity, i: number) =>
    i <= last && entry.storedMs !== undefined && entry.visibleMs === undefined;
  if (!local.some(isNew)) return local;
  return local.map((entry, i) =>
    isNew(entry, i) ? { ...entry, visibleMs: now - entry.startedAt } : entry,
  );
}

/**
 * One newest-first list of what the server has applied and what this page has done since. Undos
 * are not entries of their own: they mark what they took back.
 */
export function mergeActivity(
  applied: readonly HistoryItem[],
  local: readonly LocalActivity[],
  waitingIds: ReadonlySet<string>,
): Activity[] {
  const undone = new Set<string>();
  for (const item of applied) if (item.undoes) undone.add(item.undoes);
  for (const { event } of local) if (event.undoes) undone.add(event.undoes);

  const known = new Set(applied.map((item) => item.event_id));
  const fromServer = applied.map((item): Activity => ({
    eventId: item.event_id,
    movieId: item.movie_id,
    title: item.title || `Film ${item.movie_id}`,
    eventType: item.event_type,
    value: item.value ?? null,
    tsMs: typeof item.ts === 'number' ? item.ts : Date.parse(item.ts),
    state: 'applied',
    undone: item.undone === true || undone.has(item.event_id),
  }));
  const fromHere = local
    .filter(({ event }) => !known.has(event.event_id))
    .map(({ event, title }): Activity => ({
      eventId: event.event_id,
      movieId: event.movie_id,
      title,
      eventType: event.event_type,
      value: event.value ?? null,
      tsMs: Date.parse(event.timestamp),
      state: waitingIds.has(event.event_id) ? 'waiting' : 'sent',
      undone: undone.has(event.event_id),
    }))
    .reverse();
  return [...fromHere, ...fromServer].filter((entry) => entry.eventType !== 'undo');
}

/** The viewer's standing rating of a film in half stars, null when there is none. */
export function ratingOf(activity: readonly Activity[], movieId: string): number | null {
  const entry = activity.find(
    (item) => item.movieId === movieId && item.eventType === 'rating' && !item.undone,
  );
  return entry?.value ?? null;
}

/** The event that put the film on the watchlist, if it is on it. */
export function watchlistEventOf(activity: readonly Activity[], movieId: string): string | null {
  const entry = activity.find(
    (item) => item.movieId === movieId && item.eventType.startsWith('watchlist_') && !item.undone,
  );
  return entry?.eventType === 'watchlist_add' ? entry.eventId : null;
}

/** The standing additions to the watchlist, newest first, one a film. */
export function watchlistOf(activity: readonly Activity[]): Activity[] {
  return activity.filter(
    ({ eventId, movieId, eventType }) =>
      eventType === 'watchlist_add' && watchlistEventOf(activity, movieId) === eventId,
  );
}

/** "Rated 4½", "Hid", …: what was done, in words. */
export function activityInWords(entry: Pick<Activity, 'eventType' | 'value'>): string {
  switch (entry.eventType) {
    case 'rating':
      return `Rated ${entry.value === null ? '' : starsInWords(entry.value)}`.trim();
    case 'click':
      return 'Opened';
    case 'search_click':
      return 'Found by search';
    case 'not_interested':
      return 'Hid';
    case 'watchlist_add':
      return 'Put on the watchlist';
    case 'watchlist_remove':
      return 'Took off the watchlist';
    case 'like':
      return 'Liked';
    case 'dislike':
      return 'Disliked';
    case 'view':
      return entry.value === null ? 'Watched' : `Watched ${Math.round(entry.value * 100)} %`;
    case 'impression':
      return 'Was shown';
    default:
      return entry.eventType.replaceAll('_', ' ');
  }
}

/** 4.5 → "4½ ★". */
export function starsInWords(value: number): string {
  const whole = Math.floor(value);
  const half = value - whole >= 0.5 ? '½' : '';
  return `${whole === 0 && half ? '' : whole}${half} ★`;
}
