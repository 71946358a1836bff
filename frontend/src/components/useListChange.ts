import { useLayoutEffect, useRef, useState } from 'react';
import { useMarquee } from '../state/marquee';
import { movesBetween, type Move, type Stamp } from '../state/list_change';
import type { FetchedList } from '../state/queries';

const kNoMoves: ReadonlyMap<string, Move> = new Map();

interface Seen {
  userId: string;
  wishes: string;
  ids: string[];
  listId: string;
}

interface Change {
  stamp: Stamp | null;
  moves: ReadonlyMap<string, Move>;
}

/**
 * Compares each list with the one before it. A list that was asked to include the viewer's last
 * action closes that action's stamp: the time from the event to this render.
 */
export function useListChange(
  pages: readonly FetchedList[] | undefined,
  /** What the list was asked to be made of: after a change of that, nothing has "moved". */
  wishes: string,
): Change {
  const { viewer, awaited, noteVisible } = useMarquee();
  const fetched = pages?.[0];
  const [change, setChange] = useState<Change>({ stamp: null, moves: kNoMoves });
  const before = useRef<Seen | null>(null);

  useLayoutEffect(() => {
    if (pages === undefined || fetched === undefined) return;
    const { list, minOffset } = fetched;
    if (list.user_id !== viewer.userId) return;
    if (minOffset !== undefined && !list.stale) noteVisible(minOffset);
    const ids = pages.flatMap((page) => page.list.recommendations.map((movie) => movie.movie_id));
    const previous = before.current;
    before.current = { userId: viewer.userId, wishes, ids, listId: list.list_id };
    if (previous?.listId === list.list_id) return;
    if (previous?.userId !== viewer.userId || previous.wishes !== wishes) {
      setChange({ stamp: null, moves: kNoMoves });
      return;
    }
    const action = awaited.current;
    if (action?.offset === undefined || action.offset !== minOffset || list.stale) return;
    awaited.current = null;
    const moves = movesBetween(previous.ids, ids);
    setChange({
      moves,
      stamp: {
        verb: action.verb,
        elapsedMs: performance.now() - action.startedAt,
        newcomers: [...moves.values()].filter((move) => move === 'new').length,
        moved: moves.size,
      },
    });
  }, [pages, fetched, wishes, viewer.userId, awaited, noteVisible]);

  return before.current?.userId === viewer.userId ? change : { stamp: null, moves: kNoMoves };
}
