/** What is done when Novita does not start the machine of an instance that should run. */
export const ON_START_FAILURE = ['wait', 'migrate', 'replace', 'fail'] as const;
export type OnStartFailure = (typeof ON_START_FAILURE)[number];

/** What is done when a machine is lost, has crashed, or was never ready in time. */
export const ON_FAILURE = ['replace', 'fail'] as const;
export type OnFailure = (typeof ON_FAILURE)[number];
