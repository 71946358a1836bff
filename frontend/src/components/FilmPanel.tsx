import { useEffect, useRef } from 'react';
import type { Movie } from '../api/types';
import { ratingOf, watchlistEventOf, type Activity } from '../state/activity';
import { useMarquee } from '../state/marquee';
import { usePopularIn } from '../state/queries';
import { Poster } from '../poster/Poster';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';
import { StarRating } from './StarRating';

/** The film that was opened: it stays here to be rated while the list moves on without it. */
export function FilmPanel({ activity }: { activity: readonly Activity[] }) {
  const { selected, close, rate, hide, setOnWatchlist } = useMarquee();
  const heading = useRef<HTMLHeadingElement>(null);
  const movieId = selected?.movie.movie_id;
  useEffect(() => {
    // The card that was clicked usually leaves the list; focus must not fall off the page.
    if (movieId !== undefined) heading.current?.focus({ preventScroll: true });
  }, [movieId]);

  if (selected === null) return null;
  const { movie, origin } = selected;
  const title = displayTitle(movie.title, movie.year);
  const watchlistEvent = watchlistEventOf(activity, movie.movie_id);
  const closeAndReturn = () => {
    close();
    document.getElementById('list-heading')?.focus({ preventScroll: true });
  };

  return (
    <section
      className="panel film"
      aria-labelledby="film-heading"
      onKeyDown={(event) => event.key === 'Escape' && closeAndReturn()}
    >
      <button
        type="button"
        className="icon-button film-close"
        aria-label="Close the film"
        onClick={closeAndReturn}
      >
        <Icon name="close" />
      </button>
      <div className="film-top">
        <div className="film-poster">
          <Poster movie={movie} />
        </div>
        <div className="film-facts">
          <h2 id="film-heading" ref={heading} tabIndex={-1} dir="auto" title={title}>
            {title}
          </h2>
          <p className="muted film-genres">
            {[movie.year, movie.genres.join(', ')].filter(Boolean).join(' · ')}
          </p>
          <div className="film-rate">
            <span className="label" aria-hidden="true">
              Your rating
            </span>
            <StarRating
              label={title.slice(0, 80)}
              value={ratingOf(activity, movie.movie_id)}
              onRate={(value) => rate(movie, value, origin)}
            />
          </div>
        </div>
      </div>
      <div className="film-actions">
        <button
          type="button"
          className="button"
          aria-pressed={watchlistEvent !== null}
          onClick={() => setOnWatchlist(movie, watchlistEvent === null, origin)}
        >
          <Icon name={watchlistEvent === null ? 'plus' : 'check'} size={16} /> Watchlist
        </button>
        <button type="button" className="button" onClick={() => hide(movie, origin)}>
          <Icon name="hide" size={16} /> Not interested
        </button>
      </div>
      <SameGenre movie={movie} />
    </section>
  );
}

/** A way on from here: what many watch in the film's first genre. */
function SameGenre({ movie }: { movie: Movie }) {
  const { client, open } = useMarquee();
  const genre = movie.genres[0];
  const { data } = usePopularIn(client, genre);
  const others = (data?.movies ?? [])
    .filter(({ movie_id: id }) => id !== movie.movie_id)
    .slice(0, 5);
  if (others.length === 0) return null;
  return (
    <div className="similar">
      <h3 className="label">Popular in {genre}</h3>
      <ul>
        {others.map((other) => {
          const title = displayTitle(other.title, other.year);
          return (
            <li key={other.movie_id}>
              <Poster movie={other} />
              <button
                type="button"
                className="over"
                title={title}
                aria-label={`Open ${title}`}
                onClick={() => open(other, {})}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
