import { activityInWords, type LocalActivity } from '../state/activity';
import { useMarquee } from '../state/marquee';
import { milliseconds } from '../state/numbers';
import { displayTitle } from '../poster/title';

const kShown = 4;

/** What this viewer did just now, and how fast it was stored and reached the list. */
export function EventFeed() {
  const { local } = useMarquee();
  const latest = local.slice(-kShown).reverse();
  if (latest.length === 0) return null;
  return (
    <div className="feed">
      <h3 className="label">Your last actions</h3>
      <ol>
        {latest.map((entry) => (
          <li key={entry.event.event_id}>
            <span className="feed-what">
              {inWords(entry)} <bdi>{displayTitle(entry.title, null)}</bdi>
            </span>
            <span className="feed-when">{progressInWords(entry)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function inWords({ event }: LocalActivity): string {
  if (event.event_type === 'undo') return 'Took back';
  return activityInWords({ eventType: event.event_type, value: event.value ?? null });
}

/** "stored in 4 ms, in your list after 38 ms". */
export function progressInWords(entry: LocalActivity): string {
  if (entry.storedMs === undefined) return 'on its way';
  const stored = `stored in ${milliseconds(entry.storedMs)}`;
  return entry.visibleMs === undefined
    ? stored
    : `${stored}, in your list after ${milliseconds(entry.visibleMs)}`;
}
