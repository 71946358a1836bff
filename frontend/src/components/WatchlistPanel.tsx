import { watchlistOf, type Activity } from '../state/activity';
import { useMarquee } from '../state/marquee';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';

/** The films put aside for later; nothing while there are none. */
export function WatchlistPanel({ activity }: { activity: readonly Activity[] }) {
  const { undo } = useMarquee();
  const films = watchlistOf(activity);
  if (films.length === 0) return null;
  return (
    <section className="panel history" aria-labelledby="watchlist-heading">
      <h2 id="watchlist-heading">Your watchlist</h2>
      <ul>
        {films.map((entry) => {
          const title = displayTitle(entry.title, null);
          return (
            <li key={entry.movieId} className="entry">
              <span className="entry-text">
                <span className="entry-title" dir="auto" title={title}>
                  {title}
                </span>
              </span>
              <button
                type="button"
                className="icon-button"
                title="Take off the watchlist"
                aria-label={`Take off the watchlist: ${title.slice(0, 60)}`}
                onClick={() => undo(entry.eventId, { movie_id: entry.movieId, title: entry.title })}
              >
                <Icon name="close" size={16} />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
