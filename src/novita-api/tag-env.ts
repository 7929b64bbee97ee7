/** An environment variable that repeats the tag of a machine. It survives a rename in Novita's console. */
export const TAG_ENV = 'NOVITAI_TAG';
