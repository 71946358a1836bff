import type { Metrics, Source } from '../api/types';
import { percent } from '../state/numbers';
import { sourceInWords } from './SourceBadge';

const kTiers: Source[] = ['memory_cache', 'redis_cache', 'hybrid', 'realtime', 'batch', 'popular'];

/** Which tier answered how many of the lists. */
export function TierSplit({ sources }: { sources: Metrics['sources'] }) {
  const tiers = kTiers
    .map((source) => ({ source, lists: sources?.[source] ?? 0 }))
    .filter(({ lists }) => lists > 0);
  const total = tiers.reduce((sum, { lists }) => sum + lists, 0);
  if (total === 0) return null;
  return (
    <div className="tiers">
      <h3 className="label">Who answered</h3>
      <div className="tier-bar" aria-hidden="true">
        {tiers.map(({ source, lists }) => (
          <span key={source} className={`source-${source}`} style={{ flexGrow: lists }} />
        ))}
      </div>
      <ul>
        {tiers.map(({ source, lists }) => (
          <li key={source} className={`source-${source}`}>
            <span className="badge-dot" aria-hidden="true" />
            {sourceInWords(source).words} <b>{percent(lists / total)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
