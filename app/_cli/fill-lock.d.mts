type Lock = { packages: Record<string, Record<string, unknown>> };
export function missingFrom(lock: Lock): readonly (readonly [by: string, name: string, range: string])[];
export function fill(lock: Lock): Lock;
