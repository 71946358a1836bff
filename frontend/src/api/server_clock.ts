/**
 * Tells the server's time from the `Date` headers of its answers, so that a device with a wrong
 * clock still makes event ids that the server takes (it refuses ids from the future).
 *
 * A `Date` header D, in whole seconds, was written between the sending of the request and the
 * arrival of its answer. Hence (server − device) lies in (D − received, D + 1000 − sent); each
 * answer narrows that interval. An empty intersection means that a clock was set: start again.
 */
export class ServerClock {
  #low = -Infinity;
  #high = Infinity;
  readonly #deviceNow: () => number;
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | null;

  constructor(
    deviceNow: () => number = Date.now,
    storage: Pick<Storage, 'getItem' | 'setItem'> | null = null,
  ) {
    this.#deviceNow = deviceNow;
    this.#storage = storage;
    const kept = Number(storage?.getItem(kStorageKey) ?? Number.NaN);
    if (Number.isFinite(kept)) {
      this.#low = kept;
      this.#high = kept;
    }
  }

  observe(dateHeader: string | null, sentMs: number, receivedMs: number): void {
    const date = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
    if (Number.isNaN(date)) return;
    const low = date - receivedMs;
    const high = date + 1000 - sentMs;
    const bothLow = Math.max(low, this.#low);
    const bothHigh = Math.min(high, this.#high);
    [this.#low, this.#high] = bothLow <= bothHigh ? [bothLow, bothHigh] : [low, high];
    try {
      this.#storage?.setItem(kStorageKey, String(this.offsetMs()));
    } catch {
      // Storage full or forbidden: the next answer tells the offset again.
    }
  }

  /** Server minus device: the value nearest to 0 that all answers allow. */
  offsetMs(): number {
    return Math.min(Math.max(0, this.#low), this.#high);
  }

  now(): number {
    return Math.round(this.#deviceNow() + this.offsetMs());
  }
}

const kStorageKey = 'marquee.clock_offset_ms';
