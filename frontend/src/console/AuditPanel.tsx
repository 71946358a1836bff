import { count } from '../state/numbers';
import type { AdminClient } from './admin_client';
import { Panel, Status } from './Panel';
import { useAudit } from './queries';
import type { Audit } from './types';

/** The two sums that must hold: nothing lost, nothing counted twice. */
export function AuditPanel({ client }: { client: AdminClient }) {
  const { data, error, isPending } = useAudit(client);
  return (
    <Panel
      title="Audit"
      problem={error?.message}
      isLoading={isPending}
      action={data && <Status status={data.holds ? 'ok' : 'failed'} />}
    >
      {data && (
        <>
          {!data.holds && (
            <p className="field-problem" role="alert">
              The sums below do not add up. Run <code>marquee audit</code> and{' '}
              <code>marquee rebuild --verify</code>.
            </p>
          )}
          <Sum
            title="At the door, since this process started"
            total={['received', data.received]}
            parts={[
              ['accepted', data.accepted_by_this_process ?? null],
              ['duplicate', data.duplicate],
              ['rejected', data.rejected],
            ]}
          />
          <Sum
            title="In the log, since the beginning"
            total={['accepted', data.accepted]}
            parts={[
              ['applied', data.applied],
              ['deduplicated', data.deduplicated],
              ['dead lettered', data.dead_lettered],
              ['pending', data.pending],
            ]}
          />
        </>
      )}
    </Panel>
  );
}

type Named = [name: string, value: Audit['received']];

function Sum(props: { title: string; total: Named; parts: Named[] }) {
  const rows = [...props.parts, props.total];
  return (
    <table className="sum">
      <caption>{props.title}</caption>
      <tbody>
        {rows.map(([name, value], i) => (
          <tr key={name} className={i === rows.length - 1 ? 'sum-total' : undefined}>
            <th scope="row">{name}</th>
            <td>{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
