/**
 * The import law. A room imports itself and rooms on lower floors; never up, never a neighbour.
 * To open a room: give it a floor here, and say why in docs/adr/.
 */
const FLOORS = [
  ['errors', 'time', 'money', 'vocabulary', 'redaction'],
  ['config'],
  ['logging'],
  ['tracing'],
  ['database'],
  ['secrets', 'outbound'],
  ['http'],
  ['metrics'],
  ['timetable'],
  ['jobs', 'events', 'novita-api'],
  ['access', 'catalogue'],
  ['machines', 'webhooks'],
  ['placement'],
  ['novita-instances'],
  ['explanation', 'fleet', 'retention'],
  ['health'],
];

const roomsFrom = (floor) => FLOORS.slice(floor).flat();

const floorLaws = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    name: `floor-of-${room}`,
    comment: `${room} is on floor ${floor}: it may import itself and lower floors only`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: {
      path: `^src/(${
        roomsFrom(floor)
          .filter((other) => other !== room)
          .join('|') || '(?!)'
      })/`,
    },
  })),
);

module.exports = {
  forbidden: [
    ...floorLaws,
    {
      name: 'every-room-has-a-floor',
      severity: 'error',
      from: { path: `^src/(?!(${FLOORS.flat().join('|')})/)[^/]+/` },
      to: {},
    },
    {
      name: 'nobody-imports-the-roof',
      comment: 'main, app.module, app.setup and openapi compose; rooms never reach up to them',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^test/' },
    },
    {
      name: 'the-simulator-never-imports-src',
      comment: 'it is held to the contract, not to our client',
      severity: 'error',
      from: { path: '^test/novita-simulator/' },
      to: { path: '^src/' },
    },
    {
      name: 'the-domain-is-pure',
      comment: 'ulid is read here, never made: the time in an id is arithmetic on its letters',
      severity: 'error',
      from: { path: '^src/(novita-instances/planners|(novita-instances|machines)/domain)/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot:
          '^src/((novita-instances|machines)/domain/|novita-instances/planners/|placement/(?!market|placement\\.module)|errors/|time/|money/|vocabulary/)|^src/outbound/probe\\.ts$|^(node:)?(crypto|util)$|^node_modules/(ulid|typebox)/',
      },
    },
    {
      name: 'placement-is-pure',
      comment:
        'the market and the module reach the catalogue; what chooses, prices and judges follows from what it is given',
      severity: 'error',
      from: { path: '^src/placement/', pathNot: '\\.(test|module|codec)\\.ts$|/market\\.ts$' },
      to: {
        pathNot:
          '^src/(placement/(?!market|placement\\.module)|machines/domain|errors|time|money|vocabulary)|^src/catalogue/domain/(matching|offer-memory|gpu-memory)|^src/novita-api/tag-env|^node_modules/typebox/',
      },
    },
    {
      name: 'transitions-are-pure',
      comment: 'what an outcome changes follows from the snapshot, the outcome and the time alone',
      severity: 'error',
      from: { path: '^src/novita-instances/transitions/', pathNot: '\\.test\\.ts$' },
      to: {
        pathNot:
          '^src/((novita-instances|machines)/(domain|planners|transitions)/|placement/(?!market|placement\\.module)|catalogue/domain/offer-memory|events/|errors/|time/|money/|vocabulary/)',
      },
    },
    {
      name: 'what-is-known-needs-no-plan',
      severity: 'error',
      from: { path: '^src/novita-instances/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/novita-instances/planners/' },
    },
    {
      name: 'what-decides-has-no-effects',
      severity: 'error',
      from: { path: '^src/novita-instances/(domain|planners|transitions|commands)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/novita-instances/(effects|workflow)/|^src/novita-api/' },
    },
    {
      name: 'wire-shapes-stay-in-the-client',
      severity: 'error',
      from: { pathNot: '^src/novita-api/' },
      to: { path: '^src/novita-api/wire/' },
    },
    {
      name: 'only-the-workflow-talks-to-novita',
      severity: 'error',
      from: { path: '^src/((novita-instances|machines)/(domain|store|api)|fleet/api)/' },
      to: { path: '^src/novita-api/' },
    },
    {
      name: 'the-store-knows-no-dto',
      severity: 'error',
      from: { path: '^src/novita-instances/(store|domain|planners|transitions|effects|commands|workflow)/' },
      to: { path: '^src/novita-instances/api/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { pathNot: '^test/simulation/' },
      to: { circular: true },
    },
    {
      name: 'no-circles-of-values-in-the-simulation',
      comment: 'a world and its inhabitants name each other as types; at run time the law is the same as everywhere',
      severity: 'error',
      from: { path: '^test/simulation/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(\\.\\./)+dist' } },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // generated, and kept by nobody
    exclude: { path: '^test/e2e/generated-client/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
