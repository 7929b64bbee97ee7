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
# typescript (24 MB) stays after a prune: for npm it is an optional companion of @nestjs/swagger, which uses it to build only
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/typescript node_modules/.bin

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
# inside a container loopback reaches nobody; where the port leads to is decided by who starts it (docs/adr/0002)
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
# what a request needs is to die young: by a smaller young generation, as V8 takes where memory is limited, a fifth of it lives on
ENV NODE_OPTIONS=--max-semi-space-size=16
# what threads give back to the allocator is used by others: with an arena for each of them a replica takes 20 MB more
ENV MALLOC_ARENA_MAX=2
# the embedded PostgreSQL lives here when there is no DATABASE_URL
VOLUME /data
EXPOSE 3000
USER 1001:1001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# passes signals on, and buries what a crash leaves
ENTRYPOINT ["dumb-init", "--"]
CMD ["node", "dist/bundle/main.js"]
