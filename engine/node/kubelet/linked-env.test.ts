import { expect, test } from "vitest";
import type { Service } from "../../kube/types";
import { LinkedEnv, SharedLinks } from "./linked-env";

test("An environment with shared links shows what one Map would, names in the order they first came", () => {
  const first = new Map([["PATH", "/bin"], ["WEB_PORT", "image"], ["LANG", "C"]]);
  const links = new Map([["WEB_SERVICE_HOST", "10.96.0.7"], ["WEB_PORT", "tcp://10.96.0.7:80"]]);
  const rest: [string, string][] = [["LANG", ""], ["WEB_SERVICE_HOST", "elsewhere"], ["HOME", "/root"]];
  const env = new LinkedEnv(first, links);
  for (const [name, value] of rest) env.set(name, value);
  const whole = new Map([...first, ...links, ...rest]);
  expect([...env]).toEqual([...whole]);
  expect([[...env.keys()], [...env.values()], env.size]).toEqual([[...whole.keys()], [...whole.values()], whole.size]);
  expect([...whole.keys(), "NONE"].map((name) => [env.get(name), env.has(name)])).toEqual([...whole.keys(), "NONE"].map((name) => [whole.get(name), whole.has(name)]));
  const seen: [string, string][] = [];
  env.forEach((value, name) => seen.push([name, value]));
  expect(seen).toEqual([...whole]);
});

test("Links are made again when a Service comes, goes or changes, and only then", () => {
  const [one, two, other] = ["1", "2", "3"].map((name) => ({ metadata: { name } }) as unknown as Service) as [Service, Service, Service];
  const shared = new SharedLinks();
  let made = 0;
  let listed = 0;
  const asked = [[one, two], [one, two], [one], [one, other], [one, other], []].map((services, revision) => {
    const list = () => {
      listed++;
      return services;
    };
    for (let i = 0; i < 2; i++) shared.of("shop", revision, list, () => new Map([["N", String(++made)]]));
    return made;
  });
  expect(asked).toEqual([1, 1, 2, 3, 3, 4]);
  expect(listed).toBe(6);
});
