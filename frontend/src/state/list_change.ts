/** How a film came to its place: 'new', or by how many places it rose (negative: fell). */
export type Move = 'new' | number;

/**
 * Compares two lists of film ids. Places are counted among the films that stand in both, so that
 * one film leaving or coming does not make all below it "move". Films that kept their place have
 * no entry.
 */
export function movesBetween(
  before: readonly string[],
  after: readonly string[],
): Map<string, Move> {
  const inAfter = new Set(after);
  const placeBefore = new Map(
    before.filter((id) => inAfter.has(id)).map((id, place) => [id, place]),
  );
  const moves = new Map<string, Move>();
  let place = 0;
  for (const id of after) {
    const was = placeBefore.get(id);
    if (was === undefined) {
      moves.set(id, 'new');
    } else {
      if (was !== place) moves.set(id, was - place);
      place += 1;
    }
  }
  return moves;
}

/** The stamp under the heading: what the viewer's last action did to the list, and how fast. */
export interface Stamp {
  verb: string;
  elapsedMs: number;
  /** Films that were not in the list before. */
  newcomers: number;
  /** Films that changed their place, newcomers included. */
  moved: number;
}

export function stampInWords(stamp: Stamp): string {
  const time = `${formatElapsed(stamp.elapsedMs)} after your ${stamp.verb}`;
  if (stamp.moved === 0) return `Checked ${time}: no change`;
  const newcomers = stamp.newcomers > 0 ? `${stamp.newcomers} new` : '';
  const reordered = stamp.moved - stamp.newcomers;
  const moved = reordered > 0 ? `${reordered} moved` : '';
  return `Updated ${time}: ${[newcomers, moved].filter(Boolean).join(', ')}`;
}

export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
