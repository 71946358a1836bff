import { expect, test } from 'vitest';
import { parseRetryAfter, Problem, problemOf, unreachable } from './problem';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

test('a refusal says the detail and the fields that are wrong', async () => {
  const problem = await problemOf(
    answer(422, {
      title: 'Unprocessable Content',
      detail: 'The event is not valid',
      errors: [{ pointer: '/value', detail: 'want 0.5–5' }],
    }),
  );
  expect(problem.message).toBe('The event is not valid · value: want 0.5–5');
  expect(problem.worthRetrying).toBe(false);
});

test('429 and 503 say when the next attempt comes', async () => {
  const busy = await problemOf(answer(503, {}, { 'Retry-After': '7' }));
  expect(busy.message).toBe('The server is busy; trying again in 7 s.');
  expect(busy.retryAfterMs).toBe(7000);
  expect(busy.worthRetrying).toBe(true);
  const many = await problemOf(answer(429, {}));
  expect(many.message).toBe('Too many requests at once; trying again.');
});

test('an answer that is no problem document is told by its status and tried again', async () => {
  const gateway = new Response('<html>not here</html>', {
    status: 404,
    headers: { 'Content-Type': 'text/html' },
  });
  const problem = await problemOf(gateway);
  expect(problem.message).toBe('The server refused the request (404).');
  expect(problem.worthRetrying).toBe(true);
});

test.each([
  ['{"detail": 17, "errors": "none"}', 'The server refused the request (400).'],
  ['{"detail": "cut o', 'The server refused the request (400).'],
  ['{"errors": [null, {"detail": "too long"}]}', 'too long'],
])('a malformed problem document %s does no harm', async (body, words) => {
  expect((await problemOf(answer(400, body))).message).toBe(words);
});

test('no answer at all is worth another try', () => {
  expect(unreachable().worthRetrying).toBe(true);
  expect(new Problem('x', { status: 409, fromServer: true }).worthRetrying).toBe(false);
});

test('Retry-After is seconds or a date, and never longer than an hour', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  expect(parseRetryAfter('3', now)).toBe(3000);
  expect(parseRetryAfter('Tue, 24 Nov 2026 12:00:05 GMT', now)).toBe(5000);
  expect(parseRetryAfter('999999', now)).toBe(3_600_000);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter(null, now)).toBeUndefined();
});
