import { useState } from 'react';
import { durationOf, milliseconds } from '../state/numbers';
import type { AdminClient } from './admin_client';
import { Status } from './Panel';
import { useLogs } from './queries';
import type { Run, Stage } from './types';

/** A run's stages in their order, and what the chosen one wrote. */
export function RunDetail({ client, run }: { client: AdminClient; run: Run }) {
  const stages = run.stages ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  // The one that matters: what failed, else what runs, else the last.
  const stage =
    chosen ??
    (
      stages.find(({ status }) => status === 'failed') ??
      stages.find(({ status }) => status === 'running') ??
      stages.at(-1)
    )?.name;
  if (stage === undefined) return <p className="muted run-detail">No stage has started yet.</p>;
  return (
    <div className="run-detail">
      <ol className="stages" aria-label="Stages">
        {stages.map((one) => (
          <li key={`${one.name} ${one.attempt}`}>
            <button
              type="button"
              className="stage"
              aria-pressed={one.name === stage}
              onClick={() => setChosen(one.name)}
            >
              <b>{one.name}</b>
              <Status status={one.status} />
              <span className="muted">{stageInWords(one)}</span>
            </button>
          </li>
        ))}
      </ol>
      <Logs client={client} run={run} stage={stage} />
    </div>
  );
}

function stageInWords(stage: Stage): string {
  const took = durationOf(stage.started_at, stage.finished_at);
  return [
    took === null ? '' : milliseconds(took),
    stage.attempt > 1 ? `attempt ${stage.attempt}` : '',
    stage.exit_code ? `exit code ${stage.exit_code}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function Logs({ client, run, stage }: { client: AdminClient; run: Run; stage: string }) {
  const { data, error, isPending } = useLogs(client, run, stage);
  if (error) return <p className="field-problem">{error.message}</p>;
  const lines = data?.lines ?? [];
  return (
    <div className="logs" role="region" aria-label={`Log of ${stage}`} tabIndex={0}>
      {lines.length === 0 && (
        <p className="muted">{isPending ? 'Loading …' : 'This stage wrote nothing.'}</p>
      )}
      {lines.map((line, i) => (
        <p key={i}>
          <time dateTime={line.at}>{line.at.slice(11, 19)}</time> {line.text}
        </p>
      ))}
      {data?.next != null && <p className="muted">There is more: marquee prints all of it.</p>}
    </div>
  );
}
