import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryStorage } from '../state/storage';
import { EventQueue } from './event_queue';
import { Problem, unreachable } from './problem';
import type { Acknowledgement, EventBody } from './types';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function event(id: string): EventBody {
  return { event_id: id, user_id: '1', movie_id: '2', event_type: 'click', timestamp: 't' };
}

type Answer = Acknowledgement | Problem;
const accepted = (id: string): Acknowledgement => ({
  status: 'accepted',
  event_id: id,
  offset: `e:${id}`,
});
const busy = (seconds: number) =>
  new Problem('busy', { status: 503, fromServer: true, retryAfterMs: seconds * 1000 });

/** A queue whose server gives these answers, one a call, then accepts everything. */
function queueWith(answers: Answer[], storage: Storage = new MemoryStorage()) {
  const sent: EventBody[] = [];
  const onAcknowledged = vi.fn();
  const onRefused = vi.fn();
  const queue = new EventQueue({
    send: async (body) => {
      sent.push(structuredClone(body));
      const answer = answers.shift() ?? accepted(body.event_id);
      if (answer instanceof Problem) throw answer;
      return answer;
    },
    storage,
    onAcknowledged,
    onRefused,
    random: () => 0.5,
  });
  return { queue, sent, onAcknowledged, onRefused, storage };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

test('an acknowledged event leaves queue and storage and reports its offset', async () => {
  const { queue, onAcknowledged, storage } = queueWith([]);
  queue.add(event('a'));
  expect(storage.length).toBe(1);
  await settle();
  expect(onAcknowledged).toHaveBeenCalledWith(event('a'), accepted('a'));
  expect(queue.state.waiting).toEqual([]);
  expect(storage.length).toBe(0);
});

test('a retry carries the same id and the same fields', async () => {
  const { queue, sent, onAcknowledged } = queueWith([unreachable(), busy(0)]);
  queue.add(event('a'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toEqual([event('a'), event('a'), event('a')]);
  expect(onAcknowledged).toHaveBeenCalledTimes(1);
});

test('the pauses double, and grow to what the server asks for', async () => {
  const { queue, sent } = queueWith([unreachable(), unreachable(), busy(20)]);
  queue.add(event('a'));
  await settle();
  expect(sent.length).toBe(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(sent.length).toBe(2);
  await vi.advanceTimersByTimeAsync(999);
  expect(sent.length).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.length).toBe(3);
  await vi.advanceTimersByTimeAsync(19_999);
  expect(sent.length).toBe(3);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.length).toBe(4);
});

test('events are sent one at a time, in order, also behind one that fails', async () => {
  const { queue, sent } = queueWith([unreachable()]);
  queue.add(event('a'));
  await settle();
  queue.add(event('b'));
  await settle();
  expect(sent.map((body) => body.event_id)).toEqual(['a']);
  expect(queue.state.trouble?.message).toContain('cannot be reached');
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent.map((body) => body.event_id)).toEqual(['a', 'a', 'b']);
  expect(queue.state.trouble).toBeNull();
});

test('what was not acknowledged is sent after a reload', async () => {
  const storage = new MemoryStorage();
  const before = queueWith([unreachable()], storage);
  before.queue.add(event('a'));
  before.queue.add(event('b'));
  await settle();
  const after = queueWith([], storage);
  expect(after.queue.state.waiting.map((body) => body.event_id)).toEqual(['a', 'b']);
  after.queue.flush();
  await settle();
  expect(after.sent).toEqual([event('a'), event('b')]);
  expect(storage.length).toBe(0);
});

test('an event that another tab sent already is done with', async () => {
  const { queue, onAcknowledged, storage } = queueWith([
    { status: 'duplicate', event_id: 'a', offset: 'e:0' },
  ]);
  queue.add(event('a'));
  await settle();
  expect(onAcknowledged.mock.calls[0]![1].offset).toBe('e:0');
  expect(storage.length).toBe(0);
});

test('a refused event is reported and does not hold up the next', async () => {
  const refusal = new Problem('too old', { status: 422, fromServer: true });
  const { queue, sent, onRefused, storage } = queueWith([refusal]);
  queue.add(event('a'));
  queue.add(event('b'));
  await settle();
  expect(onRefused).toHaveBeenCalledWith(event('a'), refusal);
  expect(sent.map((body) => body.event_id)).toEqual(['a', 'b']);
  expect(storage.length).toBe(0);
});

test('damaged entries of the storage are thrown away, foreign ones left alone', () => {
  const storage = new MemoryStorage();
  storage.setItem('marquee.event.x', '{"event_id": "x"');
  storage.setItem('marquee.event.y', '{"event_id": "z"}');
  storage.setItem('marquee.theme', 'dark');
  expect(queueWith([], storage).queue.state.waiting).toEqual([]);
  expect(storage.length).toBe(1);
});

test('a full storage does not keep an event from being sent', async () => {
  const storage = new MemoryStorage();
  storage.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const { queue, onAcknowledged } = queueWith([], storage);
  queue.add(event('a'));
  await settle();
  expect(onAcknowledged).toHaveBeenCalledTimes(1);
});
