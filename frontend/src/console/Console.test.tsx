import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import { refusal } from '../test_server';
import { Console } from './Console';

const kToken = 'the-token';
type Answer = (url: URL, init: RequestInit) => Response;

/** Answers for "METHOD path"; the rest of an operator's calls have those below. */
function serve(answers: Record<string, Answer> = {}) {
  const calls: string[] = [];
  const usual: Record<string, Answer> = {
    'GET /api/admin/audit': () => Response.json(kAudit),
    'GET /api/health': () => Response.json(kHealth),
    'GET /api/admin/models': () => Response.json({ models: kModels }),
    'GET /api/admin/runs': () => refusal(404, 'there is nothing at this address'),
    ...answers,
  };
  const fetch = (async (input: unknown, init: RequestInit = {}) => {
    const url = new URL(String(input), 'http://server');
    const call = `${init.method ?? 'GET'} ${url.pathname}`;
    calls.push(call);
    const token = new Headers(init.headers).get('Authorization');
    if (url.pathname !== '/api/health' && token !== `Bearer ${kToken}`) {
      return refusal(401, 'this needs the operator token');
    }
    return (usual[call] ?? (() => refusal(404, `nothing at ${call}`)))(url, init);
  }) as typeof globalThis.fetch;
  return { fetch, calls };
}

const kAudit = {
  received: 9,
  duplicate: 1,
  rejected: 1,
  accepted_by_this_process: 7,
  accepted: 1842,
  applied: 1840,
  deduplicated: 1,
  dead_lettered: 0,
  pending: 1,
  holds: true,
};
const kHealth = {
  status: 'degraded',
  dependencies: {
    events: { status: 'ok', since: '2026-11-25T20:00:00Z', detail: '' },
    cache: { status: 'down', since: '2026-11-25T20:00:00Z', detail: 'connection refused' },
  },
  version: '0.1.0',
};
const model = (version: string, more: object = {}) => ({
  version,
  current: false,
  previous: false,
  created_at: '2026-11-25T02:00:00Z',
  promoted_at: null,
  manifest: { metrics: { ials_ndcg_100: 0.3621 }, rows: { items: 6298 } },
  ...more,
});
const kModels = [model('als_3', { current: true }), model('als_2', { previous: true })];
const run = (id: string, status: string, more: object = {}) => ({
  id,
  pipeline: 'batch',
  trigger: 'manual',
  status,
  created_at: '2026-11-25T02:00:00Z',
  started_at: '2026-11-25T02:00:00Z',
  finished_at: '2026-11-25T02:00:02.300Z',
  stages: [
    { name: 'train', attempt: 1, status: 'success', exit_code: 0 },
    { name: 'evaluate', attempt: 2, status: 'failed', exit_code: 3 },
  ],
  ...more,
});

function open(server: ReturnType<typeof serve>, token: string | null = kToken) {
  if (token !== null) sessionStorage.setItem('marquee.operator_token', token);
  const queries = new QueryClient({ defaultOptions: { queries: { retryDelay: 1 } } });
  render(
    <QueryClientProvider client={queries}>
      <Console fetch={server.fetch} />
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

const panel = async (name: string) => within(await screen.findByRole('region', { name }));

test('a wrong token is told, the right one is kept for this tab only', async () => {
  const user = open(serve(), null);
  await user.type(screen.getByLabelText('Operator token'), 'wrong{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('This is not the operator’s token.');
  expect(sessionStorage.length).toBe(0);
  await user.clear(screen.getByLabelText('Operator token'));
  await user.type(screen.getByLabelText('Operator token'), ` ${kToken} {Enter}`);
  expect(await screen.findByRole('region', { name: 'Models' })).toBeTruthy();
  expect(sessionStorage.getItem('marquee.operator_token')).toBe(kToken);
  expect(JSON.stringify({ ...localStorage })).not.toContain(kToken);
  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  expect(sessionStorage.length).toBe(0);
  expect(screen.getByLabelText('Operator token')).toBeTruthy();
});

test('a token that no header can carry is refused before it is sent', async () => {
  const server = serve();
  const user = open(server, null);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(screen.getByRole('alert').textContent).toBe('Paste the token first.');
  fireEvent.change(screen.getByLabelText('Operator token'), { target: { value: 'tökén' } });
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(screen.getByRole('alert').textContent).toBe('A token has no such characters.');
  expect(server.calls).toEqual([]);
});

test('the audit shows both sums and says loudly when they do not hold', async () => {
  open(serve({ 'GET /api/admin/audit': () => Response.json({ ...kAudit, holds: false }) }));
  const audit = await panel('Audit');
  const total = await audit.findByRole('row', { name: 'accepted 1,842' });
  expect(total.className).toBe('sum-total');
  expect(audit.getByRole('alert').textContent).toContain('do not add up');
});

test('health names what is down and why, though the server answers 503', async () => {
  open(serve({ 'GET /api/health': () => Response.json(kHealth, { status: 503 }) }));
  const health = await panel('Health');
  expect(await health.findByText(/connection refused/)).toBeTruthy();
  expect(health.getByText('degraded')).toBeTruthy();
});

test('without runs the page says so in words and offers nothing that would fail', async () => {
  open(serve());
  expect(await screen.findByText(/keeps no runs/)).toBeTruthy();
  const runs = await panel('Runs');
  expect(runs.queryByRole('button')).toBeNull();
});

test('a promote asks first; escape changes nothing', async () => {
  const server = serve({
    'POST /api/admin/models/als_2/promote': () => Response.json({ current: 'als_2' }),
  });
  const user = open(server);
  await user.click(await screen.findByRole('button', { name: 'Promote als_2' }));
  const dialog = screen.getByRole('dialog', { name: 'Serve als_2?' });
  await user.click(within(dialog).getByRole('button', { name: 'Leave it' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(server.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Promote als_2' }));
  await user.click(screen.getByRole('button', { name: 'Promote' }));
  expect(await screen.findByText('als_2 is in service.')).toBeTruthy();
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('a rollback that the server refuses stays open with its words', async () => {
  const user = open(
    serve({ 'POST /api/admin/models/rollback': () => refusal(409, 'als_2 has been deleted') }),
  );
  await user.click(await screen.findByRole('button', { name: 'Roll back' }));
  const dialog = screen.getByRole('dialog');
  expect(dialog.textContent).toContain('als_2, the model before this one');
  await user.click(within(dialog).getByRole('button', { name: 'Roll back' }));
  expect((await within(dialog).findByRole('alert')).textContent).toBe('als_2 has been deleted');
});

test('a run is started, and while one is under way no second', async () => {
  const runs = [run('r1', 'success')];
  const server = serve({
    'GET /api/admin/runs': () => Response.json({ runs }),
    'POST /api/admin/runs': (_, init) => {
      expect(JSON.parse(init.body as string)).toEqual({ pipeline: 'batch' });
      runs.unshift(run('r2', 'running', { finished_at: null }));
      return Response.json({ id: 'r2' }, { status: 202 });
    },
  });
  const user = open(server);
  const list = await panel('Runs');
  expect(await list.findByText(/batch · manual · .* · took 2.3 s/)).toBeTruthy();
  await user.click(list.getByRole('button', { name: 'Run now' }));
  const busy = await list.findByRole('button', { name: 'A run is under way' });
  expect((busy as HTMLButtonElement).disabled).toBe(true);
  expect(list.getByRole('button', { name: 'Cancel r2' })).toBeTruthy();
});

test('a failed run opens on the stage that failed, with its log, and can be retried', async () => {
  const server = serve({
    'GET /api/admin/runs': () => Response.json({ runs: [run('r1', 'failed')] }),
    'GET /api/admin/runs/r1/logs': (url) =>
      Response.json({
        lines: [
          {
            at: '2026-11-25T02:00:01Z',
            stage: url.searchParams.get('stage')!,
            text: '<b>gate refused</b>',
          },
        ],
      }),
    'POST /api/admin/runs/r1/retry': () => Response.json({}, { status: 202 }),
  });
  const user = open(server);
  await user.click(await screen.findByRole('button', { name: /^r1/ }));
  const log = await screen.findByRole('region', { name: 'Log of evaluate' });
  expect(await within(log).findByText(/<b>gate refused<\/b>/)).toBeTruthy();
  expect(screen.getByText('attempt 2 · exit code 3')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: /^train/ }));
  expect(await screen.findByRole('region', { name: 'Log of train' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Retry r1' }));
  await waitFor(() => expect(server.calls).toContain('POST /api/admin/runs/r1/retry'));
});

test('a token that is no longer good leads back to the form', async () => {
  open(serve(), 'old');
  expect(await screen.findByLabelText('Operator token')).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toContain('no longer');
  expect(sessionStorage.length).toBe(0);
});
