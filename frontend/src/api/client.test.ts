import { expect, test, vi } from 'vitest';
import { Client } from './client';
import { Problem } from './problem';
import { ServerClock } from './server_clock';

function clientWith(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const fetched = vi.fn((url: unknown, init: unknown) =>
    Promise.resolve(answer(String(url), init as RequestInit)),
  );
  const clock = new ServerClock();
  return {
    client: new Client({ clock, fetch: fetched as unknown as typeof fetch }),
    clock,
    fetched,
  };
}

test('recommendations are asked for with the viewer’s last offset, encoded', async () => {
  const { client, fetched } = clientWith(() => Response.json({ recommendations: [] }));
  await client.recommendations({ userId: 'a@b', limit: 5, minOffset: 'k:3:99', sessionId: 's-1' });
  expect(fetched.mock.calls[0]![0]).toBe(
    '/api/recommendations?user_id=a%40b&limit=5&session_id=s-1&min_offset=k%3A3%3A99&explain=true',
  );
});

test('without an offset the parameter is left out', async () => {
  const { client, fetched } = clientWith(() => Response.json({ recommendations: [] }));
  await client.recommendations({ userId: '1', limit: 5 });
  expect(fetched.mock.calls[0]![0]).toBe('/api/recommendations?user_id=1&limit=5&explain=true');
});

test('every answer teaches the server’s time', async () => {
  const ahead = new Date(Date.now() + 3_600_000).toUTCString();
  const { client, clock } = clientWith(() => Response.json({}, { headers: { Date: ahead } }));
  await client.metrics();
  expect(clock.offsetMs()).toBeGreaterThan(3_590_000);
});

test('events are posted as one JSON object that outlives the page', async () => {
  const { client, fetched } = clientWith(() =>
    Response.json({ status: 'accepted', event_id: 'e', offset: 'e:1' }, { status: 202 }),
  );
  const event = { event_id: 'e', user_id: '1', movie_id: '2', event_type: 'click', timestamp: 't' };
  const answer = await client.postEvent(event as never);
  expect(answer.offset).toBe('e:1');
  const init = fetched.mock.calls[0]![1] as RequestInit;
  expect(init.method).toBe('POST');
  expect(init.keepalive).toBe(true);
  expect(JSON.parse(init.body as string)).toEqual(event);
});

test('a failed network, a cut answer and a refusal are all problems in words', async () => {
  const down = clientWith(() => Promise.reject(new TypeError('fetch failed')));
  await expect(down.client.metrics()).rejects.toThrow('The server cannot be reached');
  const cut = clientWith(() => new Response('{"total_requ'));
  await expect(cut.client.metrics()).rejects.toThrow('cut off');
  const refused = clientWith(() =>
    Response.json(
      { detail: 'No such viewer' },
      { status: 404, headers: { 'Content-Type': 'application/problem+json' } },
    ),
  );
  await expect(refused.client.history('x', 5)).rejects.toThrow(Problem);
  await expect(refused.client.history('x', 5)).rejects.toThrow('No such viewer');
});

test('a caller who lost interest gets no problem to show', async () => {
  const { client } = clientWith((_, init) => Promise.reject(init.signal?.reason));
  const aborted = AbortSignal.abort(new DOMException('gone', 'AbortError'));
  await expect(client.metrics(aborted)).rejects.not.toBeInstanceOf(Problem);
});
