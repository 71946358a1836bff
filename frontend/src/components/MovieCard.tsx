import { memo } from 'react';
import type { Recommendation, Source } from '../api/types';
import type { Move } from '../state/list_change';
import type { Origin } from '../state/marquee';
import { Poster } from '../poster/Poster';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';
import { MatchBar } from './MatchBar';
import { StarRating } from './StarRating';

export interface CardActions {
  open: (movie: Recommendation, origin: Origin) => void;
  rate: (movie: Recommendation, value: number, origin: Origin) => void;
  hide: (movie: Recommendation, origin: Origin) => void;
}

/** One film of the list: poster to open it, how well it fits, stars to rate, a button to hide. */
export const MovieCard = memo(function MovieCard(props: {
  movie: Recommendation;
  listId: string;
  source: Source;
  move: Move | undefined;
  rating: number | null;
  isOpen: boolean;
  actions: CardActions;
}) {
  const { movie, listId, source, move, rating, isOpen, actions } = props;
  const title = displayTitle(movie.title, movie.year);
  const origin: Origin = { listId, position: movie.rank };
  const facts = [movie.year, movie.genres.slice(0, 2).join(', ')].filter(Boolean).join(' · ');

  return (
    <li className={isOpen ? 'card card-open' : 'card'} data-movie-id={movie.movie_id}>
      <div className="card-frame">
        <Poster movie={movie} />
        {isWorthABadge(move) && <MoveBadge move={move} />}
        <button
          type="button"
          className="card-poster over"
          aria-label={`Open ${movie.year === null ? title : `${title} (${movie.year})`}`}
          onClick={() => actions.open(movie, origin)}
        />
      </div>
      <div className="card-text">
        <h2 className="card-title" title={title}>
          <bdi>{title}</bdi>
        </h2>
        <p className="card-facts" data-genres={movie.genres.join('|')}>
          {facts}
        </p>
        <MatchBar score={movie.score} source={source} />
        <p className="card-reason" dir="auto" title={movie.reason}>
          {movie.reason}
        </p>
      </div>
      <div className="card-actions">
        <StarRating
          label={title.slice(0, 80)}
          value={rating}
          onRate={(value) => actions.rate(movie, value, origin)}
        />
        <button
          type="button"
          className="icon-button card-hide"
          title="Not interested: hide this film"
          aria-label={`Hide ${title.slice(0, 80)}`}
          onClick={() => actions.hide(movie, origin)}
        >
          <Icon name="hide" />
        </button>
      </div>
    </li>
  );
});

/** A film that gave way by one place is no news. */
function isWorthABadge(move: Move | undefined): move is Move {
  return move === 'new' || (move !== undefined && Math.abs(move) >= 2);
}

function MoveBadge({ move }: { move: Move }) {
  if (move === 'new') return <span className="move move-new">New</span>;
  const rose = move > 0;
  return (
    <span className={rose ? 'move move-up' : 'move move-down'}>
      <span aria-hidden="true">{rose ? '▲' : '▼'} </span>
      <span className="visually-hidden">{rose ? 'up ' : 'down '}</span>
      {Math.abs(move)}
    </span>
  );
}
