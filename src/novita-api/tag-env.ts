/** The env variable of a machine that repeats its tag: it survives a rename in Novita's console. */
export const TAG_ENV = 'NOVITAI_TAG';
