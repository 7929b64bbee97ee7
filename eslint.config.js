/** Rules of our own, which are patterns of syntax. Known rules, with types and without, are in .oxlintrc.json. */
import tseslint from 'typescript-eslint';

/** The core decides with what it is given: no clock, randomness, timer or network of its own. */
const AMBIENT = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'Take a Clock.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Take a Random.' },
  {
    selector: "MemberExpression[object.name='process'][property.name=/^(nextTick|hrtime|env)$/]",
    message: 'The core is handed what it needs.',
  },
  {
    selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|fetch|queueMicrotask)$/]',
    message: 'Effects and timers belong to the driver, not to the core.',
  },
  { selector: "MemberExpression[object.name='performance']", message: 'Take a Clock.' },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?(timers|http|https|net|dns|fs|child_process)/]',
    message: 'The core does no I/O of its own.',
  },
  {
    selector: 'ImportSpecifier[imported.name=/^random/]',
    message: 'Take a Random.',
  },
];

/** Tests judge order and events, never how long something took: a slow machine must not fail them. */
const JUDGES_THE_CLOCK = [
  {
    selector: "MemberExpression[object.name='performance'], MemberExpression[property.name='hrtime']",
    message:
      'A test must not measure time. Judge order and events; figures belong to test/bench, or to test/support/figure.ts.',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take a clock that the test moves.',
  },
  {
    selector:
      ":matches(BinaryExpression[operator=/^(<|<=|>|>=|-)$/], CallExpression[callee.property.name=/^toBe(Less|Greater|Close)/]) :matches(NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.object.name='systemClock'])",
    message: 'A test must not measure time. Take a clock that the test moves.',
  },
  {
    selector: 'CallExpression[callee.name=/^(setTimeout|setImmediate|sleep|delay)$/]',
    message: 'A test must not sleep. Wait for the event (test/support/eventually.ts).',
  },
  {
    selector: 'ImportDeclaration[source.value=/^(node:)?timers/]',
    message: 'A test must not sleep. Wait for the event (test/support/eventually.ts).',
  },
  {
    selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']",
    message: 'A test has no limit of its own. Abort upon an event.',
  },
  {
    selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^wait(For|Until)$/]",
    message: 'Use eventually: it has the limit that all tests have.',
  },
  {
    selector:
      ':matches(CallExpression[callee.name=/^(it|test|describe|before(All|Each)|after(All|Each))$/], CallExpression[callee.callee.property.name=/^(each|for)$/]) > Literal[raw=/^[0-9]/]',
    message: 'A test has no limit of its own: the one in test/support/eventually.ts is for all.',
  },
  {
    selector:
      ':matches(CallExpression[callee.name=/^(it|test|describe)$/], CallExpression[callee.callee.property.name=/^(each|for)$/], CallExpression[callee.property.name=/^poll$/]) > ObjectExpression > Property[key.name=/^(timeout|retry|repeats)$/]',
    message: 'A test has no limit of its own and is not repeated until it passes.',
  },
];

/** Unit tests share a process with whatever earlier tests have left running there. */
const CHANGES_ITS_PROCESS = [
  {
    selector:
      "CallExpression[callee.object.name='vi'][callee.property.name=/^(useFakeTimers|spyOn|mock|doMock|stubGlobal|stubEnv)$/]",
    message: 'Name the file *.alone.test.ts: it then has a process of its own.',
  },
  {
    selector: "MemberExpression[object.name='process'][property.name=/^(env|on|once|off|chdir|umask)$/]",
    message: 'Name the file *.alone.test.ts: it then has a process of its own.',
  },
];

/** A run of the tests is like the one before it; `npm run explore` draws from other seeds. */
const HAS_ONE_SEED = [
  {
    selector: "CallExpression[callee.object.name='fc'] Property[key.name='seed']",
    message: 'All properties are drawn from one seed: test/support/each-file.setup.ts.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Draw it by fast-check: a run of the tests is like the one before it.',
  },
];

/** A connection that leaves its session to the server's settings may read and write something else than it means. */
const SAYS_ITS_SESSION = {
  selector: "Property[key.name='connectionString'] > :not(CallExpression[callee.name='sessionUrl']).value",
  message: 'Give it sessionUrl(url).',
};

/** Entries of which callers choose the length add up to more than the memory, however few there may be. */
const BOUNDS_ITS_BYTES = {
  selector: "NewExpression[callee.name='LRUCache']:not(:has(ObjectExpression > Property[key.name='maxSize']))",
  message: 'Bound the cache by bytes: give it maxSize.',
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist-openapi/',
      '.ci-node/',
      'dist-sandbox/',
      'dist-simulation/',
      'dist-mutants',
      'dist-chaos/',
      'coverage/',
      'data/',
      'test/e2e/generated-client/',
      '**/*.cjs',
    ],
  },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    rules: { 'no-restricted-syntax': ['error', SAYS_ITS_SESSION, BOUNDS_ITS_BYTES] },
  },
  {
    files: [
      'src/{novita-instances,machines}/{domain,planners,transitions,effects,commands,workflow,sweep,store}/**/*.ts',
      'src/{placement,retention}/*.ts',
      'src/webhooks/{domain,store,delivery}/*.ts',
      'src/fleet/*.ts',
      'src/catalogue/domain/**/*.ts',
    ],
    ignores: ['**/*.test.ts', '**/*.driver.ts', '**/*.module.ts'],
    rules: { 'no-restricted-syntax': ['error', ...AMBIENT, SAYS_ITS_SESSION, BOUNDS_ITS_BYTES] },
  },
  {
    files: ['test/**/*.ts', 'src/**/*.test.ts'],
    ignores: ['src/{novita-instances,machines,fleet,catalogue,placement,retention,webhooks}/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['{src,test}/**/*.test.ts', 'test/{proofs,browser,support}/**/*.ts'],
    // what measures and waits for all others
    ignores: ['test/support/{eventually,figure,pace}.ts'],
    rules: { 'no-restricted-syntax': ['error', ...JUDGES_THE_CLOCK] },
  },
  {
    files: ['{src,test}/**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...JUDGES_THE_CLOCK, ...HAS_ONE_SEED] },
  },
  {
    files: ['src/**/*.test.ts'],
    ignores: ['**/*.alone.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...JUDGES_THE_CLOCK, ...HAS_ONE_SEED, ...CHANGES_ITS_PROCESS] },
  },
);
