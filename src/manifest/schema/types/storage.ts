export const storageTypes = {};
