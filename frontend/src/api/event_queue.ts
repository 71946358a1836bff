import { Problem, unreachable } from './problem';
import type { Acknowledgement, EventBody } from './types';

/** What a viewer did and the server has not acknowledged, oldest first. */
export interface QueueState {
  waiting: readonly EventBody[];
  /** Why the last attempt failed; null while all is well. */
  trouble: Problem | null;
}

export interface QueueOptions {
  send: (event: EventBody) => Promise<Acknowledgement>;
  /** Survives reloads: localStorage. */
  storage: Storage;
  onAcknowledged?: (event: EventBody, acknowledgement: Acknowledgement) => void;
  /** The server refused the event for good: it is out of the queue. */
  onRefused?: (event: EventBody, problem: Problem) => void;
  /** For tests: 0–1 of randomness in the waiting times. */
  random?: () => number;
}

const kPrefix = 'marquee.event.';
const kFirstWaitMs = 500;
const kLongestWaitMs = 30_000;

/**
 * Keeps every event under its id until the server acknowledges it: through failed networks, busy
 * servers and reloads. One event at a time, in order, so that an undo never overtakes what it
 * takes back. Each event has its own storage key, so that two tabs cannot overwrite each other's;
 * should both send the same event, the server answers the second with "duplicate".
 */
export class EventQueue {
  readonly #options: QueueOptions;
  readonly #listeners = new Set<() => void>();
  #state: QueueState;
  #sending = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#state = { waiting: readAll(options.storage), trouble: null };
  }

  get state(): QueueState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes the event; it is in storage when this returns. */
  add(event: EventBody): void {
    try {
      this.#options.storage.setItem(kPrefix + event.event_id, JSON.stringify(event));
    } catch {
      // Storage full or forbidden: the event still lives as long as this page.
    }
    this.#set({ ...this.#state, waiting: [...this.#state.waiting, event] });
    // While the server has asked for a pause, new events wait with the others.
    if (this.#timer === undefined) void this.#sendAll();
  }

  /** Tries at once, whatever the waiting time: on start, and when the network is back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      let event: EventBody | undefined;
      while ((event = this.#state.waiting[0]) !== undefined) {
        if (!(await this.#sendOne(event))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** True when the event is done with, one way or the other. */
  async #sendOne(event: EventBody): Promise<boolean> {
    try {
      const acknowledgement = await this.#options.send(event);
      this.#drop(event);
      this.#options.onAcknowledged?.(event, acknowledgement);
      return true;
    } catch (error) {
      const problem = error instanceof Problem ? error : unreachable();
      if (!problem.worthRetrying) {
        this.#drop(event);
        this.#options.onRefused?.(event, problem);
        return true;
      }
      this.#failures += 1;
      this.#set({ ...this.#state, trouble: problem });
      this.#timer = setTimeout(() => this.flush(), this.#waitMs(problem));
      return false;
    }
  }

  #waitMs(problem: Problem): number {
    const doubled = Math.min(kFirstWaitMs * 2 ** (this.#failures - 1), kLongestWaitMs);
    const spread = 0.8 + 0.4 * (this.#options.random ?? Math.random)();
    return Math.max(doubled * spread, problem.retryAfterMs ?? 0);
  }

  #drop(event: EventBody): void {
    this.#failures = 0;
    this.#options.storage.removeItem(kPrefix + event.event_id);
    const waiting = this.#state.waiting.filter((other) => other.event_id !== event.event_id);
    this.#set({ waiting, trouble: null });
  }

  #set(state: QueueState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** UUIDv7 keys sort by time. What is no event (another version's, a cut write) is thrown away. */
function readAll(storage: Storage): EventBody[] {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter(
    (key): key is string => key !== null && key.startsWith(kPrefix),
  );
  return keys.sort().flatMap((key) => {
    try {
      const event = JSON.parse(storage.getItem(key) ?? '') as EventBody;
      if (kPrefix + event.event_id === key) return [event];
    } catch {
      // falls through to removal
    }
    storage.removeItem(key);
    return [];
  });
}
