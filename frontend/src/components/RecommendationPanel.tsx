import { useLayoutEffect, useMemo, useRef } from 'react';
import type { Recommendation, RecommendationList } from '../api/types';
import { ratingOf, type Activity } from '../state/activity';
import { stampInWords } from '../state/list_change';
import { useMarquee, type Origin } from '../state/marquee';
import { countOf, kNoFilters, useFilters, type FilterState } from '../state/filters';
import { kListLength, useRecommendations } from '../state/queries';
import { isGuest } from '../state/viewer';
import { FilterBar } from './FilterBar';
import { Icon } from './Icon';
import { MovieCard } from './MovieCard';
import { SourceBadge } from './SourceBadge';
import { useFlip } from './useFlip';
import { useListChange } from './useListChange';

/** The viewer's list: where it comes from, what the last action changed, and the films. */
export function RecommendationPanel(props: {
  activity: readonly Activity[];
  /** False while the viewer's history is still on its way. */
  isActivityKnown: boolean;
}) {
  const { activity, isActivityKnown } = props;
  const { client, viewer, sessionId, offsets } = useMarquee();
  const { userId } = viewer;
  const wishes = useFilters();
  const query = useRecommendations(client, { userId, sessionId }, wishes.parameters, offsets);
  // While other filters' list is awaited, the one that is there stays, dimmed.
  const isOld = query.isPlaceholderData;
  const asked = JSON.stringify(wishes.parameters);
  const { stamp, moves } = useListChange(isOld ? undefined : query.data?.pages, asked);
  const list = query.data?.pages[0]?.list;
  const problem = query.error ?? query.failureReason; // the latter while it is tried again
  const isNew = isActivityKnown && activity.length === 0;
  const isPopular = list?.source === 'popular' || (isNew && list?.source.endsWith('_cache'));

  return (
    <section className="panel-list" aria-labelledby="list-heading" aria-busy={query.isFetching}>
      <header className="list-head">
        <h1 id="list-heading" tabIndex={-1}>
          {isPopular ? (
            'Popular now'
          ) : (
            <>
              Picked for <bdi>{isGuest(userId) ? 'you' : userId}</bdi>
            </>
          )}
        </h1>
        <div className="list-facts">
          {list && <SourceBadge source={list.source} modelVersion={list.model_version} />}
          <p className="stamp" role="status">
            {stamp && (
              <>
                <Icon name="bolt" size={14} /> {stampInWords(stamp)}
              </>
            )}
            {list?.stale && ' Your last action is still on its way into the list.'}
          </p>
        </div>
        <FilterBar {...wishes} />
      </header>
      {isNew && isPopular && (
        <p className="hint">
          You are new here, so this is what everybody watches. Open or rate a film and the list
          becomes yours.
        </p>
      )}
      {problem && (
        <div className="notice notice-error" role="alert">
          <p>{problem.message}</p>
          <button type="button" className="button" onClick={() => void query.refetch()}>
            Try again
          </button>
        </div>
      )}
      {query.data ? (
        <div className={isOld ? 'list-old' : undefined}>
          <Films
            pages={query.data.pages.map((page) => page.list)}
            moves={moves}
            activity={activity}
            filters={wishes}
          />
          {query.hasNextPage && (
            <button
              type="button"
              className="button more"
              disabled={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {query.isFetchingNextPage ? 'Loading …' : 'More films'}
            </button>
          )}
        </div>
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

function Films(props: {
  pages: readonly RecommendationList[];
  moves: ReturnType<typeof useListChange>['moves'];
  activity: readonly Activity[];
  filters: FilterState;
}) {
  const { pages, moves, activity, filters } = props;
  const { hidden, selected, open, rate, hide } = useMarquee();
  const grid = useRef<HTMLUListElement>(null);
  const films = filmsOf(pages, hidden);
  const order = films.map(({ movie }) => movie.movie_id).join(' ');
  useFlip(grid, order);
  const keepFocus = useFocusAfterHiding(grid, order);

  const actions = useMemo(
    () => ({
      open,
      rate,
      hide: (movie: Recommendation, origin: Origin) => {
        keepFocus(movie.movie_id);
        hide(movie, origin);
      },
    }),
    [open, rate, hide, keepFocus],
  );

  if (films.length === 0) return <NothingLeft filters={filters} />;
  return (
    <ul className="grid" ref={grid}>
      {films.map(({ movie, list }) => (
        <MovieCard
          key={movie.movie_id}
          movie={movie}
          listId={list.list_id}
          source={list.source}
          move={moves.get(movie.movie_id)}
          rating={ratingOf(activity, movie.movie_id)}
          isOpen={selected?.movie.movie_id === movie.movie_id}
          actions={actions}
        />
      ))}
    </ul>
  );
}

/** The films of all pages, each with the list it came in: a click counts for that one. */
function filmsOf(pages: readonly RecommendationList[], hidden: ReadonlySet<string>) {
  const seen = new Set<string>();
  return pages
    .flatMap((list) => list.recommendations.map((movie) => ({ movie, list })))
    .filter(({ movie: { movie_id: id } }) => {
      if (hidden.has(id) || seen.has(id)) return false;
      seen.add(id);
      return true;
    });
}

function NothingLeft({ filters }: { filters: FilterState }) {
  if (countOf(filters.filters) === 0) {
    return (
      <p className="hint">
        Nothing left to recommend here. Take something back in your history, or switch the viewer.
      </p>
    );
  }
  return (
    <div className="hint">
      <p>No film is left that fits these filters.</p>
      <button type="button" className="button" onClick={() => filters.setFilters(kNoFilters)}>
        Drop the filters
      </button>
    </div>
  );
}

/** A hidden card takes the focus with it; the one that follows gets it instead. */
function useFocusAfterHiding(grid: React.RefObject<HTMLUListElement | null>, order: string) {
  const next = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (next.current === null) return;
    const card = grid.current?.querySelector(`[data-movie-id="${CSS.escape(next.current)}"]`);
    next.current = null;
    const target = card?.querySelector<HTMLElement>('.card-hide');
    (target ?? document.getElementById('list-heading'))?.focus({ preventScroll: true });
  }, [grid, order]);
  return useMemo(
    () => (movieId: string) => {
      const ids = order.split(' ');
      const at = ids.indexOf(movieId);
      next.current = ids[at + 1] ?? ids[at - 1] ?? '';
    },
    [order],
  );
}

/** As tall as the films that will come, so that nothing jumps. */
function Skeleton() {
  return (
    <div className="grid" role="status" aria-label="Loading the list">
      {Array.from({ length: kListLength }, (_, i) => (
        <div key={i} className="card" aria-hidden="true">
          <div className="skeleton skeleton-poster" />
          <div className="skeleton skeleton-title" />
          <div className="skeleton skeleton-text" />
        </div>
      ))}
    </div>
  );
}
