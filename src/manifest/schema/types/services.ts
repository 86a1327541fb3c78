export const serviceTypes = {};
