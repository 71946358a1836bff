import { Problem, problemOf, unreachable } from './problem';
import { ServerClock } from './server_clock';
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
  readonly clock: ServerClock;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;

  constructor(options: { clock?: ServerClock; fetch?: typeof fetch; timeoutMs?: number } = {}) {
    this.clock = options.clock ?? new ServerClock();
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 15_000;
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
    return this.#request<Acknowledgement>('/api/events', {
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
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) search.set(name, String(value));
    }
    const query = search.toString();
    return this.#request<T>(query === '' ? path : `${path}?${query}`, {
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      signal,
    });
  }

  async #request<T>(url: string, init: RequestInit): Promise<T> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const sentMs = Date.now();
    let response: Response;
    try {
      response = await this.#fetch(url, { ...init, signal });
    } catch (error) {
      if (init.signal?.aborted) throw error; // the caller lost interest: no failure
      throw unreachable();
    }
    this.clock.observe(response.headers.get('Date'), sentMs, Date.now());
    if (!response.ok) throw await problemOf(response);
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new Problem('The server’s answer was cut off or is no JSON; trying again.', {
        status: 0,
      });
    }
  }
}
