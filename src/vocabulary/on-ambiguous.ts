/** What to do with an instance when Novita does not say whether its machine was made. */
export const ON_AMBIGUOUS = ['wait', 'fail'] as const;
export type OnAmbiguous = (typeof ON_AMBIGUOUS)[number];
