import { useState, type FormEvent } from 'react';
import { Problem } from '../api/problem';
import { AdminClient } from './admin_client';

/** Asks for the operator's token and tries it before it is kept. */
export function SignIn(props: {
  fetch?: typeof fetch;
  /** The token that was kept is no longer taken. */
  isExpired: boolean;
  onSignIn: (client: AdminClient) => void;
}) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(
    props.isExpired ? 'The token is no longer good; the server may have been set up anew.' : null,
  );
  const [isBusy, setBusy] = useState(false);

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    const typed = token.trim();
    // A header takes no other characters; the browser would throw something unreadable.
    if (!/^[\x21-\x7e]+$/.test(typed)) {
      setProblem(typed === '' ? 'Paste the token first.' : 'A token has no such characters.');
      return;
    }
    setBusy(true);
    const client = new AdminClient(typed, { fetch: props.fetch });
    try {
      await client.audit();
      props.onSignIn(client);
    } catch (error) {
      const isWrong = error instanceof Problem && (error.status === 401 || error.status === 403);
      setProblem(isWrong ? 'This is not the operator’s token.' : (error as Error).message);
      setBusy(false);
    }
  };

  return (
    <form className="panel sign-in" aria-label="Sign in" onSubmit={(event) => void onSubmit(event)}>
      <label htmlFor="token">Operator token</label>
      <p id="token-help" className="muted">
        It is the content of <code>operator.token</code> in the server’s data directory;{' '}
        <code>server.json</code> there names the file. This tab forgets it when it is closed.
      </p>
      <div className="viewer-field">
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={token}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? 'token-help' : 'token-help token-problem'}
          onChange={(event) => {
            setToken(event.target.value);
            setProblem(null);
          }}
        />
        <button type="submit" className="button button-accent" disabled={isBusy}>
          {isBusy ? 'Checking …' : 'Sign in'}
        </button>
      </div>
      {problem && (
        <p id="token-problem" className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
