import { useQuery } from '@tanstack/react-query';
import { Problem } from '../api/problem';
import { retryDelay, retryQuery } from '../state/queries';
import type { AdminClient } from './admin_client';
import type { Run } from './types';

const kRunsShown = 20;
const kLivelyMs = 2000;
const kQuietMs = 10_000;

export function isUnderWay(status: string): boolean {
  return ['queued', 'pending', 'running', 'cancelling', 'up_for_retry'].includes(status);
}

/** A server without the scheduler's routes: nothing to ask again for. */
export function isMissing(error: Error | null): boolean {
  return error instanceof Problem && error.status === 404;
}

const common = { retry: retryQuery, retryDelay };

export function useHealth(client: AdminClient) {
  return useQuery({
    ...common,
    queryKey: ['admin', 'health'],
    queryFn: ({ signal }) => client.health(signal),
    refetchInterval: kQuietMs / 2,
  });
}

export function useAudit(client: AdminClient) {
  return useQuery({
    ...common,
    queryKey: ['admin', 'audit'],
    queryFn: ({ signal }) => client.audit(signal),
    refetchInterval: kQuietMs / 2,
  });
}

export function useModels(client: AdminClient) {
  return useQuery({
    ...common,
    queryKey: ['admin', 'models'],
    queryFn: ({ signal }) => client.models(signal),
    refetchInterval: kQuietMs,
  });
}

export function useRuns(client: AdminClient) {
  return useQuery<Run[]>({
    ...common,
    queryKey: ['admin', 'runs'],
    queryFn: ({ signal }) => client.runs(kRunsShown, signal),
    refetchInterval: (query) => {
      if (isMissing(query.state.error)) return false;
      return query.state.data?.some(({ status }) => isUnderWay(status)) ? kLivelyMs : kQuietMs;
    },
  });
}

export function useLogs(client: AdminClient, run: Run, stage: string) {
  return useQuery({
    ...common,
    queryKey: ['admin', 'logs', run.id, stage],
    queryFn: ({ signal }) => client.logs(run.id, stage, undefined, signal),
    refetchInterval: isUnderWay(run.status) ? kLivelyMs : false,
  });
}
