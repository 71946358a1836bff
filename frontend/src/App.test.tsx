import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { kKeyboardRestMs } from './components/StarRating';
import { openPage, titles } from './test_page';
import { refusal, TestServer } from './test_server';

afterEach(() => vi.useRealTimers());

test('a click posts an event with list and position, then asks for a list that includes it', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Open Film 2 (1992)' }));
  await waitFor(() => expect(titles()).not.toContain('Film 2'));
  expect(server.events[0]).toMatchObject({
    user_id: '42',
    movie_id: '2',
    event_type: 'click',
    list_id: 'list-1',
    position: 2,
    session_id: expect.stringMatching(/^s-/),
    event_id: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
  });
  expect(server.listQueries[0]!.get('min_offset')).toBeNull();
  expect(server.listQueries.at(-1)!.get('min_offset')).toBe('e:0');
  expect(await screen.findByText(/Updated \d+ m?s after your click: 1 new/)).toBeTruthy();
  // The film stays at hand to be rated, and has the focus that its card took with it.
  const film = screen.getByRole('heading', { level: 2, name: 'Film 2' });
  expect(document.activeElement).toBe(film);
});

test('hiding takes the card away at once and undo brings it back', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Hide Film 1' }));
  expect(titles()).not.toContain('Film 1');
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(titles()).toContain('Film 1'));
  const [hidden, undo] = server.events;
  expect(hidden!.event_type).toBe('not_interested');
  expect(undo).toMatchObject({ event_type: 'undo', movie_id: '1', undoes: hidden!.event_id });
  expect(undo!.value).toBeUndefined();
});

test('the history takes back what was done', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Hide Film 3' }));
  await user.click(await screen.findByRole('button', { name: 'Take back: Hid Film 3' }));
  await waitFor(() => expect(server.events.at(-1)?.event_type).toBe('undo'));
  await waitFor(() => expect(titles()).toContain('Film 3'));
  expect(screen.getByText(/Hid, taken back/)).toBeTruthy();
});

test('a half star is one rating by pointer', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  const stars = await screen.findByRole('radiogroup', { name: 'Rate Film 4' });
  await user.click(within(stars).getByRole('radio', { name: '3½ of 5 stars' }));
  await waitFor(() => expect(server.events).toHaveLength(1));
  expect(server.events[0]).toMatchObject({ event_type: 'rating', value: 3.5, movie_id: '4' });
});

test('arrow keys pass over values; one rating is sent when they rest', async () => {
  const server = new TestServer();
  await openPage(server);
  const stars = await screen.findByRole('radiogroup', { name: 'Rate Film 4' });
  vi.useFakeTimers();
  for (const name of ['2½ of 5 stars', '3 of 5 stars', '3½ of 5 stars']) {
    fireEvent.click(within(stars).getByRole('radio', { name })); // as an arrow key does
  }
  await act(() => vi.advanceTimersByTimeAsync(kKeyboardRestMs - 1));
  expect(server.events).toHaveLength(0);
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(server.events.map(({ value }) => value)).toEqual([3.5]);
});

test('another viewer gets another list, a wrong id an explanation', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: /Switch viewer/ }));
  await user.type(screen.getByLabelText('Watch as'), 'not an id{Enter}');
  expect(screen.getByRole('alert').textContent).toContain('letters, digits');
  await user.clear(screen.getByLabelText('Watch as'));
  await user.type(screen.getByLabelText('Watch as'), '77{Enter}');
  await waitFor(() => expect(server.listQueries.at(-1)!.get('user_id')).toBe('77'));
  expect(window.location.search).toBe('?user_id=77');
  expect(document.activeElement).toBe(screen.getByRole('button', { name: /Viewer 77/ }));
});

test('a new guest is somebody else and starts with popular titles', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: /Switch viewer/ }));
  await user.click(screen.getByRole('button', { name: 'New guest' }));
  await waitFor(() => expect(server.listQueries.at(-1)!.get('user_id')).toMatch(/^guest-/));
  expect(await screen.findByRole('heading', { name: 'Popular now' })).toBeTruthy();
});

test('search finds by title; choosing one is a search click without a list', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  const field = screen.getByRole('combobox', { name: 'Search films' });
  await user.type(field, 'Film 3');
  expect(await screen.findByText('11 films match; type on to narrow down')).toBeTruthy();
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  await waitFor(() => expect(server.events).toHaveLength(1));
  expect(server.events[0]).toMatchObject({ event_type: 'search_click', movie_id: '30' });
  expect(server.events[0]!.list_id).toBeUndefined();
  expect((field as HTMLInputElement).value).toBe('');
});

test('a refused event is told in the server’s words and leaves the list as it was', async () => {
  const server = new TestServer();
  server.overrides.push({
    call: 'POST',
    answer: () => refusal(422, 'The film is older than film'),
  });
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Hide Film 1' }));
  expect(await screen.findByText('Not saved. The film is older than film')).toBeTruthy();
  expect(titles()).toContain('Film 1');
});

test('while the server is away the page says so, keeps the action and sends it later', async () => {
  const server = new TestServer();
  server.overrides.push({ call: 'POST', answer: () => Promise.reject(new TypeError('down')) });
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Hide Film 1' }));
  expect(await screen.findByText('1 action waits to be sent.')).toBeTruthy();
  expect(screen.getByText(/waiting to be sent/, { selector: 'span' })).toBeTruthy();
  expect(Object.keys(localStorage).some((key) => key.startsWith('marquee.event.'))).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Send now' }));
  await waitFor(() => expect(server.events).toHaveLength(1));
  await waitFor(() => expect(screen.queryByText(/to be sent/)).toBeNull());
});

test('an event of an earlier visit shows though the first answers were under way before it', async () => {
  const server = new TestServer();
  const event = {
    event_id: 'kept',
    user_id: '42',
    movie_id: '1',
    event_type: 'not_interested',
    timestamp: '2026-11-24T12:00:00Z',
  };
  localStorage.setItem('marquee.event.kept', JSON.stringify(event));
  const late = (answer: unknown) => () =>
    new Promise<Response>((resolve) => setTimeout(() => resolve(Response.json(answer)), 60));
  const old = {
    user_id: '42',
    history: [],
    recommendations: [],
    source: 'popular',
    list_id: 'old',
    model_version: null,
  };
  server.overrides.push({ call: 'GET /api/users/42/history', answer: late(old) });
  server.overrides.push({ call: 'GET /api/recommendations', answer: late(old) });
  await openPage(server);
  expect(await screen.findByRole('button', { name: 'Take back: Hid Film 1' })).toBeTruthy();
  await waitFor(() => expect(titles()).toContain('Film 2'));
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(titles()).not.toContain('Film 1');
});

test('a list that cannot be had is explained and can be asked for again', async () => {
  const server = new TestServer();
  server.overrides.push({
    call: 'GET /api/recommendations',
    answer: () => refusal(503, '', { 'Retry-After': '2' }),
  });
  const { user } = await openPage(server);
  expect((await screen.findByRole('alert')).textContent).toContain(
    'The server is busy; trying again in 2 s.',
  );
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('button', { name: 'Open Film 1 (1991)' })).toBeTruthy();
});

test('counters show what the server tells and a dash for what it does not', async () => {
  const server = new TestServer();
  await openPage(server);
  const panel = await screen.findByRole('region', { name: 'Live' });
  await waitFor(() => expect(within(panel).getByText('50 %')).toBeTruthy());
  expect(within(panel).getByText('films (synthetic)')).toBeTruthy();
  expect(within(panel).getAllByText('–').length).toBeGreaterThan(1);
});

test('counters of the wrong type break nothing', async () => {
  const server = new TestServer();
  server.metrics = {
    total_requests: 'many',
    cache_hit_rate: null,
    events: null,
    sources: null,
    dataset: { synthetic: true },
  };
  await openPage(server);
  expect(await screen.findByRole('button', { name: 'Open Film 1 (1991)' })).toBeTruthy();
  expect(screen.getByRole('region', { name: 'Live' })).toBeTruthy();
});

test('markup in titles is text', async () => {
  const server = new TestServer();
  server.title = () => '<img src=x onerror=alert(1)>';
  const { container } = await openPage(server);
  await screen.findAllByRole('button', { name: /^Open <img/ });
  await waitFor(() => expect(titles()).toHaveLength(6));
  expect(container.querySelector('img')).toBeNull();
  expect(titles()[0]).toBe('<img src=x onerror=alert(1)>');
});
