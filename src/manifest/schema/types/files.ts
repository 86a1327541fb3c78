export const fileTypes = {};
