import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server that answers /api while developing: the mock, or a real `marquee serve`.
const server = process.env.MARQUEE_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': server, '/health': server } },
  build: {
    outDir: '../build/page',
    emptyOutDir: true,
    // The page runs under default-src 'self': nothing may be inlined as data: or <script>.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test_setup.ts'],
    restoreMocks: true,
  },
});
