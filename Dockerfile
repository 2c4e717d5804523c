# syntax=docker/dockerfile:1
# One image for every role: `docker run sluice api`, `worker`, `migrate`, and `ops` for operators. See docs/image.md.

# Debian 12: its FFmpeg 5.1 is the one that the media suites run on. A release gives a digest here.
ARG NODE_IMAGE=node:24-bookworm-slim

# What the roles need at run time and nothing else. The lock file decides; no package runs a script.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# The authorities of RDS, which stand in no list: AWS has no other place for them, and no checksum beside them. The
# provenance of a build records which they were. Databases elsewhere do not use them.
FROM ${NODE_IMAGE} AS authorities
ARG RDS_BUNDLE=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
ADD ${RDS_BUNDLE} /rds-bundle.pem
COPY docker docker
RUN node docker/rds-authorities.ts /rds-bundle.pem /rds.pem 60

FROM ${NODE_IMAGE}
# prlimit, which bounds FFmpeg's memory, is in the base already (util-linux). npm is of no use here.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates ffmpeg \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn /usr/local/bin/yarnpkg /usr/local/bin/corepack
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=authorities /rds.pem authorities/rds.pem
COPY package.json LICENSE ./
COPY docker docker
COPY migrations migrations
COPY domain domain
COPY providers providers
COPY bootstrap bootstrap
COPY worker worker
COPY api api
COPY scripts/ops.ts scripts/ops.ts
COPY scripts/ops scripts/ops

# Nothing is embedded or generated. /tmp is the only place that is written to: give it room, the rest may be read-only.
# HOME: graphile-worker asks for it as it is loaded, and a user without a name has none.
ENV NODE_ENV=production \
  HOME=/tmp \
  NODE_COMPILE_CACHE=/app/.compiled \
  SLUICE_IMAGE=1 \
  SLUICE_DIR=/tmp/sluice \
  PORT=4000 \
  METRICS_PORT=9464
# Compiled once, by the user who runs it (Node keeps a cache for each), so that starts need not.
RUN install -d -o node -g node /app/.compiled
USER node
RUN node docker/compile.ts
EXPOSE 4000 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "docker/healthcheck.ts"]
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["api"]
