// The built page, for looking at it as the program serves it.
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export function serveFile(root, path) {
  const file = join(root, normalize(path === '/' ? '/index.html' : path));
  if (!file.startsWith(root) || !existsSync(file))
    return {
      status: 404,
      type: 'text/plain',
      body: 'no such file; build the page with tools/build_page',
    };
  return {
    status: 200,
    type: kTypes[extname(file)] ?? 'application/octet-stream',
    body: readFileSync(file),
  };
}
