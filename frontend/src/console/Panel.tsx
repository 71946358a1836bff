import { useId, type ReactNode } from 'react';

/** A titled part of the console that says in words why it has nothing to show. */
export function Panel(props: {
  title: string;
  problem?: string | null;
  isLoading?: boolean;
  action?: ReactNode;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <section className="panel console-panel" aria-labelledby={id} aria-busy={props.isLoading}>
      <div className="dashboard-head">
        <h2 id={id}>{props.title}</h2>
        {props.action}
      </div>
      {props.problem && (
        <div className="notice notice-error" role="alert">
          <p>{props.problem}</p>
        </div>
      )}
      {props.isLoading && <p className="muted">Loading …</p>}
      {props.children}
    </section>
  );
}

const kTones: Record<string, string> = {
  ok: 'good',
  'in service': 'good',
  success: 'good',
  succeeded: 'good',
  published: 'good',
  running: 'busy',
  queued: 'busy',
  pending: 'busy',
  degraded: 'warn',
  refused: 'warn',
  gate_refused: 'warn',
  cancelled: 'warn',
  down: 'bad',
  failed: 'bad',
};

/** A status in its server's word, with a mark in front; colour is never the only sign. */
export function Status({ status }: { status: string }) {
  const tone = kTones[status] ?? 'plain';
  return <span className={`status status-${tone}`}>{status.replaceAll('_', ' ')}</span>;
}
