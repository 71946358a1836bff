// The shapes of /api/admin and /api/health. What older or other servers leave out is optional.

export interface Model {
  version: string;
  current: boolean;
  previous: boolean;
  created_at: string;
  promoted_at: string | null;
  manifest?: {
    metrics?: Record<string, number>;
    rows?: Record<string, number>;
    parameters?: Record<string, number | string>;
    files?: { key: string; bytes: number }[];
    code_version?: string;
  };
}

export type Count = number | null;

export interface Audit {
  received: Count;
  accepted: Count;
  duplicate: Count;
  rejected: Count;
  applied: Count;
  deduplicated: Count;
  dead_lettered: Count;
  pending: Count;
  accepted_by_this_process?: Count;
  holds: boolean;
}

export type HealthStatus = 'ok' | 'degraded' | 'down';

export interface Health {
  status: HealthStatus;
  dependencies: Record<string, { status: HealthStatus; since: string; detail: string }>;
  version: string;
}

export interface Stage {
  name: string;
  attempt: number;
  status: string;
  exit_code: number | null;
  started_at: string | null;
  finished_at: string | null;
}

export interface Run {
  id: string;
  pipeline: string;
  logical_date?: string | null;
  trigger?: string;
  status: string;
  created_at: string;
  started_at?: string | null;
  finished_at?: string | null;
  stages?: Stage[];
}

export interface LogPage {
  lines: { at: string; stage: string; text: string }[];
  next?: string | number | null;
}
