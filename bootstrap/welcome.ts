import type { ResolvedConfig } from './config.ts';

/** What somebody sees who has just typed `npm start`: where everything is, and the next step. */
export function welcome(config: ResolvedConfig, { withWorker }: { withWorker: boolean }): string {
  const { PUBLIC_URL: url, SLUICE_DIR: dir } = config;
  const token = config.JWT_JWKS_URL
    ? `from ${config.JWT_ISSUER}`
    : 'npm run -s token -- --sub 00000000-0000-4000-8000-000000000001';
  const rows = [
    ['API', url],
    ['Reference', `${url}/docs`],
    ['Token', token],
    ['Data', dir],
    ['Worker', withWorker ? 'in this process' : 'none: npm run worker'],
    ['Stop', 'Ctrl-C'],
  ];
  return `\n${rows.map(([name = '', value = '']) => `  ${name.padEnd(10)} ${value}`).join('\n')}\n\n`;
}
