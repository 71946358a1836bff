import type { ReactNode } from 'react';
import type { Canary, Metrics, Quantiles } from '../api/types';
import { useMarquee } from '../state/marquee';
import { age, count, milliseconds, percent } from '../state/numbers';
import { useMetrics } from '../state/queries';
import { EventFeed } from './EventFeed';
import { Sparkline } from './Sparkline';
import { TierSplit } from './TierSplit';
import { useRates } from './useRates';

/** The server's live counters, asked for every two seconds while the page is visible. */
export function Dashboard() {
  const { client } = useMarquee();
  const { data, error, dataUpdatedAt } = useMetrics(client);
  const metrics = data ?? {};
  const events = metrics.events ?? {};
  const requestRates = useRates(metrics.total_requests, dataUpdatedAt);
  const accepted = byViewers(events.accepted, events.by_canary);
  const eventRates = useRates(accepted, dataUpdatedAt);

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
          <Sparkline points={requestRates} label="requests a second" />
        </Tile>
        <Tile name="Events accepted" value={count(accepted)} wide>
          <Sparkline points={eventRates} label="events a second" />
        </Tile>
        <Tile
          name="List answered"
          {...inQuantiles(metrics.list_time_ms)}
          why="Half of all lists were faster than this, 99 of 100 faster than p99"
        />
        <Tile
          name="Freshness"
          {...inQuantiles(metrics.freshness_ms)}
          why="From an event’s acceptance until lists can show it: median and p99"
        />
        <Tile
          name="Cache hits"
          value={metrics.cache_lookups === 0 ? '–' : percent(metrics.cache_hit_rate)}
          note={metrics.cache_lookups === 0 ? 'none asked' : undefined}
          why="Of lists without reasons or filters; this page always asks for reasons"
        />
        <Tile
          name="Click rate (CTR)"
          value={percent(metrics.ctr)}
          note={`${count(metrics.clicks)} of ${count(metrics.shown)}`}
          why="Clicks by films shown"
        />
      </dl>
      <TierSplit sources={metrics.sources} />
      <EventFeed />
      <Rows metrics={metrics} />
    </section>
  );
}

function Rows({ metrics }: { metrics: Metrics }) {
  const events = metrics.events ?? {};
  const trained = age(metrics.model_age_s);
  return (
    <>
      <dl className="rows">
        <Row name="Model" value={metrics.model_version ?? 'none yet'} />
        <Row name="Trained" value={/^[–j]/.test(trained) ? trained : `${trained} ago`} />
        <Row name="Events applied" value={count(byViewers(events.applied, events.by_canary))} />
        <Row name="Pending" value={count(events.pending)} />
        <Row name="Repeated · refused" value={pair(events.duplicate, events.rejected)} />
        <Row name="Click to list" value={canaryInWords(metrics.canary)} />
        <Row name="Average answer" value={milliseconds(metrics.avg_response_time_ms)} />
        <Row name="Films" value={count(metrics.movies)} />
        <Row name="Data" value={datasetInWords(metrics.dataset) || '–'} />
      </dl>
      <a className="console-link" href="/console">
        Runs, models and health: the operator’s console
      </a>
    </>
  );
}

function Tile(props: {
  name: string;
  value: string;
  note?: string;
  why?: string;
  wide?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className={props.wide ? 'tile tile-wide' : 'tile'} title={props.why}>
      <dt>{props.name}</dt>
      <dd>
        <span className="tile-value" data-counter={props.name}>
          {props.value}
        </span>
        {props.note && <span className="tile-note">{props.note}</span>}
        {props.children}
      </dd>
    </div>
  );
}

function inQuantiles(times: Quantiles | null | undefined): { value: string; note?: string } {
  const tail = milliseconds(times?.p99);
  return { value: milliseconds(times?.p50), note: tail === '–' ? undefined : `p99 ${tail}` };
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

/** Name of the data the server runs on; says so when it is invented. */
export function datasetInWords(dataset: Metrics['dataset']): string {
  if (dataset === null || dataset === undefined) return '';
  if (typeof dataset === 'string') return dataset;
  const name = dataset.name ?? '';
  return dataset.synthetic && !/synthetic/i.test(name) ? `${name} (synthetic)`.trim() : name;
}

/** The server's own viewer is nobody. */
export function byViewers(all: number | undefined, byCanary = 0): number | undefined {
  return all === undefined ? undefined : Math.max(0, all - byCanary);
}

/** What the server measures by itself, end to end. */
export function canaryInWords(canary: Canary | null | undefined): string {
  if (!canary) return 'not measured';
  if (canary.failed_in_a_row > 0) return `failed ${count(canary.failed_in_a_row)} times in a row`;
  const times = canary.visible_ms;
  return times ? `${milliseconds(times.p50)} · p99 ${milliseconds(times.p99)}` : '–';
}

function pair(one: unknown, other: unknown): string {
  return `${count(one)} · ${count(other)}`;
}
