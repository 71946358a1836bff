import { addressOf, JsonFetch, type JsonFetchOptions } from '../api/json_fetch';
import type { Audit, Health, LogPage, Model, Run } from './types';

/** One method a call that operators may make; every failure is a Problem. */
export class AdminClient {
  readonly token: string;
  readonly #http: JsonFetch;

  constructor(token: string, options: JsonFetchOptions = {}) {
    this.token = token;
    // A promote reads and checks the whole model.
    this.#http = new JsonFetch({ timeoutMs: 120_000, ...options });
  }

  health(signal?: AbortSignal): Promise<Health> {
    return this.#http.request<Health>('/api/health', { cache: 'no-store', signal }, 503);
  }

  audit(signal?: AbortSignal): Promise<Audit> {
    return this.#get<Audit>('/api/admin/audit', {}, signal);
  }

  async models(signal?: AbortSignal): Promise<Model[]> {
    return (await this.#get<{ models: Model[] }>('/api/admin/models', {}, signal)).models;
  }

  promote(version: string): Promise<unknown> {
    return this.#post(`/api/admin/models/${encodeURIComponent(version)}/promote`);
  }

  rollback(): Promise<unknown> {
    return this.#post('/api/admin/models/rollback');
  }

  async runs(limit: number, signal?: AbortSignal): Promise<Run[]> {
    return (await this.#get<{ runs: Run[] }>('/api/admin/runs', { limit }, signal)).runs;
  }

  logs(id: string, stage: string, after?: number, signal?: AbortSignal): Promise<LogPage> {
    const path = `/api/admin/runs/${encodeURIComponent(id)}/logs`;
    return this.#get<LogPage>(path, { stage, after }, signal);
  }

  startRun(pipeline: string): Promise<unknown> {
    return this.#post('/api/admin/runs', { pipeline });
  }

  cancelRun(id: string): Promise<unknown> {
    return this.#post(`/api/admin/runs/${encodeURIComponent(id)}/cancel`);
  }

  retryRun(id: string): Promise<unknown> {
    return this.#post(`/api/admin/runs/${encodeURIComponent(id)}/retry`);
  }

  #get<T>(
    path: string,
    parameters: Record<string, string | number | undefined>,
    signal?: AbortSignal,
  ): Promise<T> {
    const init = { headers: this.#headers(), cache: 'no-store' as const, signal };
    return this.#http.request<T>(addressOf(path, parameters), init);
  }

  #post(path: string, body?: object): Promise<unknown> {
    const headers = { ...this.#headers(), 'Content-Type': 'application/json' };
    return this.#http.request(path, {
      method: 'POST',
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  #headers(): Record<string, string> {
    return { Accept: 'application/json', Authorization: `Bearer ${this.token}` };
  }
}
