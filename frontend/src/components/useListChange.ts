import { useLayoutEffect, useRef, useState } from 'react';
import { useMarquee } from '../state/marquee';
import { movesBetween, type Move, type Stamp } from '../state/list_change';
import type { FetchedList } from '../state/queries';

const kNoMoves: ReadonlyMap<string, Move> = new Map();

interface Change {
  stamp: Stamp | null;
  moves: ReadonlyMap<string, Move>;
}

/**
 * Compares each list with the one before it. A list that was asked to include the viewer's last
 * action closes that action's stamp: the time from the event to this render.
 */
export function useListChange(fetched: FetchedList | undefined): Change {
  const { viewer, awaited } = useMarquee();
  const [change, setChange] = useState<Change>({ stamp: null, moves: kNoMoves });
  const before = useRef<{ userId: string; ids: string[]; listId: string } | null>(null);

  useLayoutEffect(() => {
    if (fetched === undefined || fetched.list.user_id !== viewer.userId) return;
    const { list, minOffset } = fetched;
    const ids = list.recommendations.map((movie) => movie.movie_id);
    const previous = before.current;
    if (previous?.listId === list.list_id) return;
    before.current = { userId: viewer.userId, ids, listId: list.list_id };
    if (previous === null || previous.userId !== viewer.userId) {
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
  }, [fetched, viewer.userId, awaited]);

  return before.current?.userId === viewer.userId ? change : { stamp: null, moves: kNoMoves };
}
