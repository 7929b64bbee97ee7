# The service for production: Node 24 LTS, no npm, no development dependencies, not root.
#   docker build -t novita-gpu-api .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY .ci/bundle.config.js ./.ci/
COPY src ./src
# npm prune keeps TypeScript 6 (24 MB) as an optional peer of @nestjs/swagger, which needs it only for builds
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/typescript node_modules/@typescript node_modules/.bin

FROM ${NODE_IMAGE} AS production
RUN apt-get update && apt-get install -y --no-install-recommends dumb-init && rm -rf /var/lib/apt/lists/* \
  && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
  && groupadd --gid 1001 nodejs \
  && useradd --uid 1001 --gid nodejs --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nodejs \
  && install -d -m 0700 -o nodejs -g nodejs /data
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# loopback is not reachable in a container; the operator decides how to publish the port (docs/adr/0002)
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
# a larger young generation: with V8's default for limited memory, a fifth of what a request allocates would be promoted
ENV NODE_OPTIONS=--max-semi-space-size=16
# two malloc arenas for all threads: with one for each thread a replica uses 20 MB more
ENV MALLOC_ARENA_MAX=2
# the embedded PostgreSQL is here when there is no DATABASE_URL
VOLUME /data
EXPOSE 3000
USER 1001:1001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# forwards signals, and reaps processes that a crash leaves
ENTRYPOINT ["dumb-init", "--"]
CMD ["node", "dist/bundle/main.js"]
