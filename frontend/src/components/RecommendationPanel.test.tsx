import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openPage, titles } from '../test_page';
import { refusal, TestServer } from '../test_server';

const lastQuery = (server: TestServer) => server.listQueries.at(-1)!;

test('a genre is wanted, then left out, then neither; the address remembers', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await screen.findByRole('button', { name: 'Open Film 1 (1991)' });
  await user.click(screen.getByRole('button', { name: 'Filters' }));
  await user.click(await screen.findByRole('button', { name: 'Comedy' }));
  await waitFor(() => expect(lastQuery(server).get('genre')).toBe('Comedy'));
  expect(new URLSearchParams(window.location.search).get('genre')).toBe('Comedy');
  expect(new URLSearchParams(window.location.search).get('user_id')).toBe('42');
  await user.click(screen.getByRole('button', { name: 'Comedy, wanted' }));
  await waitFor(() => expect(lastQuery(server).get('exclude_genre')).toBe('Comedy'));
  expect(lastQuery(server).get('genre')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Comedy, left out' }));
  await waitFor(() => expect(window.location.search).toBe('?user_id=42'));
});

test('filters of the address are used at once and can be dropped one by one', async () => {
  const server = new TestServer();
  const { user } = await openPage(
    server,
    '/?user_id=42&year_from=1995&exclude_genre=Horror&diversity=0.5',
  );
  await waitFor(() => expect(titles()[0]).toBe('Film 5'));
  expect(Object.fromEntries(server.listQueries[0]!)).toMatchObject({
    year_from: '1995',
    exclude_genre: 'Horror',
    diversity: '0.5',
    explain: 'true',
    session_id: expect.stringMatching(/^s-/),
  });
  await user.click(screen.getByRole('button', { name: 'Drop the filter: since 1995' }));
  await waitFor(() => expect(titles()[0]).toBe('Film 1'));
  expect(lastQuery(server).get('exclude_genre')).toBe('Horror');
  await user.click(screen.getByRole('button', { name: 'Clear all' }));
  await waitFor(() => expect(window.location.search).toBe('?user_id=42'));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Filters' }));
});

test('a year counts when it is one, and typing has come to an end', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Filters' }));
  const from = await screen.findByLabelText('From');
  await user.type(from, '199x{Enter}');
  expect(lastQuery(server).get('year_from')).toBeNull();
  await user.clear(from);
  await user.type(from, '1998{Enter}');
  await waitFor(() => expect(lastQuery(server).get('year_from')).toBe('1998'));
  await user.click(screen.getByRole('button', { name: '2010s' }));
  await waitFor(() => expect(lastQuery(server).get('year_to')).toBe('2019'));
});

test('the mix is asked for when the slider rests', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Filters' }));
  const slider = await screen.findByRole('slider', { name: 'Mix' });
  fireEvent.change(slider, { target: { value: '0.3' } });
  fireEvent.change(slider, { target: { value: '0.6' } });
  expect(slider.getAttribute('aria-valuetext')).toBe('Mixed, 60 %');
  await waitFor(() => expect(lastQuery(server).get('diversity')).toBe('0.6'));
  expect(server.listQueries.filter((query) => query.get('diversity') === '0.3')).toEqual([]);
});

test('filters that nothing fits say so and can be dropped', async () => {
  const server = new TestServer();
  const { user } = await openPage(server, '/?user_id=42&year_from=2015');
  expect(await screen.findByText('No film is left that fits these filters.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Drop the filters' }));
  await waitFor(() => expect(titles()).toHaveLength(6));
});

test('genres that cannot be had are explained and the years still work', async () => {
  const server = new TestServer();
  server.overrides.push({ call: 'GET /api/genres', answer: () => refusal(404, 'No genres here') });
  const { user } = await openPage(server, '/?user_id=42&genre=Western');
  await user.click(await screen.findByRole('button', { name: /^Filters/ }));
  expect(await screen.findByText('No genres here')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Western, wanted' })).toBeTruthy();
  expect(screen.getByLabelText('From')).toBeTruthy();
});

test('more films follow those that are there; a click counts for the list it came in', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'More films' }));
  await waitFor(() => expect(titles()).toHaveLength(12));
  expect(lastQuery(server).get('cursor')).toBe('c6');
  expect(screen.queryByRole('button', { name: 'More films' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Open Film 8 (1998)' }));
  await waitFor(() => expect(server.events).toHaveLength(1));
  expect(server.events[0]).toMatchObject({ list_id: 'list-2', position: 8 });
  await waitFor(() => expect(titles()).not.toContain('Film 8'));
  expect(titles()).toHaveLength(11);
});

test('every card has room for its reason, and says it when there is one', async () => {
  const server = new TestServer();
  const { user, container } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Open Film 2 (1992)' }));
  const cards = await screen.findAllByText('Because you liked Film 2');
  expect(cards).toHaveLength(6);
  expect(container.querySelectorAll('.card-reason')).toHaveLength(6);
});

test('a list on its way is as long as the list that comes', async () => {
  const server = new TestServer();
  server.overrides.push({
    call: 'GET /api/recommendations',
    answer: () => new Promise(() => undefined),
  });
  await openPage(server);
  const loading = screen.getByRole('status', { name: 'Loading the list' });
  expect(loading.children).toHaveLength(24);
  expect(within(loading).queryByRole('button')).toBeNull();
});

test('the watchlist shows what was put on it until it is taken off', async () => {
  const server = new TestServer();
  const { user } = await openPage(server);
  await user.click(await screen.findByRole('button', { name: 'Open Film 2 (1992)' }));
  await user.click(await screen.findByRole('button', { name: 'Watchlist' }));
  const panel = await screen.findByRole('region', { name: 'Your watchlist' });
  expect(within(panel).getByText('Film 2')).toBeTruthy();
  await user.click(within(panel).getByRole('button', { name: /Take off the watchlist/ }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Your watchlist' })).toBeNull());
  expect(server.events.at(-1)).toMatchObject({ event_type: 'undo', movie_id: '2' });
});

test('search marks what was typed and says when films only come close', async () => {
  const server = new TestServer();
  server.title = (id) => `Godfather ${id}`;
  const { user } = await openPage(server);
  const field = screen.getByRole('combobox', { name: 'Search films' });
  await user.type(field, 'Godf');
  expect((await screen.findAllByText('Godf', { selector: 'mark' })).length).toBeGreaterThan(1);
  server.overrides.push({
    call: 'GET /api/movies',
    answer: () =>
      Response.json({
        movies: [{ movie_id: '1', title: 'Godfather', year: 1972, genres: [] }],
        total: 1,
      }),
  });
  await user.type(field, 'ahter');
  expect(await screen.findByText('No title has “Godfahter”; these come close.')).toBeTruthy();
});
