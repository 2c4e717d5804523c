import type { CostEstimate } from '#domain/cost/estimate.ts';
import type { TranscodeEstimate } from '#domain/cost/estimate-transcode.ts';
import { decimalText, exact, times } from '#domain/cost/exact.ts';
import { perSecond } from '#domain/transcode/frame-grid.ts';
import { dollars, moneyTable } from './money-table.ts';
import type { ProbedSource } from './probed-source.ts';

/** The whole comparison for people: transcoding, storage and delivery apart, then what it rests on. */
export function report(name: string, source: ProbedSource, estimate: CostEstimate): string {
  const [first] = estimate.delivery;
  const views = (first?.views ?? 0).toLocaleString('en-US');
  return [
    `${name}: ${describe(source)}. US dollars.`,
    '',
    'Transcoding, once',
    transcoding([estimate.transcode, ...estimate.alternatives]),
    '',
    'Storage, a month',
    storage(estimate),
    '',
    `Delivery, ${views} views from ${(first?.viewers ?? '').replaceAll('-', ' ')}`,
    delivery(estimate),
    '',
    'Good to know',
    ...notes(estimate),
    '',
    'Prices (multipliers and measured times: docs/cost.md)',
    prices(estimate),
  ].join('\n');
}

function describe({ probe, sizeBytes }: ProbedSource): string {
  const { displayWidth, displayHeight, averageFrameRate } = probe.video;
  const rate = Number(perSecond(averageFrameRate).toFixed(2));
  const size = sizeBytes === null ? '' : `, ${megabytes(sizeBytes)}`;
  const sound = probe.audio ? 'with sound' : 'without sound';
  return `${length(probe.durationSeconds)} of ${displayWidth}x${displayHeight} at ${rate} fps, ${sound}${size}`;
}

/** Items in the order in which they first come up; a dash where a transcoder has none such. */
function transcoding(estimates: readonly TranscodeEstimate[]): string {
  const items = [...new Set(estimates.flatMap(({ lines }) => lines.map(({ item }) => item)))];
  const cell = ({ lines }: TranscodeEstimate, item: string) => {
    const line = lines.find((each) => each.item === item);
    return line ? dollars(line.usdMicros) : '-';
  };
  return moneyTable(
    ['', ...estimates.map(({ transcoder }) => transcoder)],
    `l${'r'.repeat(estimates.length)}`,
    [
      ...items.map((item) => [item, ...estimates.map((estimate) => cell(estimate, item))]),
      ['total', ...estimates.map(({ usdMicros }) => dollars(usdMicros))],
      ['per source minute', ...estimates.map((each) => dollars(each.usdMicrosPerSourceMinute))],
      ['prices of', ...estimates.map(basisOf)],
    ],
  );
}

/** The machine, or the tiers that are billed. */
function basisOf({ lines, region }: TranscodeEstimate): string {
  const tiers = [...new Set(lines.map(({ tier }) => tier.split(',')[0] ?? ''))];
  return [tiers.join('+'), ...(region === 'any' ? [] : [region])].join(', ');
}

function storage({ storage: stores }: CostEstimate): string {
  return moneyTable(
    ['', 'expected', 'at most', ''],
    'lrrl',
    stores.map((each) => [
      each.region === 'any' ? each.label : `${each.label}, ${each.region}`,
      dollars(each.monthlyUsdMicros),
      dollars(each.atMostMonthlyUsdMicros),
      each.base
        ? `and ${dollars(each.base.usdMicros)} for the account, with ${each.base.includedGib} GiB`
        : `and once ${dollars(each.writing?.usdMicros ?? 0)} for writing`,
    ]),
  );
}

function delivery({ delivery: networks }: CostEstimate): string {
  return moneyTable(
    ['', 'expected', 'at most', ''],
    'lrrl',
    networks.map((each) => [
      each.label,
      dollars(each.usdMicros),
      dollars(each.atMostUsdMicros),
      `${each.included.map(({ quantity, unit }) => `${Number(quantity).toLocaleString('en-US')} ${unit}`).join(' and ')} a month are free`,
    ]),
  );
}

function notes({ transcode, alternatives, prices: rows }: CostEstimate): string[] {
  const assumed = rows
    .filter((row) => row.sureness === 'assumed' && row.provider === 'sluice' && 'value' in row)
    .map((row) => `${'value' in row ? percent(row.value) : ''} ${row.unit}`);
  return [
    told('expected', `assumes ${assumed.join(', ')}`),
    told('at most', 'every rendition at its bitrate cap, every view at the highest'),
    ...[transcode, ...alternatives].flatMap(({ transcoder, notes: sentences }) =>
      sentences.map((sentence, i) => told(i === 0 ? transcoder : '', sentence)),
    ),
  ];
}

function prices({ prices: rows }: CostEstimate): string {
  return moneyTable(
    ['', 'price', 'for', 'as of', 'how sure', 'source'],
    'lrllll',
    rows.flatMap((row) =>
      'usd' in row
        ? [[row.id, row.usd, row.unit, row.date, row.sureness, row.source.replace('https://', '')]]
        : [],
    ),
  );
}

function told(of: string, sentence: string): string {
  return `  ${of.padEnd(12)}   ${sentence}`;
}

function percent(share: string): string {
  return `${decimalText(times(exact(share), exact('100')), 0)} %`;
}

/** `1 h 30 min`, `10 min`, `12.5 s` */
function length(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = Number((seconds % 60).toFixed(1));
  return [
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(rest > 0 ? [`${rest} s`] : []),
  ].join(' ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
