import { useState } from 'react';
import { activityInWords, type Activity } from '../state/activity';
import { useMarquee } from '../state/marquee';
import { ago } from '../state/numbers';
import { displayTitle } from '../poster/title';
import { Icon } from './Icon';

const kShortLength = 6;

/** What the viewer did, newest first, each with a button that takes it back. */
export function HistoryPanel(props: {
  activity: readonly Activity[];
  isActivityKnown: boolean;
  problem: string | null;
}) {
  const { activity, isActivityKnown, problem } = props;
  const [all, setAll] = useState(false);
  const shown = all ? activity : activity.slice(0, kShortLength);

  return (
    <section className="panel history" aria-labelledby="history-heading">
      <h2 id="history-heading">Your history</h2>
      {problem && <p className="muted">{problem}</p>}
      {activity.length === 0 && isActivityKnown && (
        <p className="muted">Nothing yet. What you open, rate or hide shows up here.</p>
      )}
      <ol>
        {shown.map((entry) => (
          <Entry key={entry.eventId} entry={entry} />
        ))}
      </ol>
      {activity.length > kShortLength && (
        <button type="button" className="link-button" onClick={() => setAll(!all)}>
          {all
            ? 'Show less'
            : `Show ${activity.length >= 100 ? 'the last 100' : `all ${activity.length}`}`}
        </button>
      )}
    </section>
  );
}

function Entry({ entry }: { entry: Activity }) {
  const { undo } = useMarquee();
  const title = displayTitle(entry.title, null);
  return (
    <li className={entry.undone ? 'entry entry-undone' : 'entry'}>
      <div className="entry-text">
        <span className="entry-title" dir="auto" title={title}>
          {title}
        </span>
        <span className="muted">
          {activityInWords(entry)}
          {entry.undone && ', taken back'} ·{' '}
          {entry.state === 'waiting' ? 'waiting to be sent' : ago(entry.tsMs)}
        </span>
      </div>
      {!entry.undone && (
        <button
          type="button"
          className="icon-button"
          title="Take this back"
          aria-label={`Take back: ${activityInWords(entry)} ${title.slice(0, 60)}`}
          onClick={() => undo(entry.eventId, { movie_id: entry.movieId, title: entry.title })}
        >
          <Icon name="undo" size={16} />
        </button>
      )}
    </li>
  );
}
