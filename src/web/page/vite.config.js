// The page as the node serves it: hashed names below assets/, nothing inline, nothing from elsewhere. `npm run dev`
// serves it from its sources and passes RPC on to a node (PCQ_NODE, default 127.0.0.1:8400).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const client = fileURLToPath(new URL('../client/dist/index.js', import.meta.url));

export default defineConfig({
  base: './',
  resolve: { alias: { 'pcq-client': client }, dedupe: ['preact'] },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': `http://${process.env.PCQ_NODE ?? '127.0.0.1:8400'}` } },
});
