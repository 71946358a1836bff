import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Client } from './api/client';
import { App } from './App';
import { MarqueeProvider } from './state/marquee';
import type { TestServer } from './test_server';

/** The whole page on a server in memory, as viewer 42 unless the address says otherwise. */
export async function openPage(server: TestServer, address = '/?user_id=42') {
  window.history.replaceState(null, '', address);
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const view = render(
    <QueryClientProvider client={queries}>
      <MarqueeProvider client={new Client({ fetch: server.fetch })}>
        <App />
      </MarqueeProvider>
    </QueryClientProvider>,
  );
  return { user: userEvent.setup(), ...view };
}

/** The list's titles, in order. */
export const titles = () =>
  within(screen.getByRole('region', { name: /Popular now|Picked for/ }))
    .getAllByRole('heading', { level: 2 })
    .map((heading) => heading.textContent);
