import '@fontsource-variable/archivo/wdth.css';
import './styles/base.css';
import './styles/search.css';
import './styles/layout.css';
import './styles/poster.css';
import './styles/stars.css';
import './styles/card.css';
import './styles/filters.css';
import './styles/dashboard.css';
import './styles/panels.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { Client } from './api/client';
import { ServerClock } from './api/server_clock';
import { App } from './App';
import { MarqueeProvider } from './state/marquee';
import { retryDelay, retryQuery } from './state/queries';
import { storageOf } from './state/storage';
import { applyStoredTheme } from './state/theme';

applyStoredTheme();
const client = new Client({ clock: new ServerClock(Date.now, storageOf('localStorage')) });
const queries = new QueryClient({
  defaultOptions: {
    // networkMode: the server is often this very machine, which answers without any network.
    queries: { retry: retryQuery, retryDelay, networkMode: 'always', refetchOnWindowFocus: false },
  },
});

// Few viewers are operators: the console comes only to those who go there.
const Console = lazy(async () => ({ default: (await import('./console/Console')).Console }));
const isConsole = /^\/console(\/|$)/.test(window.location.pathname);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      {isConsole ? (
        <Suspense>
          <Console />
        </Suspense>
      ) : (
        <MarqueeProvider client={client}>
          <App />
        </MarqueeProvider>
      )}
    </QueryClientProvider>
  </StrictMode>,
);
