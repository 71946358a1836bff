import { act, render, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { withStored, withVisible, type LocalActivity } from '../state/activity';
import { openPage } from '../test_page';
import { TestServer } from '../test_server';
import { byViewers, canaryInWords } from './Dashboard';
import { progressInWords } from './EventFeed';
import { useRates } from './useRates';

const panel = () => screen.findByRole('region', { name: 'Live' });

test('median and tail, model and its age, clicks and films shown', async () => {
  const server = new TestServer();
  server.metrics = {
    total_requests: 1234,
    cache_hit_rate: 0.85,
    cache_lookups: 100,
    ctr: 0.0104,
    clicks: 10,
    shown: 961,
    list_time_ms: { p50: 0.75, p99: 12.5 },
    freshness_ms: { p50: 2.1, p99: 48 },
    model_version: 'als_1',
    model_age_s: 7200,
  };
  await openPage(server);
  const live = within(await panel());
  for (const words of ['1,234', '85 %', '1.0 %', '10 of 961', '750 µs', 'p99 13 ms', '2.1 ms']) {
    expect(await live.findByText(words)).toBeTruthy();
  }
  expect(live.getByText('2 h ago')).toBeTruthy();
  expect(live.getByRole('link', { name: /console/ }).getAttribute('href')).toBe('/console');
});

test('the canary tells median and tail, its failures, and that it is off', () => {
  const canary = {
    acknowledged_ms: { p50: 1, p99: 2 },
    visible_ms: { p50: 2.1, p99: 48 },
    measured: 9,
    failed: 4,
    failed_in_a_row: 0,
    last_success: '2026-11-28T00:00:00Z',
  };
  expect(canaryInWords(canary)).toBe('2.1 ms · p99 48 ms');
  expect(canaryInWords({ ...canary, failed_in_a_row: 3 })).toBe('failed 3 times in a row');
  expect(canaryInWords({ ...canary, visible_ms: null })).toBe('–');
  expect(canaryInWords(null)).toBe('not measured');
});

test('events of the canary are no viewers’ events', () => {
  expect(byViewers(40, 40)).toBe(0);
  expect(byViewers(43, 40)).toBe(3);
  expect(byViewers(3, 4)).toBe(0);
  expect(byViewers(3)).toBe(3);
  expect(byViewers(undefined, 4)).toBe(undefined);
});

test('a hit rate of nothing is none', async () => {
  const server = new TestServer();
  server.metrics = { cache_hit_rate: 0, cache_lookups: 0 };
  await openPage(server);
  expect(await within(await panel()).findByText('none asked')).toBeTruthy();
});

test('the feed tells how fast an action was stored and reached the list', async () => {
  const { user } = await openPage(new TestServer());
  await user.click(await screen.findByRole('button', { name: 'Open Film 2 (1992)' }));
  const live = within(await panel());
  await waitFor(() =>
    expect(live.getByText(/^stored in [\d.]+ \S+, in your list after [\d.]+ \S+$/)).toBeTruthy(),
  );
  expect(live.getByText('Film 2')).toBeTruthy();
});

const entry = (id: string, more: Partial<LocalActivity> = {}) =>
  ({ event: { event_id: id }, title: '', startedAt: 100, ...more }) as LocalActivity;

test('a list shows what stands before its offset and nothing after', () => {
  const local = withStored([entry('a'), entry('b'), entry('c')], 'a', 'e:1', 104);
  const both = withStored(local, 'b', 'e:2', 110);
  expect(withVisible(both, 'e:1', 150).map(({ visibleMs }) => visibleMs)).toEqual([
    50,
    undefined,
    undefined,
  ]);
  expect(withVisible(both, 'e:2', 150).map(({ visibleMs }) => visibleMs)).toEqual([
    50,
    50,
    undefined,
  ]);
  expect(withVisible(both, 'e:9', 150)).toBe(both);
  expect(progressInWords(entry('a'))).toBe('on its way');
  expect(progressInWords(entry('a', { storedMs: 4 }))).toBe('stored in 4.0 ms');
});

test('rates are differences a second; a server started anew has none below zero', () => {
  let rates: readonly number[] = [];
  function Probe(props: { total: number | undefined; at: number }) {
    rates = useRates(props.total, props.at);
    return null;
  }
  const view = render(<Probe total={10} at={1000} />);
  for (const [total, at] of [
    [14, 3000],
    [undefined, 5000],
    [14, 7000],
    [2, 9000],
  ] as const) {
    act(() => view.rerender(<Probe total={total} at={at} />));
  }
  expect(rates).toEqual([2, 0, 0]);
});
