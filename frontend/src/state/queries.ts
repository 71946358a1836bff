import { useInfiniteQuery, useQuery, type QueryClient } from '@tanstack/react-query';
import type { Client } from '../api/client';
import { Problem } from '../api/problem';
import type { GenrePage, HistoryItem, Metrics, MoviePage, RecommendationList } from '../api/types';
import type { FilterParameters } from './filters';

export const kListLength = 24;
const kHistoryLength = 100;
const kMetricsEveryMs = 2000;
const kWhileStaleMs = 700;

/** A list together with the offset that it was asked to include. */
export interface FetchedList {
  list: RecommendationList;
  minOffset: string | undefined;
}

export function retryQuery(failures: number, error: Error): boolean {
  return failures < 5 && (!(error instanceof Problem) || error.worthRetrying);
}

export function retryDelay(failures: number, error: Error): number {
  const asked = error instanceof Problem ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.min(500 * 2 ** failures, 15_000));
}

/** The viewer's list, page by page; `data.pages[0]` is what an action changes. */
export function useRecommendations(
  client: Client,
  viewer: { userId: string; sessionId: string },
  filters: FilterParameters,
  offsets: ReadonlyMap<string, string>,
) {
  const { userId, sessionId } = viewer;
  return useInfiniteQuery({
    queryKey: ['recommendations', userId, filters],
    queryFn: async ({ signal, pageParam: cursor }): Promise<FetchedList> => {
      const minOffset = offsets.get(userId);
      const query = { userId, sessionId, limit: kListLength, minOffset, cursor, filters };
      return { list: await client.recommendations(query, signal), minOffset };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ list }) => list.next_cursor ?? undefined,
    // Other filters: the list that is there stays until theirs comes. Another viewer's never shows.
    placeholderData: (before, query) => (query?.queryKey[1] === userId ? before : undefined),
    // The server says "stale" when it stopped waiting for the viewer's last event: ask again.
    refetchInterval: (query) => (query.state.data?.pages[0]?.list.stale ? kWhileStaleMs : false),
    staleTime: Infinity,
  });
}

export function useGenres(client: Client) {
  return useQuery<GenrePage>({
    queryKey: ['genres'],
    queryFn: ({ signal }) => client.genres(signal),
    staleTime: 300_000,
  });
}

export function useHistory(client: Client, userId: string) {
  return useQuery<HistoryItem[]>({
    queryKey: ['history', userId],
    queryFn: ({ signal }) => client.history(userId, kHistoryLength, signal),
    staleTime: Infinity,
  });
}

export function useMetrics(client: Client) {
  return useQuery<Metrics>({
    queryKey: ['metrics'],
    queryFn: ({ signal }) => client.metrics(signal),
    refetchInterval: kMetricsEveryMs, // not while the page is hidden: the query cache's default
    retry: false,
  });
}

export function useMovieSearch(client: Client, text: string) {
  return useQuery<MoviePage>({
    queryKey: ['search', text],
    queryFn: ({ signal }) => client.searchMovies(text, 8, signal),
    enabled: text !== '',
    staleTime: 30_000,
    placeholderData: (previous) => (text === '' ? undefined : previous),
  });
}

export function usePopularIn(client: Client, genre: string | undefined) {
  return useQuery<MoviePage>({
    queryKey: ['popular in', genre],
    queryFn: ({ signal }) => client.popularIn(genre!, 8, signal),
    enabled: genre !== undefined,
    staleTime: 300_000,
    retry: false, // an extra: left out when it cannot be had
  });
}

/**
 * Asks anew for everything that an event of this viewer can have changed. A first answer that is
 * still on its way would otherwise be taken for the new one: the query cache does not ask twice
 * while it has nothing yet.
 */
export async function refreshViewer(queries: QueryClient, userId: string): Promise<void> {
  void queries.invalidateQueries({ queryKey: ['metrics'] });
  const changed = [
    ['recommendations', userId],
    ['history', userId],
  ];
  await Promise.all(changed.map((queryKey) => queries.cancelQueries({ queryKey })));
  await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
}
