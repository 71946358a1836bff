// A small stand-in for `marquee serve`: the same routes and fields, toy recommendations, state in
// memory. For developing the page and for its end-to-end test when no build is at hand.
//
//   node mock/server.mjs [--port 8000] [--dataset DIR with MovieLens' movies.csv]
//
// POST /mock/fail {"status":503,"times":2,"retry_after":1} makes the next calls of /api fail.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { inventFilms, readFilms } from './films.mjs';
import { serveFile } from './files.mjs';

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '8000' }, dataset: { type: 'string' } },
});
const films = options.dataset
  ? readFilms(readFileSync(`${options.dataset}/movies.csv`, 'utf8'))
  : inventFilms();
const byId = new Map(films.map((film) => [film.movie_id, film]));
const histories = new Map(); // user → events, oldest first
const cached = new Map(); // user → answer without list_id
const known = new Map(); // user \n event_id → offset
const counters = {
  total_requests: 0,
  lists: 0,
  clicks: 0,
  hits: 0,
  busy_ms: 0,
  received: 0,
  accepted: 0,
  duplicate: 0,
  rejected: 0,
};
const sources = {};
const kModel = 'als_20261124_0200';
let failure = { status: 503, times: 0, retry_after: 1 };
let nextOffset = 0;

const kWeights = {
  click: 1,
  search_click: 1,
  view: 1,
  like: 2,
  watchlist_add: 1.5,
  not_interested: -1.5,
  dislike: -2,
};

function standing(userId) {
  const events = histories.get(userId) ?? [];
  const undone = new Set(events.filter((event) => event.undoes).map((event) => event.undoes));
  return events.filter((event) => event.event_type !== 'undo' && !undone.has(event.event_id));
}

function seedHistory(userId) {
  if (histories.has(userId) || !/^\d+$/.test(userId)) return;
  const events = [];
  for (let i = 0; i < 12; i++) {
    const film = films[(Number(userId) * 37 + i * i * 13) % Math.min(films.length, 400)];
    events.push({
      event_id: crypto.randomUUID(),
      user_id: userId,
      movie_id: film.movie_id,
      event_type: 'rating',
      value: 2.5 + (i % 6) / 2,
      ts: Date.now() - (12 - i) * 86_400_000,
    });
  }
  histories.set(userId, events);
}

function rank(userId, limit) {
  const events = standing(userId);
  const out = new Set(events.map((event) => event.movie_id));
  const taste = new Map();
  const because = new Map();
  events.forEach((event, i) => {
    const weight =
      event.event_type === 'rating' ? event.value - 2.75 : (kWeights[event.event_type] ?? 0);
    const recent = 0.85 ** (events.length - 1 - i);
    for (const genre of byId.get(event.movie_id)?.genres ?? []) {
      taste.set(genre, (taste.get(genre) ?? 0) + weight * recent);
      if (weight > 0) because.set(genre, event.movie_id);
    }
  });
  const most = Math.max(1e-9, ...[...taste.values()].map(Math.abs));
  const scored = films
    .filter((film) => !out.has(film.movie_id))
    .map((film) => {
      const fit = film.genres.reduce((sum, genre) => sum + (taste.get(genre) ?? 0) / most, 0);
      const own = fit / Math.max(1, film.genres.length);
      const score =
        taste.size === 0 ? film.popularity : 0.45 * film.popularity + 0.55 * Math.max(0, own);
      return { film, score };
    })
    .sort((a, b) => b.score - a.score || (a.film.movie_id < b.film.movie_id ? -1 : 1))
    .slice(0, limit);
  return scored.map(({ film, score }, i) => {
    const genre = film.genres.find((name) => because.has(name));
    const reason =
      genre && i % 3 === 0 ? `Because you liked ${byId.get(because.get(genre)).title}` : undefined;
    const { movie_id, title, year, genres } = film;
    return {
      movie_id,
      title,
      score: Math.round(score * 1e4) / 1e4,
      rank: i + 1,
      year,
      genres,
      reason,
    };
  });
}

function recommendations(query) {
  const userId = query.get('user_id') ?? '';
  if (!/^[\w.:@-]{1,128}$/.test(userId))
    return problem(422, 'user_id is no id', [
      { pointer: 'user_id', detail: 'want 1–128 of A–Z a–z 0–9 _ . : @ -' },
    ]);
  seedHistory(userId);
  const limit = Number(query.get('limit') ?? 10);
  if (!(limit >= 1 && limit <= 100))
    return problem(422, 'limit is out of range', [{ pointer: 'limit', detail: 'want 1–100' }]);
  let answer = cached.get(userId);
  const hit = answer !== undefined;
  if (!hit) {
    const events = histories.get(userId) ?? [];
    const last = events.at(-1)?.offset ?? null;
    answer = {
      list: rank(userId, 100),
      source: events.length === 0 ? 'popular' : 'hybrid',
      offset: last,
    };
    cached.set(userId, answer);
  }
  const source = hit && answer.source !== 'popular' ? 'memory_cache' : answer.source;
  counters.lists += 1;
  counters.hits += hit ? 1 : 0;
  sources[source] = (sources[source] ?? 0) + 1;
  return json(200, {
    user_id: userId,
    recommendations: answer.list.slice(0, limit),
    source,
    generated_at: new Date().toISOString(),
    list_id: `l-${counters.lists}`,
    model_version: source === 'popular' ? null : kModel,
    offset: answer.offset,
  });
}

function acceptEvent(body) {
  counters.received += 1;
  let event;
  try {
    event = JSON.parse(body);
  } catch {
    counters.rejected += 1;
    return problem(400, 'The body is no JSON');
  }
  const wrong = [];
  if (event.event_type === 'rating' && !(event.value >= 0.5 && event.value <= 5))
    wrong.push({ pointer: '/value', detail: 'want 0.5–5' });
  for (const field of ['user_id', 'movie_id']) {
    if (!/^[\w.:@-]{1,128}$/.test(event[field] ?? ''))
      wrong.push({ pointer: `/${field}`, detail: 'no id' });
  }
  if (wrong.length > 0) {
    counters.rejected += 1;
    return problem(422, 'The event is not valid', wrong);
  }
  const key = `${event.user_id}\n${event.event_id}`;
  if (known.has(key)) {
    counters.duplicate += 1;
    return json(200, { status: 'duplicate', event_id: event.event_id, offset: known.get(key) });
  }
  const offset = `e:${nextOffset++}`;
  known.set(key, offset);
  seedHistory(event.user_id);
  histories.set(event.user_id, [
    ...(histories.get(event.user_id) ?? []),
    { ...event, ts: Date.now(), offset },
  ]);
  cached.delete(event.user_id);
  counters.accepted += 1;
  if (event.list_id && event.event_type === 'click') counters.clicks += 1;
  return json(202, {
    status: 'accepted',
    message: 'Event queued for processing',
    event_id: event.event_id,
    offset,
    durability: 'process',
  });
}

function history(userId, limit) {
  seedHistory(userId);
  const events = histories.get(userId) ?? [];
  const undone = new Set(events.filter((event) => event.undoes).map((event) => event.undoes));
  const rows = events
    .toReversed()
    .slice(0, limit)
    .map((event) => ({
      event_id: event.event_id,
      movie_id: event.movie_id,
      title: byId.get(event.movie_id)?.title ?? null,
      event_type: event.event_type,
      value: event.value ?? null,
      ts: new Date(event.ts).toISOString(),
      undone: undone.has(event.event_id),
    }));
  return json(200, { user_id: userId, history: rows, next_cursor: null });
}

function search(query) {
  const text = (query.get('query') ?? '').toLowerCase();
  const genre = query.get('genre');
  const found = films
    .filter(
      (film) => film.title.toLowerCase().includes(text) && (!genre || film.genres.includes(genre)),
    )
    .sort((a, b) => b.popularity - a.popularity);
  return json(200, {
    movies: found.slice(0, Number(query.get('limit') ?? 20)),
    total: found.length,
    next_cursor: null,
  });
}

function metrics() {
  const { total_requests, lists, clicks, hits, busy_ms, received, accepted, duplicate, rejected } =
    counters;
  return json(200, {
    total_requests,
    cache_hit_rate: lists ? hits / lists : 0,
    avg_response_time_ms: busy_ms / Math.max(1, total_requests),
    ctr: lists ? clicks / lists : 0,
    events: { received, accepted, duplicate, rejected, applied: accepted, pending: 0 },
    sources,
    model_version: kModel,
    dataset: options.dataset
      ? options.dataset.split('/').filter(Boolean).at(-1)
      : 'mock films (synthetic)',
    movies: films.length,
    lists,
    clicks,
    avg_freshness_ms: 2.1,
  });
}

const json = (status, value) => ({ status, type: 'application/json', body: JSON.stringify(value) });
const problem = (status, detail, errors) => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail, errors }),
  headers:
    status === 503 || status === 429 ? { 'Retry-After': String(failure.retry_after ?? 1) } : {},
});

function route(method, url, body) {
  const { pathname: path, searchParams: query } = url;
  if (path === '/mock/fail' && method === 'POST') {
    failure = { times: 1, ...JSON.parse(body) };
    return json(200, failure);
  }
  if (path.startsWith('/api/') && path !== '/api/metrics' && failure.times > 0) {
    failure.times -= 1;
    return problem(failure.status, 'The mock was told to fail');
  }
  if (path === '/api/events' && method === 'POST') return acceptEvent(body);
  if (path === '/api/recommendations') return recommendations(query);
  if (path === '/api/metrics') return metrics();
  if (path === '/api/movies') return search(query);
  const parts = path.split('/').map(decodeURIComponent);
  if (path.startsWith('/api/users/') && parts[4] === 'history')
    return history(parts[3], Number(query.get('limit') ?? 100));
  if (path.startsWith('/api/')) return problem(404, `There is nothing at ${path}`);
  return serveFile(fileURLToPath(new URL('../../build/page', import.meta.url)), path);
}

const server = createServer(async (request, response) => {
  const started = performance.now();
  let body = '';
  for await (const chunk of request) body += chunk;
  const answer = route(request.method, new URL(request.url, 'http://mock'), body);
  counters.total_requests += 1;
  counters.busy_ms += performance.now() - started;
  response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Content-Security-Policy':
      "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'",
    ...answer.headers,
  });
  response.end(answer.body);
});
server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`mock ready on http://127.0.0.1:${server.address().port}`);
});
