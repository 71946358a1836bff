import '../styles/console.css';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Problem } from '../api/problem';
import { remember, storageOf } from '../state/storage';
import { AdminClient } from './admin_client';
import { AuditPanel } from './AuditPanel';
import { ConsoleHeader } from './ConsoleHeader';
import { HealthPanel } from './HealthPanel';
import { ModelsPanel } from './ModelsPanel';
import { useAudit } from './queries';
import { RunsPanel } from './RunsPanel';
import { SignIn } from './SignIn';

const kKey = 'marquee.operator_token';

/** The operator's page. The token lives in this tab's sessionStorage and goes with it. */
export function Console(props: { fetch?: typeof fetch }) {
  const queries = useQueryClient();
  const [client, setClient] = useState<AdminClient | null>(() => {
    const kept = storageOf('sessionStorage').getItem(kKey);
    return kept === null ? null : new AdminClient(kept, { fetch: props.fetch });
  });
  const [isExpired, setExpired] = useState(false);
  useEffect(() => {
    document.title = 'Marquee console';
  }, []);

  const signIn = (signedIn: AdminClient) => {
    setExpired(false);
    remember(storageOf('sessionStorage'), kKey, signedIn.token);
    setClient(signedIn);
  };
  const signOut = () => {
    storageOf('sessionStorage').removeItem(kKey);
    queries.removeQueries({ queryKey: ['admin'] });
    setClient(null);
  };

  return (
    <>
      <a className="skip" href="#console-heading">
        Skip to the content
      </a>
      <ConsoleHeader onSignOut={client === null ? null : signOut} />
      <main className="console">
        <h1 id="console-heading" tabIndex={-1}>
          Console
        </h1>
        {client === null ? (
          <SignIn fetch={props.fetch} isExpired={isExpired} onSignIn={signIn} />
        ) : (
          <Panels
            client={client}
            onExpired={() => {
              setExpired(true);
              signOut();
            }}
          />
        )}
      </main>
    </>
  );
}

function Panels({ client, onExpired }: { client: AdminClient; onExpired: () => void }) {
  const { error } = useAudit(client);
  const isExpired = error instanceof Problem && error.status === 401;
  useEffect(() => {
    if (isExpired) onExpired();
    // onExpired is new at every render; it is called once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isExpired]);
  return (
    <div className="console-grid">
      <div className="console-column">
        <RunsPanel client={client} />
        <ModelsPanel client={client} />
      </div>
      <div className="console-column">
        <HealthPanel client={client} />
        <AuditPanel client={client} />
      </div>
    </div>
  );
}
