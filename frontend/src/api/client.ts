import { addressOf, JsonFetch, type JsonFetchOptions } from './json_fetch';
import type { ServerClock } from './server_clock';
import type {
  Acknowledgement,
  EventBody,
  GenrePage,
  HistoryItem,
  Metrics,
  MoviePage,
  RecommendationList,
} from './types';

export interface ListQuery {
  userId: string;
  limit: number;
  minOffset?: string;
  sessionId?: string;
  /** next_cursor of the list whose films are not to come again. */
  cursor?: string;
  /** genre, exclude_genre, year_from, year_to, diversity, as the API names them. */
  filters?: Readonly<Record<string, string>>;
}

/** One method a call of the API; every failure is a Problem. Stateless but for the server's clock. */
export class Client {
  readonly #http: JsonFetch;

  constructor(options: JsonFetchOptions = {}) {
    this.#http = new JsonFetch(options);
  }

  get clock(): ServerClock {
    return this.#http.clock;
  }

  recommendations(query: ListQuery, signal?: AbortSignal): Promise<RecommendationList> {
    const { userId, limit, minOffset, sessionId, cursor, filters } = query;
    const asked = { user_id: userId, limit, session_id: sessionId, min_offset: minOffset, cursor };
    return this.#get<RecommendationList>(
      '/api/recommendations',
      { ...asked, ...filters, explain: 'true' },
      signal,
    );
  }

  searchMovies(query: string, limit: number, signal?: AbortSignal): Promise<MoviePage> {
    return this.#get<MoviePage>('/api/movies', { query, limit }, signal);
  }

  genres(signal?: AbortSignal): Promise<GenrePage> {
    return this.#get<GenrePage>('/api/genres', {}, signal);
  }

  popularIn(genre: string, limit: number, signal?: AbortSignal): Promise<MoviePage> {
    return this.#get<MoviePage>('/api/movies', { genre, sort: 'popularity', limit }, signal);
  }

  async history(userId: string, limit: number, signal?: AbortSignal): Promise<HistoryItem[]> {
    const path = `/api/users/${encodeURIComponent(userId)}/history`;
    const page = await this.#get<{ history: HistoryItem[] }>(path, { limit }, signal);
    return page.history;
  }

  metrics(signal?: AbortSignal): Promise<Metrics> {
    return this.#get<Metrics>('/api/metrics', {}, signal);
  }

  postEvent(event: EventBody): Promise<Acknowledgement> {
    return this.#http.request<Acknowledgement>('/api/events', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(event),
      keepalive: true, // so that the last click before leaving still arrives
    });
  }

  #get<T>(
    path: string,
    parameters: Record<string, string | number | undefined>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#http.request<T>(addressOf(path, parameters), {
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      signal,
    });
  }
}
