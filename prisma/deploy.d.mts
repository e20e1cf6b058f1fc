export function deploy(url: string, folder?: string): readonly string[];
