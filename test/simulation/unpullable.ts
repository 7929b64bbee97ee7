/** An image that no registry has. */
export const UNPULLABLE_IMAGE = 'broken/image:1';

export const isUnpullable = (image: string | null): boolean => image === UNPULLABLE_IMAGE;
