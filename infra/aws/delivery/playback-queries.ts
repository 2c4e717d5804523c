/**
 * What is kept of each request, as CloudFront names it and as the column in Parquet is named. All are strings. No address
 * of a viewer is kept: nothing here asks who it was.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 */
export const LOG_COLUMNS = [
  'date',
  'time',
  'x-edge-location',
  'sc-bytes',
  'cs-method',
  'cs-uri-stem',
  'sc-status',
  'x-edge-result-type',
  'cs-protocol',
  'time-taken',
  'time-to-first-byte',
  'sc-content-type',
].map((field) => ({ field, column: field.replaceAll('-', '_') }));

/** Only of the last day: the partition is asked for, so that the rest is not read and not paid. */
const LAST_DAY = "hour >= date_format(current_timestamp - interval '1' day, '%Y/%m/%d/%H')";

/** Questions that the specs' monitoring asks of playback: hit ratio, latency, segments that failed. */
export function playbackQueries(): readonly {
  readonly key: string;
  readonly title: string;
  readonly sql: (table: string) => string;
}[] {
  return [
    {
      key: 'hit-ratio',
      title: 'Hit ratio by hour, last day',
      sql: (table) => `select hour, count(*) as requests,
  round(100.0 * count_if(x_edge_result_type in ('Hit', 'RefreshHit')) / count(*), 2) as hit_percent,
  round(sum(cast(sc_bytes as bigint)) / 1e9, 3) as gigabytes
from ${table} where ${LAST_DAY} group by hour order by hour`,
    },
    {
      key: 'latency',
      title: 'Seconds to the first byte by kind, last day',
      sql: (table) => `select regexp_extract(cs_uri_stem, '\\.([a-z0-9]+)$', 1) as kind, count(*) as requests,
  approx_percentile(cast(time_to_first_byte as double), 0.5) as median_seconds,
  approx_percentile(cast(time_to_first_byte as double), 0.95) as p95_seconds
from ${table} where ${LAST_DAY} group by 1 order by requests desc`,
    },
    {
      key: 'segment-errors',
      title: 'Segments that failed by video, last day',
      sql: (
        table,
      ) => `select regexp_extract(cs_uri_stem, '^/videos/([0-9a-f-]{36})/', 1) as video_id, sc_status,
  x_edge_result_type, count(*) as requests
from ${table}
where ${LAST_DAY} and cast(sc_status as integer) >= 400
  and regexp_like(cs_uri_stem, '\\.(m4s|mp4|cmfv|cmfa|ts)$')
group by 1, 2, 3 order by requests desc limit 200`,
    },
  ];
}
