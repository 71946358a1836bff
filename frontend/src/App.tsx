import { useMemo } from 'react';
import { Dashboard } from './components/Dashboard';
import { FilmPanel } from './components/FilmPanel';
import { Header } from './components/Header';
import { HistoryPanel } from './components/HistoryPanel';
import { QueueNotice } from './components/QueueNotice';
import { RecommendationPanel } from './components/RecommendationPanel';
import { Toasts } from './components/Toasts';
import { WatchlistPanel } from './components/WatchlistPanel';
import { mergeActivity } from './state/activity';
import { useMarquee } from './state/marquee';
import { useHistory } from './state/queries';

/** The viewer's page: the list at the left, what belongs to it at the right or below. */
export function App() {
  const { client, viewer, local, queue, selected } = useMarquee();
  const history = useHistory(client, viewer.userId);
  const activity = useMemo(
    () =>
      mergeActivity(
        history.data ?? [],
        local,
        new Set(queue.waiting.map((event) => event.event_id)),
      ),
    [history.data, local, queue.waiting],
  );
  return (
    <>
      <a className="skip" href="#list-heading">
        Skip to the list
      </a>
      <Header />
      <main className={selected ? 'layout layout-film' : 'layout'}>
        <div className="main-column">
          <QueueNotice />
          <RecommendationPanel activity={activity} isActivityKnown={history.isSuccess} />
        </div>
        <aside className="rail" aria-label="Film, counters and history">
          <FilmPanel activity={activity} />
          <WatchlistPanel activity={activity} />
          <Dashboard />
          <HistoryPanel
            activity={activity}
            isActivityKnown={history.isSuccess}
            problem={(history.error ?? history.failureReason)?.message ?? null}
          />
        </aside>
      </main>
      <Toasts />
    </>
  );
}
