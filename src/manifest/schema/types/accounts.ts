export const accountTypes = {};
