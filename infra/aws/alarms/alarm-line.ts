/** Where a metric comes from; each has its dimensions and, for the CDN's, its region. */
export type AlarmSource =
  | 'sluice'
  | 'balancer'
  | 'cdn'
  | 'database'
  | 'letters'
  | 'firewall'
  | 'canary'
  | 'route';

/** One metric in an alarm. */
export interface Measure {
  readonly source: AlarmSource;
  readonly metric: string;
  readonly statistic: 'Sum' | 'Maximum' | 'Minimum' | 'Average';
  /** Beside those of the source. Of `sluice`: labels of the service's own metric. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** One alarm, of one measure or of an expression over several. */
export interface AlarmLine {
  readonly name: string;
  /** Heading of docs/operate.md that says what to do. */
  readonly runbook: string;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Over the measures by name; left out where there is one. */
  readonly expression?: string;
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold' | 'GreaterThanUpperThreshold';
  /** Left out for a band that CloudWatch learns. */
  readonly threshold?: number;
  readonly periodSeconds: number;
  /** As many periods in a row. */
  readonly periods: number;
  /** What no data means. A gauge that is silent is bad, a counter that is silent is nothing. */
  readonly missing: 'breaching' | 'notBreaching';
}

const SHARE_PERIOD_SECONDS = 300;

/** An alarm of one measure that stays above, or below, a threshold for so many periods. */
export function line(
  name: string,
  runbook: string,
  measure: Measure,
  side: 'above' | 'below',
  threshold: number,
  periodSeconds: number,
  periods: number,
  missing: AlarmLine['missing'] = 'notBreaching',
): AlarmLine {
  const comparison = side === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold';
  return {
    name,
    runbook,
    measures: { value: measure },
    comparison,
    threshold,
    periodSeconds,
    periods,
    missing,
  };
}

/** More than so many percent of the answers, where there are enough of them to tell. */
export function share(name: string, runbook: string, metric: string, percent: number): AlarmLine {
  return {
    name,
    runbook,
    measures: {
      bad: { source: 'balancer', metric, statistic: 'Sum' },
      all: { source: 'balancer', metric: 'RequestCount', statistic: 'Sum' },
    },
    expression: 'IF(FILL(all, 0) > 100, 100 * FILL(bad, 0) / all, 0)',
    comparison: 'GreaterThanThreshold',
    threshold: percent,
    periodSeconds: SHARE_PERIOD_SECONDS,
    periods: 2,
    missing: 'notBreaching',
  };
}
