import { age } from '../state/numbers';
import type { AdminClient } from './admin_client';
import { Panel, Status } from './Panel';
import { useHealth } from './queries';

export function HealthPanel({ client }: { client: AdminClient }) {
  const { data, error, isPending } = useHealth(client);
  return (
    <Panel
      title="Health"
      problem={error?.message}
      isLoading={isPending}
      action={data && <Status status={data.status} />}
    >
      {data && (
        <>
          <ul className="console-list">
            {Object.entries(data.dependencies).map(([name, dependency]) => (
              <li key={name}>
                <div className="console-line">
                  <b>{name}</b>
                  <Status status={dependency.status} />
                </div>
                <p className="muted">
                  {dependency.detail !== '' && `${dependency.detail} · `}
                  {sinceInWords(dependency.since)}
                </p>
              </li>
            ))}
          </ul>
          <p className="muted console-foot">Marquee {data.version}</p>
        </>
      )}
    </Panel>
  );
}

function sinceInWords(since: string): string {
  const words = age((Date.now() - Date.parse(since)) / 1000);
  return words === 'just now' ? words : `for ${words}`;
}
