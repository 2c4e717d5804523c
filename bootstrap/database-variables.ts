import { certificates, noted, postgresAddress, wholeNumber } from './config-fields.ts';

/** The variables that say where Postgres is. */
export const DATABASE_VARIABLES = {
  DATABASE_URL: noted(postgresAddress(), { secret: true, byDefault: 'the embedded server' })
    .optional()
    .describe('Postgres 15 or later, direct or through a pooler in session mode (LISTEN has to work).'),
  DATABASE_CA_CERT: noted(certificates(), { byDefault: "Node's own list of authorities" })
    .optional()
    .describe(
      'PEM of the authority that signed the certificate of Postgres, or the absolute path of a file with it. Setting it demands TLS.',
    ),
  DATABASE_POOL_SIZE: wholeNumber(3, 200)
    .default(10)
    .describe(
      'Most connections of one pool: a process has one for its entities, a worker a second one for the queue. LISTEN comes on top.',
    ),
};
