/** Each kind of document is stored as `<domain>\n<canonical JSON>`, so that none passes for another. */
export const documentDomains = {
  plan: 'millwright.plan.v1',
  target: 'millwright.target.v1',
  artifacts: 'millwright.artifacts.v1',
  change: 'millwright.change.v1',
  shape: 'millwright.shape.v1',
  bundle: 'millwright.bundle.v1',
  step: 'millwright.step.v1',
} as const;
