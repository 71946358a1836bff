import { useEffect, useRef, useState } from 'react';
import type { Metrics, Source } from '../api/types';
import { useMarquee } from '../state/marquee';
import { formatElapsed } from '../state/list_change';
import { useMetrics } from '../state/queries';
import { Sparkline } from './Sparkline';
import { sourceInWords } from './SourceBadge';

const kTiers: Source[] = ['memory_cache', 'redis_cache', 'hybrid', 'realtime', 'batch', 'popular'];
const kPointsMax = 40;

/** The server's live counters, asked for every two seconds while the page is visible. */
export function Dashboard() {
  const { client } = useMarquee();
  const { data, error, dataUpdatedAt } = useMetrics(client);
  const rates = useRates(data?.total_requests, dataUpdatedAt);
  const metrics = data ?? {};
  const events = metrics.events ?? {};

  return (
    <section className="panel dashboard" aria-labelledby="dashboard-heading">
      <div className="dashboard-head">
        <h2 id="dashboard-heading">Live</h2>
        <span className={error ? 'live live-off' : 'live'}>
          {error ? 'no answer' : 'every 2 s'}
        </span>
      </div>
      <dl className="tiles">
        <Tile name="Requests" value={count(metrics.total_requests)} wide>
          <Sparkline points={rates} label="requests a second" />
        </Tile>
        <Tile name="Cache hits" value={percent(metrics.cache_hit_rate)} />
        <Tile name="Average answer" value={milliseconds(metrics.avg_response_time_ms)} />
        <Tile name="Click rate (CTR)" value={percent(metrics.ctr)} />
        <Tile name="Freshness" value={milliseconds(metrics.avg_freshness_ms)} />
      </dl>
      <TierSplit sources={metrics.sources} />
      <dl className="rows">
        <Row name="Events accepted" value={count(events.accepted)} />
        <Row name="Events applied" value={count(events.applied)} />
        <Row name="Pending" value={count(events.pending)} />
        <Row name="Repeated · refused" value={pair(events.duplicate, events.rejected)} />
        <Row name="Lists · clicks" value={pair(metrics.lists, metrics.clicks)} />
        <Row name="Films" value={count(metrics.movies)} />
        <Row name="Model" value={metrics.model_version ?? 'none yet'} />
        <Row name="Data" value={datasetInWords(metrics.dataset) || '–'} />
      </dl>
    </section>
  );
}

function Tile(props: { name: string; value: string; wide?: boolean; children?: React.ReactNode }) {
  return (
    <div className={props.wide ? 'tile tile-wide' : 'tile'}>
      <dt>{props.name}</dt>
      <dd data-counter={props.name}>{props.value}</dd>
      {props.children}
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-counter={name} title={value}>
        {value}
      </dd>
    </div>
  );
}

function TierSplit({ sources }: { sources: Metrics['sources'] }) {
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

/** Differences of a growing counter from one answer to the next, a second. */
function useRates(total: number | undefined, answeredAtMs: number): readonly number[] {
  const last = useRef<{ total: number; atMs: number } | null>(null);
  const [rates, setRates] = useState<readonly number[]>([]);
  useEffect(() => {
    if (!isNumber(total)) return;
    const before = last.current;
    last.current = { total, atMs: answeredAtMs };
    if (before === null || answeredAtMs - before.atMs < 100) return;
    const rate = Math.max(0, total - before.total) / ((answeredAtMs - before.atMs) / 1000);
    setRates((earlier) => [...earlier, rate].slice(-kPointsMax));
  }, [total, answeredAtMs]);
  return rates;
}

/** Name of the data the server runs on; says so when it is invented. */
export function datasetInWords(dataset: Metrics['dataset']): string {
  if (dataset === null || dataset === undefined) return '';
  if (typeof dataset === 'string') return dataset;
  const name = dataset.name ?? '';
  return dataset.synthetic && !/synthetic/i.test(name) ? `${name} (synthetic)`.trim() : name;
}

function count(value: number | null | undefined): string {
  return isNumber(value) ? value.toLocaleString('en') : '–';
}

function pair(one: number | undefined, other: number | undefined): string {
  return `${count(one)} · ${count(other)}`;
}

function percent(share: number | undefined): string {
  return isNumber(share) ? `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %` : '–';
}

function milliseconds(value: number | null | undefined): string {
  if (!isNumber(value)) return '–';
  if (value > 0 && value < 1) return `${Math.max(1, Math.round(value * 1000))} µs`;
  return value < 10 ? `${value.toFixed(1)} ms` : formatElapsed(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
