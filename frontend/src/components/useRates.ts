import { useEffect, useRef, useState } from 'react';
import { isNumber } from '../state/numbers';

/** With an answer every two seconds: the last three minutes. */
const kPointsMax = 90;
const kShortestMs = 100;

/** How fast a growing counter grew from one answer to the next, a second; oldest first. */
export function useRates(total: number | undefined, answeredAtMs: number): readonly number[] {
  const last = useRef<{ total: number; atMs: number } | null>(null);
  const [rates, setRates] = useState<readonly number[]>([]);
  useEffect(() => {
    if (!isNumber(total)) return;
    const before = last.current;
    if (before !== null && answeredAtMs - before.atMs < kShortestMs) return;
    last.current = { total, atMs: answeredAtMs };
    if (before === null) return;
    // A counter that fell belongs to a server that was started anew.
    const rate = Math.max(0, total - before.total) / ((answeredAtMs - before.atMs) / 1000);
    setRates((earlier) => [...earlier, rate].slice(-kPointsMax));
  }, [total, answeredAtMs]);
  return rates;
}
