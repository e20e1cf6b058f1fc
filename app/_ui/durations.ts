const MINUTE_MS = 60_000;

/** "3 min", "5 h", "12 days": as coarse as one would say it. */
export function inWords(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.round(hours / 24);
  if (days < 60) return `${days} ${days === 1 ? "day" : "days"}`;
  return `${Math.round(days / 30)} months`;
}
