// The shapes of /api as docs and openapi describe them. Fields marked optional may be missing in
// older or newer servers; the page then leaves the part out.

export interface Movie {
  movie_id: string;
  title: string;
  year: number | null;
  genres: string[];
}

export interface Recommendation extends Movie {
  /** 0–1, before re-ranking; `rank` decides the order. */
  score: number;
  rank: number;
  reason?: string;
}

export type Source = 'redis_cache' | 'memory_cache' | 'hybrid' | 'realtime' | 'batch' | 'popular';

export interface RecommendationList {
  user_id: string;
  recommendations: Recommendation[];
  source: Source;
  generated_at: string;
  list_id: string;
  model_version: string | null;
  /** The last event of this viewer that the list includes. */
  offset: string | null;
  stale?: boolean;
  /** Asks for the films after these. */
  next_cursor?: string | null;
}

export type EventType =
  | 'click'
  | 'rating'
  | 'watchlist_add'
  | 'watchlist_remove'
  | 'not_interested'
  | 'search_click'
  | 'undo';

/** What POST /api/events takes. `event_id` is minted once and kept until acknowledged. */
export interface EventBody {
  event_id: string;
  user_id: string;
  movie_id: string;
  event_type: EventType;
  value?: number;
  session_id?: string;
  list_id?: string;
  position?: number;
  undoes?: string;
  timestamp: string;
}

export interface Acknowledgement {
  status: 'accepted' | 'duplicate';
  event_id: string;
  offset: string;
}

export interface HistoryItem {
  event_id: string;
  movie_id: string;
  title: string | null;
  event_type: string;
  value: number | null;
  ts: string | number;
  undone?: boolean;
  undoes?: string;
}

export interface MoviePage {
  movies: Movie[];
  total: number;
}

/** What the catalogue can be filtered by. */
export interface GenrePage {
  genres: { genre: string; movies: number }[];
  year_from: number | null;
  year_to: number | null;
}

export interface Quantiles {
  p50: number;
  p99: number;
}

/** From an event sent until it was acknowledged, and until its viewer's list had changed. */
export interface Canary {
  acknowledged_ms: Quantiles | null;
  visible_ms: Quantiles | null;
  measured: number;
  failed: number;
  failed_in_a_row: number;
  last_success: string | null;
}

export interface Metrics {
  total_requests?: number;
  cache_hit_rate?: number;
  /** Lists that could have come from the cache. */
  cache_lookups?: number;
  avg_response_time_ms?: number;
  ctr?: number;
  events?: Partial<
    Record<
      'received' | 'accepted' | 'duplicate' | 'rejected' | 'applied' | 'pending' | 'by_canary',
      number
    >
  >;
  sources?: Partial<Record<Source, number>>;
  model_version?: string | null;
  model_age_s?: number | null;
  dataset?: string | { name?: string; synthetic?: boolean } | null;
  movies?: number;
  lists?: number;
  shown?: number;
  clicks?: number;
  /** From acceptance of an event to its effect on lists; null before the first. */
  avg_freshness_ms?: number | null;
  freshness_ms?: Quantiles | null;
  /** What the server's own viewer measured lately; null when it is off. */
  canary?: Canary | null;
  /** From a request for a list to its answer. */
  list_time_ms?: Quantiles | null;
  /** Viewers worth trying, when the server names some. */
  sample_viewers?: string[];
}
