/** An image that no registry has, as all are whose name begins so. */
export const UNPULLABLE_IMAGE = 'broken/image:1';

export const isUnpullable = (image: string | null): boolean => image?.startsWith('broken/') ?? false;
