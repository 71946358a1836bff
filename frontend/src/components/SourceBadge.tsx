import type { Source } from '../api/types';

const kSources: Record<Source, { words: string; why: string }> = {
  hybrid: {
    words: 'Hybrid · nightly + live',
    why: 'The nightly list, moved by what you did since',
  },
  realtime: { words: 'Live', why: 'Computed now from what you did' },
  batch: { words: 'Nightly list', why: 'Made by the last nightly run' },
  popular: { words: 'Popular titles', why: 'What everybody watches; needs no history' },
  memory_cache: { words: 'Memory cache', why: 'Nothing happened since this list was made' },
  redis_cache: { words: 'Redis cache', why: 'Nothing happened since this list was made' },
};

export function sourceInWords(source: string): { words: string; why: string } {
  return kSources[source as Source] ?? { words: source, why: '' };
}

/** Which tier answered, and with which model. */
export function SourceBadge(props: { source: Source; modelVersion: string | null }) {
  const { words, why } = sourceInWords(props.source);
  const model = props.source === 'popular' ? null : props.modelVersion; // has no part in it
  return (
    <span className={`badge source-${props.source}`} title={why}>
      <span className="badge-dot" aria-hidden="true" />
      <span className="visually-hidden">List source: </span>
      {words}
      {model && <span className="badge-model">{model}</span>}
    </span>
  );
}
