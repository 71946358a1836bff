import { useState } from 'react';
import { ago, durationOf, milliseconds } from '../state/numbers';
import type { AdminClient } from './admin_client';
import { ConfirmDialog } from './ConfirmDialog';
import { Panel, Status } from './Panel';
import { isMissing, isUnderWay, useRuns } from './queries';
import { RunDetail } from './RunDetail';
import type { Run } from './types';
import { useAction } from './useAction';

/** The pipeline's runs: when, why, how they went; start, cancel and retry. */
export function RunsPanel({ client }: { client: AdminClient }) {
  const { data, error, isPending } = useRuns(client);
  const { act, isBusy, problem, done, clear } = useAction();
  const [openId, setOpenId] = useState<string | null>(null);
  const [cancelling, setCancelling] = useState<Run | null>(null);
  if (isMissing(error)) return <NoRuns />;
  const isRunning = data?.some(({ status }) => isUnderWay(status)) ?? false;
  const close = () => {
    setCancelling(null);
    clear();
  };

  return (
    <Panel
      title="Runs"
      problem={error?.message ?? (cancelling ? null : problem)}
      isLoading={isPending}
      action={
        <button
          type="button"
          className="button button-accent"
          disabled={isBusy || isRunning}
          onClick={() => void act(() => client.startRun('batch'), 'A run was started.')}
        >
          {isRunning ? 'A run is under way' : 'Run now'}
        </button>
      }
    >
      <p className="console-said" role="status">
        {done}
      </p>
      {data?.length === 0 && <p className="muted">Nothing has run yet.</p>}
      <ul className="console-list">
        {data?.map((run) => (
          <li key={run.id}>
            <RunLine
              run={run}
              isOpen={openId === run.id}
              isBusy={isBusy}
              onToggle={() => setOpenId(openId === run.id ? null : run.id)}
              onCancel={() => setCancelling(run)}
              onRetry={() => void act(() => client.retryRun(run.id), `${run.id} is tried again.`)}
            />
            {openId === run.id && <RunDetail client={client} run={run} />}
          </li>
        ))}
      </ul>
      {cancelling && (
        <ConfirmDialog
          title={`Cancel ${cancelling.id}?`}
          text="The stage that runs is stopped. What earlier stages finished is kept, and the model in service stays."
          action="Cancel the run"
          isBusy={isBusy}
          problem={problem}
          onClose={close}
          onConfirm={() =>
            void act(() => client.cancelRun(cancelling.id), `${cancelling.id} is cancelled.`).then(
              (ok) => ok && close(),
            )
          }
        />
      )}
    </Panel>
  );
}

function NoRuns() {
  return (
    <Panel title="Runs">
      <p className="muted">
        This server keeps no runs: its scheduler is not part of this version, or another program
        schedules the pipeline. <code>marquee batch run</code> on the command line does the same
        work; what it made stands under Models.
      </p>
    </Panel>
  );
}

function RunLine(props: {
  run: Run;
  isOpen: boolean;
  isBusy: boolean;
  onToggle: () => void;
  onCancel: () => void;
  onRetry: () => void;
}) {
  const { run, isOpen, isBusy } = props;
  return (
    <div className="console-line">
      <button type="button" className="run-name" aria-expanded={isOpen} onClick={props.onToggle}>
        <b>{run.id}</b>
        <span className="muted">{runInWords(run)}</span>
      </button>
      <Status status={run.status} />
      {isUnderWay(run.status) && (
        <button
          type="button"
          className="button button-small"
          aria-label={`Cancel ${run.id}`}
          disabled={isBusy}
          onClick={props.onCancel}
        >
          Cancel
        </button>
      )}
      {['failed', 'cancelled'].includes(run.status) && (
        <button
          type="button"
          className="button button-small"
          aria-label={`Retry ${run.id}`}
          disabled={isBusy}
          onClick={props.onRetry}
        >
          Retry
        </button>
      )}
    </div>
  );
}

/** "batch · manual · 5 min ago · took 2.3 s". */
export function runInWords(run: Run): string {
  const took = durationOf(run.started_at, run.finished_at);
  return [
    run.pipeline,
    run.trigger,
    ago(Date.parse(run.started_at ?? run.created_at)),
    took === null ? '' : `took ${milliseconds(took)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
