import type { EventBody, HistoryItem, Recommendation } from './api/types';

/** A server in memory for component tests: hands out films, drops those the viewer has met. */
export class TestServer {
  readonly events: EventBody[] = [];
  readonly listQueries: URLSearchParams[] = [];
  /** Answers instead of the normal ones, used up one by one, by the start of "METHOD path". */
  readonly overrides: { call: string; answer: () => Response | Promise<Response> }[] = [];
  title = (id: number) => `Film ${id}`;
  metrics: unknown = { total_requests: 5, cache_hit_rate: 0.5, dataset: 'films (synthetic)' };

  genres: unknown = {
    genres: [
      { genre: 'Drama', movies: 9 },
      { genre: 'Comedy', movies: 5 },
    ],
    year_from: 1991,
    year_to: 2018,
  };

  readonly fetch = (async (input: unknown, init: RequestInit = {}) => {
    const url = new URL(String(input), 'http://server');
    const method = init.method ?? 'GET';
    const override = this.overrides.find(({ call }) =>
      `${method} ${url.pathname}`.startsWith(call),
    );
    if (override) {
      this.overrides.splice(this.overrides.indexOf(override), 1);
      return override.answer();
    }
    if (method === 'POST') return this.#accept(JSON.parse(init.body as string) as EventBody);
    if (url.pathname === '/api/recommendations') return this.#list(url.searchParams);
    if (url.pathname === '/api/metrics') return Response.json(this.metrics);
    if (url.pathname.endsWith('/history')) return this.#history(url.pathname.split('/')[3]!);
    if (url.pathname === '/api/genres') return Response.json(this.genres);
    if (url.pathname === '/api/movies') return this.#search(url.searchParams.get('query')!);
    return refusal(404, 'There is nothing here');
  }) as typeof fetch;

  #accept(event: EventBody): Response {
    this.events.push(event);
    const offset = `e:${this.events.length - 1}`;
    return Response.json({ status: 'accepted', event_id: event.event_id, offset }, { status: 202 });
  }

  #list(query: URLSearchParams): Response {
    this.listQueries.push(query);
    const userId = query.get('user_id')!;
    const own = this.events.filter((event) => event.user_id === userId);
    const kept = own.filter((event) => event.event_type !== 'undo');
    const undone = new Set(own.map((event) => event.undoes));
    const met = new Set(
      kept.filter(({ event_id }) => !undone.has(event_id)).map((event) => event.movie_id),
    );
    const from = Number(query.get('cursor')?.slice(1) ?? 0);
    const first = Number(query.get('year_from') ?? 0);
    const ids = Array.from({ length: 12 }, (_, i) => i + 1).filter(
      (id) => !met.has(String(id)) && 1990 + id >= first,
    );
    const recommendations = ids.slice(from, from + 6).map((id, i) => ({
      ...film(id, this.title),
      score: 1 - (from + i) / 20,
      rank: from + i + 1,
      reason: own.length > 0 ? `Because you liked Film ${own[0]!.movie_id}` : undefined,
    }));
    return Response.json({
      user_id: userId,
      recommendations,
      source: own.length === 0 ? 'popular' : 'hybrid',
      generated_at: '2026-11-24T12:00:00Z',
      next_cursor: from + 6 < ids.length ? `c${from + 6}` : null,
      list_id: `list-${this.listQueries.length}`,
      model_version: own.length === 0 ? null : 'als_1',
      offset: own.length === 0 ? null : `e:${this.events.length - 1}`,
    });
  }

  #history(userId: string): Response {
    const own = this.events.filter((event) => event.user_id === userId).toReversed();
    const history = own.map((event): HistoryItem => ({
      event_id: event.event_id,
      movie_id: event.movie_id,
      title: this.title(Number(event.movie_id)),
      event_type: event.event_type,
      value: event.value ?? null,
      ts: event.timestamp,
      undoes: event.undoes,
    }));
    return Response.json({ user_id: userId, history });
  }

  #search(text: string): Response {
    const movies = Array.from({ length: 40 }, (_, i) => film(i + 1, this.title)).filter(
      ({ title }) => title.includes(text),
    );
    return Response.json({ movies: movies.slice(0, 8), total: movies.length });
  }
}

function film(id: number, title: (id: number) => string): Omit<Recommendation, 'score' | 'rank'> {
  return { movie_id: String(id), title: title(id), year: 1990 + id, genres: ['Drama'] };
}

export function refusal(
  status: number,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify({ title: 'Refused', detail }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}
