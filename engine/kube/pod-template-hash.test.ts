import { expect, test } from "vitest";
import { podTemplateHash } from "./pod-template-hash";
import type { PodTemplateSpec } from "./types";

const template = (image: string, imagePullPolicy: string, ports?: readonly { containerPort: number; protocol: string }[]): PodTemplateSpec => ({
  metadata: { labels: { app: "nginx" } },
  spec: {
    containers: [{ name: "nginx", image, imagePullPolicy, resources: {}, terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File", ...(ports && { ports }) }],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  },
});

// The algorithm gives the names real clusters are known to show (66b6c48dd5 with 1.19 to 1.22, 86dcfdf4c6
// with 1.28, 647677fc66 with 1.32 …) when it is run on those releases' structs; these are 1.36's.
test.each([
  ["kubectl create deployment nginx --image=nginx", template("nginx", "Always"), "7f8fbb96d"],
  ["the Deployment of upstream's documentation", template("nginx:1.14.2", "IfNotPresent", [{ containerPort: 80, protocol: "TCP" }]), "6c5f67b5f7"],
])("%s has the hash a real 1.36 gives it", (_, given, hash) => {
  expect(podTemplateHash(given)).toBe(hash);
});

test("a collision changes it", () => {
  expect(podTemplateHash(template("nginx", "Always"), 1)).not.toBe("7f8fbb96d");
});
