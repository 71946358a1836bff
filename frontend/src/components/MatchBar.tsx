import type { Source } from '../api/types';

/** What a score of 0–1 means: agreement with this viewer, or, for popular titles, how popular. */
export function matchInWords(score: number, source: Source): string {
  const step = score >= 0.75 ? 3 : score >= 0.5 ? 2 : score >= 0.25 ? 1 : 0;
  return source === 'popular'
    ? ['Lesser known', 'Known', 'Popular', 'Very popular'][step]!
    : ['Something else', 'Fair match', 'Good match', 'Strong match'][step]!;
}

export function MatchBar({ score, source }: { score: number; source: Source }) {
  const share = Math.min(Math.max(score, 0), 1);
  const words = matchInWords(share, source);
  return (
    <div className="match" title={`${words}: ${Math.round(share * 100)} of 100`}>
      <span className="match-track" aria-hidden="true">
        <span className="match-fill" style={{ width: `${Math.max(4, share * 100)}%` }} />
      </span>
      <span className="match-words">{words}</span>
    </div>
  );
}
