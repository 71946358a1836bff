import { Problem, problemOf, unreachable } from './problem';
import { ServerClock } from './server_clock';

export interface JsonFetchOptions {
  clock?: ServerClock;
  fetch?: typeof fetch;
  timeoutMs?: number;
}

/** Fetches JSON; every failure is a Problem, every answer sets the clock. */
export class JsonFetch {
  readonly clock: ServerClock;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;

  constructor(options: JsonFetchOptions = {}) {
    this.clock = options.clock ?? new ServerClock();
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 15_000;
  }

  /** `goodToo`: a status of 400 or more whose body is the answer all the same. */
  async request<T>(url: string, init: RequestInit, goodToo?: number): Promise<T> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    const sentMs = Date.now();
    let response: Response;
    try {
      response = await this.#fetch(url, { ...init, signal });
    } catch (error) {
      if (init.signal?.aborted) throw error; // the caller lost interest: no failure
      throw unreachable();
    }
    this.clock.observe(response.headers.get('Date'), sentMs, Date.now());
    if (!response.ok && response.status !== goodToo) throw await problemOf(response);
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new Problem('The server’s answer was cut off or is no JSON; trying again.', {
        status: 0,
      });
    }
  }
}

/** `path` with those parameters that have a value. */
export function addressOf(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const query = search.toString();
  return query === '' ? path : `${path}?${query}`;
}
