import { useLayoutEffect, useMemo, useRef } from 'react';
import type { Recommendation, RecommendationList } from '../api/types';
import { ratingOf, type Activity } from '../state/activity';
import { stampInWords } from '../state/list_change';
import { useMarquee, type Origin } from '../state/marquee';
import { useRecommendations } from '../state/queries';
import { isGuest } from '../state/viewer';
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
  const query = useRecommendations(client, { userId, sessionId }, offsets);
  const { stamp, moves } = useListChange(query.data);
  const list = query.data?.list;
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
      {list ? (
        <Films list={list} moves={moves} activity={activity} />
      ) : (
        query.isPending && !problem && <Skeleton />
      )}
    </section>
  );
}

function Films(props: {
  list: RecommendationList;
  moves: ReturnType<typeof useListChange>['moves'];
  activity: readonly Activity[];
}) {
  const { list, moves, activity } = props;
  const { hidden, selected, open, rate, hide } = useMarquee();
  const grid = useRef<HTMLUListElement>(null);
  const films = list.recommendations.filter((movie) => !hidden.has(movie.movie_id));
  const order = films.map((movie) => movie.movie_id).join(' ');
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

  if (films.length === 0) {
    return (
      <p className="hint">
        Nothing left to recommend here. Take something back in your history, or switch the viewer.
      </p>
    );
  }
  return (
    <ul className="grid" ref={grid}>
      {films.map((movie) => (
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

function Skeleton() {
  return (
    <div className="grid" role="status" aria-label="Loading the list">
      {Array.from({ length: 12 }, (_, i) => (
        <div key={i} className="skeleton" />
      ))}
    </div>
  );
}
