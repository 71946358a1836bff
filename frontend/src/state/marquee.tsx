import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { Client } from '../api/client';
import { EventQueue, type QueueState } from '../api/event_queue';
import type { EventBody, EventType, Movie } from '../api/types';
import { uuidV7 } from '../api/uuid';
import { withStored, withVisible, type LocalActivity } from './activity';
import { refreshViewer } from './queries';
import { storageOf } from './storage';
import { useToasts, type Toast } from './toasts';
import { sessionId as readSessionId, useViewerState, type ViewerState } from './viewer';

/** Where on the page the viewer met the film: what a click needs to count for a list. */
export interface Origin {
  listId?: string;
  position?: number;
}

/** An action whose effect on the list is awaited, for the stamp. */
export interface Awaited {
  eventId: string;
  verb: string;
  startedAt: number;
  offset?: string;
}

export interface Marquee {
  client: Client;
  viewer: ViewerState;
  sessionId: string;
  queue: QueueState;
  local: readonly LocalActivity[];
  /** The last acknowledged offset by viewer. */
  offsets: ReadonlyMap<string, string>;
  awaited: { current: Awaited | null };
  hidden: ReadonlySet<string>;
  selected: { movie: Movie; origin: Origin } | null;
  toasts: readonly Toast[];
  dismissToast: (id: number) => void;
  open: (movie: Movie, origin: Origin, type?: 'click' | 'search_click') => void;
  close: () => void;
  rate: (movie: Movie, value: number, origin: Origin) => void;
  hide: (movie: Movie, origin: Origin) => void;
  setOnWatchlist: (movie: Movie, on: boolean, origin: Origin) => void;
  undo: (eventId: string, movie: Pick<Movie, 'movie_id' | 'title'>) => void;
  retryNow: () => void;
  /** A list came that includes the viewer's events up to this offset. */
  noteVisible: (offset: string) => void;
}

const Context = createContext<Marquee | null>(null);

export function useMarquee(): Marquee {
  const marquee = useContext(Context);
  if (marquee === null) throw new Error('useMarquee wants a MarqueeProvider above');
  return marquee;
}

const kVerbs: Record<EventType, string> = {
  click: 'click',
  search_click: 'click',
  rating: 'rating',
  not_interested: 'hiding',
  watchlist_add: 'watchlist change',
  watchlist_remove: 'watchlist change',
  undo: 'undo',
};

export function MarqueeProvider({ client, children }: { client: Client; children: ReactNode }) {
  const viewer = useViewerState();
  const { userId } = viewer;
  const [sessionId] = useState(() => readSessionId());
  const queries = useQueryClient();
  const { toasts, showToast, dismissToast } = useToasts();
  const [local, setLocal] = useState<readonly LocalActivity[]>([]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<Marquee['selected']>(null);
  const offsets = useRef(new Map<string, string>()).current;
  const awaited = useRef<Awaited | null>(null);

  const [queue] = useState(
    () =>
      new EventQueue({
        send: (event) => client.postEvent(event),
        storage: storageOf('localStorage'),
        onAcknowledged: (event, { offset }) => {
          offsets.set(event.user_id, offset);
          if (awaited.current?.eventId === event.event_id) awaited.current.offset = offset;
          const now = performance.now();
          setLocal((before) => withStored(before, event.event_id, offset, now));
          void refreshViewer(queries, event.user_id);
        },
        onRefused: (event, problem) => {
          setLocal((before) => before.filter((entry) => entry.event.event_id !== event.event_id));
          setHidden((before) => without(before, event.movie_id));
          showToast({ text: `Not saved. ${problem.message}`, tone: 'error' });
        },
      }),
  );
  const queueState = useSyncExternalStore(
    useCallback((listener: () => void) => queue.subscribe(listener), [queue]),
    () => queue.state,
  );

  useEffect(() => {
    const flush = () => queue.flush();
    flush(); // what an earlier visit could not send
    window.addEventListener('online', flush);
    return () => window.removeEventListener('online', flush);
  }, [queue]);

  // Another viewer's film and hidden films are not this one's.
  const [shownFor, setShownFor] = useState(userId);
  if (shownFor !== userId) {
    setShownFor(userId);
    setSelected(null);
    setHidden(new Set());
    setLocal([]);
  }

  const record = useCallback(
    (type: EventType, movie: Pick<Movie, 'movie_id' | 'title'>, more: Partial<EventBody>) => {
      const now = client.clock.now();
      const event: EventBody = {
        event_id: uuidV7(now),
        user_id: userId,
        movie_id: movie.movie_id,
        event_type: type,
        session_id: sessionId,
        timestamp: new Date(now).toISOString(),
        ...more,
      };
      const startedAt = performance.now();
      awaited.current = { eventId: event.event_id, verb: kVerbs[type], startedAt };
      setLocal((before) => [...before, { event, title: movie.title, startedAt }]);
      queue.add(event);
      return event.event_id;
    },
    [client, queue, sessionId, userId],
  );

  const noteVisible = useCallback((offset: string) => {
    const now = performance.now();
    setLocal((before) => withVisible(before, offset, now));
  }, []);

  const actions = useMemo(() => {
    const undo: Marquee['undo'] = (eventId, movie) => {
      setHidden((before) => without(before, movie.movie_id));
      record('undo', movie, { undoes: eventId });
    };
    return {
      open: ((movie, origin, type = 'click') => {
        setSelected({ movie, origin });
        record(type, movie, asFields(origin));
      }) satisfies Marquee['open'],
      close: () => setSelected(null),
      rate: ((movie, value, origin) => {
        const id = record('rating', movie, { value, ...asFields(origin) });
        showToast({
          text: 'Rated',
          movie: movie.title,
          stars: value,
          undo: () => undo(id, movie),
        });
      }) satisfies Marquee['rate'],
      hide: ((movie, origin) => {
        setHidden((before) => new Set(before).add(movie.movie_id));
        setSelected((now) => (now?.movie.movie_id === movie.movie_id ? null : now));
        const id = record('not_interested', movie, asFields(origin));
        showToast({ text: 'Hidden', movie: movie.title, undo: () => undo(id, movie) });
      }) satisfies Marquee['hide'],
      setOnWatchlist: ((movie, on, origin) => {
        record(on ? 'watchlist_add' : 'watchlist_remove', movie, asFields(origin));
      }) satisfies Marquee['setOnWatchlist'],
      undo,
    };
  }, [record, showToast]);

  const value: Marquee = {
    client,
    viewer,
    sessionId,
    queue: queueState,
    local,
    offsets,
    awaited,
    hidden,
    selected,
    toasts,
    dismissToast,
    retryNow: () => queue.flush(),
    noteVisible,
    ...actions,
  };
  return <Context value={value}>{children}</Context>;
}

function asFields(origin: Origin): Partial<EventBody> {
  return origin.listId === undefined ? {} : { list_id: origin.listId, position: origin.position };
}

function without(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const copy = new Set(set);
  copy.delete(id);
  return copy;
}
