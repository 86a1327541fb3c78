/** Five of these make a machine of the reference: nothing but what a remote activity costs by itself. */
export async function trivial(machine: string): Promise<string> {
  return machine;
}
