/** Why a call failed, in words for a viewer. Made from an RFC 9457 problem document if there is one. */
export class Problem extends Error {
  /** 0 when no answer came at all. */
  readonly status: number;
  /** True when the server itself said so; false for a gateway's page or no answer. */
  readonly fromServer: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    words: string,
    options: { status: number; fromServer?: boolean; retryAfterMs?: number },
  ) {
    super(words);
    this.name = 'Problem';
    this.status = options.status;
    this.fromServer = options.fromServer ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** False when sending the same again can only be refused again. */
  get worthRetrying(): boolean {
    if (this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500) {
      return true;
    }
    // A 4xx that is no problem document comes from something in between, say a gateway being
    // restarted or a captive portal; what the viewer did must outlive that.
    return !this.fromServer;
  }
}

interface ProblemDocument {
  title?: unknown;
  detail?: unknown;
  errors?: unknown;
}

export function unreachable(): Problem {
  return new Problem('The server cannot be reached. Nothing you did is lost; trying again.', {
    status: 0,
  });
}

export async function problemOf(response: Response, nowMs: number = Date.now()): Promise<Problem> {
  const fromServer =
    response.headers.get('Content-Type')?.startsWith('application/problem+json') ?? false;
  let document: ProblemDocument = {};
  if (fromServer) {
    try {
      document = (await response.json()) as ProblemDocument;
    } catch {
      // Cut off on its way: the status alone has to do.
    }
  }
  const retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'), nowMs);
  return new Problem(inWords(response.status, document, retryAfterMs), {
    status: response.status,
    fromServer,
    retryAfterMs,
  });
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), at most an hour. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), 3_600_000);
}

function inWords(status: number, document: ProblemDocument, retryAfterMs?: number): string {
  if (status === 429 || status === 503) {
    const what = status === 429 ? 'Too many requests at once' : 'The server is busy';
    return retryAfterMs === undefined
      ? `${what}; trying again.`
      : `${what}; trying again in ${Math.max(1, Math.round(retryAfterMs / 1000))} s.`;
  }
  if (status === 507) return 'The server’s disk is full; trying again later.';
  const detail = [text(document.detail) || text(document.title), ...fieldDetails(document.errors)];
  const words = detail.filter((part) => part !== '').join(' · ');
  if (words !== '') return words;
  return status >= 500
    ? `The server failed (${status}); trying again.`
    : `The server refused the request (${status}).`;
}

function fieldDetails(errors: unknown): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 3).flatMap((error: { pointer?: unknown; detail?: unknown } | null) => {
    const where = text(error?.pointer).replace(/^\//, '');
    const why = text(error?.detail);
    return why === '' ? [] : [where === '' ? why : `${where}: ${why}`];
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 300) : '';
}
