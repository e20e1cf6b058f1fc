import { expect, test } from "vitest";
import { aCluster, type TestCluster } from "../../../test/support/kube";
import type { Draft, Job, Pod } from "../types";
import { parseIndexes, printIndexes } from "./job-indexes";

function begin(spec: object): TestCluster {
  const cluster = aCluster(2);
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }], initContainers: [{ name: "i", image: "busybox" }] } };
  cluster.store.create({ kind: "Job", metadata: { name: "sum", namespace: "default" }, spec: { template, ...spec } } as Draft<"Job">);
  cluster.run(1000);
  return cluster;
}

const INDEX = "batch.kubernetes.io/job-completion-index";
const status = ({ store }: TestCluster): Job["status"] => store.read("Job", "sum", "default").status;
const running = ({ store }: TestCluster): readonly Pod[] => store.list("Pod").filter((pod) => pod.status.phase === "Running" && pod.metadata.deletionTimestamp === undefined);
const numbers = (cluster: TestCluster): (string | undefined)[] => running(cluster).map(({ metadata }) => metadata.labels?.[INDEX]).sort();
const conditions = (cluster: TestCluster): string[] => (status(cluster).conditions ?? []).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

/** The Pod of this number ends. */
function end(cluster: TestCluster, index: string | undefined, exitCode: number, extra: object = {}): void {
  const pod = running(cluster).find(({ metadata }) => metadata.labels?.[INDEX] === index);
  if (pod === undefined) throw new Error(`nobody runs ${index}`);
  const state = { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedAt: cluster.store.context.now } };
  const containerStatuses = [{ name: "c", state, lastState: {}, ready: false, restartCount: 0, image: "busybox", imageID: "" }];
  cluster.store.updateStatus<"Pod">({ ...pod, status: { ...pod.status, phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses, ...extra } } as never);
  cluster.run(1000);
}

test("numbers are written as ranges, and read again", () => {
  expect(printIndexes(new Set([7, 0, 2, 3, 4, 6]))).toBe("0,2-4,6,7");
  expect([...parseIndexes("0,2-4,6,7")]).toEqual([0, 2, 3, 4, 6, 7]);
});

test("every number of an Indexed Job succeeds once, and each Pod knows its own", () => {
  const cluster = begin({ completionMode: "Indexed", completions: 4, parallelism: 2 });
  const [pod] = running(cluster);
  expect(pod?.metadata).toMatchObject({ generateName: "sum-0-", labels: { [INDEX]: "0" }, annotations: { [INDEX]: "0" } });
  expect(pod?.spec.hostname).toBe("sum-0");
  for (const { env } of [...(pod?.spec.containers ?? []), ...(pod?.spec.initContainers ?? [])]) expect(env).toEqual([{ name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX}']` } } }]);
  end(cluster, "1", 0);
  expect([numbers(cluster), status(cluster).completedIndexes, status(cluster).succeeded]).toEqual([["0", "2"], "1", 1]);
  end(cluster, "0", 1);
  cluster.run(11_000);
  expect(numbers(cluster)).toEqual(["0", "2"]);
  end(cluster, "0", 0);
  end(cluster, "2", 0);
  end(cluster, "3", 0);
  expect([status(cluster).completedIndexes, status(cluster).succeeded, status(cluster).failed]).toEqual(["0-3", 4, 1]);
  expect(conditions(cluster)).toEqual(["SuccessCriteriaMet CompletionsReached: Reached expected number of succeeded pods", "Complete CompletionsReached: Reached expected number of succeeded pods"]);
});

test("a number may fail by itself, and the others go on", () => {
  const cluster = begin({ completionMode: "Indexed", completions: 2, parallelism: 2, backoffLimitPerIndex: 1 });
  end(cluster, "0", 1);
  expect(numbers(cluster)).toEqual(["1"]);
  cluster.run(10_000);
  expect(running(cluster).map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).sort()).toEqual(["0", "1"]);
  end(cluster, "0", 1);
  expect(status(cluster)).toMatchObject({ failedIndexes: "0", failed: 2, active: 1 });
  end(cluster, "1", 0);
  expect(conditions(cluster)).toEqual(["FailureTarget FailedIndexes: Job has failed indexes", "Failed FailedIndexes: Job has failed indexes"]);
  expect(status(cluster)).toMatchObject({ completedIndexes: "1", failedIndexes: "0", succeeded: 1, failed: 2 });
});

test("more numbers than may fail end the Job", () => {
  const cluster = begin({ completionMode: "Indexed", completions: 3, parallelism: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 0 });
  end(cluster, "1", 1);
  expect(conditions(cluster)[1]).toBe("Failed MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes");
});

test("a failure may be forgiven, may end the Job, or may count", () => {
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    { action: "FailJob", onExitCodes: { containerName: "c", operator: "In", values: [42] } },
  ];
  const cluster = begin({ backoffLimit: 1, podFailurePolicy: { rules } });
  const disrupted = { conditions: [{ type: "DisruptionTarget", status: "True" }] };
  for (let i = 0; i < 3; i++) end(cluster, undefined, 1, disrupted);
  expect([status(cluster).failed, running(cluster).length]).toEqual([undefined, 1]);
  end(cluster, undefined, 7);
  expect([status(cluster).failed, running(cluster).length]).toEqual([1, 0]);
  cluster.run(11_000);
  const name = running(cluster)[0]?.metadata.name;
  end(cluster, undefined, 42);
  expect(conditions(cluster)[1]).toBe(`Failed PodFailurePolicy: Container c for pod default/${name} failed with exit code 42 matching FailJob rule at index 1`);
  expect(cluster.store.list("Event").find(({ reason }) => reason === "PodFailurePolicy")?.type).toBe("Warning");
});

test("FailIndex gives one number up at once", () => {
  const rules = [{ action: "FailIndex", onExitCodes: { operator: "NotIn", values: [1] } }];
  const cluster = begin({ completionMode: "Indexed", completions: 2, parallelism: 2, backoffLimitPerIndex: 5, podFailurePolicy: { rules } });
  end(cluster, "1", 3);
  expect(status(cluster)).toMatchObject({ failedIndexes: "1", active: 1 });
  cluster.run(60_000);
  expect(numbers(cluster)).toEqual(["0"]);
});

test("a success policy ends the Job before all have succeeded", () => {
  const cluster = begin({ completionMode: "Indexed", completions: 3, parallelism: 3, successPolicy: { rules: [{ succeededIndexes: "2" }] } });
  end(cluster, "1", 0);
  expect(conditions(cluster)).toEqual([]);
  end(cluster, "2", 0);
  expect(conditions(cluster)).toEqual(["SuccessCriteriaMet SuccessPolicy: Matched rules at index 0", "Complete SuccessPolicy: Matched rules at index 0"]);
  expect(running(cluster)).toEqual([]);
});

test("what goes with numbers, or with restartPolicy Never, is refused without", () => {
  const refused = (spec: object): string => {
    try {
      begin(spec);
      return "";
    } catch (problem) {
      return (problem as Error).message;
    }
  };
  expect(refused({ backoffLimitPerIndex: 1 })).toContain("spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode");
  const template = { spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "busybox" }] } };
  expect(refused({ template, podFailurePolicy: { rules: [] } })).toContain('spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified');
});
