import { expect, test } from "vitest";
import { Bench } from "../../../test/support/kubectl-bench";
import { complete } from "./complete";

const bench = new Bench();
bench.session("kubectl create deployment web --image=nginx");
bench.session("kubectl create service clusterip payments --tcp=80 -n production");
bench.session("kubectl run p1 --image=nginx");

test.each([
  ["kubectl des", ["describe"]],
  ["kubectl rollout re", ["restart", "resume"]],
  ["kubectl get depl", ["deploy", "deployments"]],
  ["kubectl get deploy ", ["web"]],
  ["kubectl get deploy/", ["deploy/web"]],
  ["kubectl get svc -n prod", ["production"]],
  ["kubectl -n production get svc ", ["payments"]],
  ["kubectl get svc --namespace=def", ["--namespace=default"]],
  ["kubectl get pods -o js", ["json", "jsonpath"]],
  ["kubectl get pods --show-l", ["--show-labels"]],
  ["kubectl exec p1 -c ", ["p1"]],
  ["kubectl exec p1 -- l", undefined],
  ["kubectl apply -f we", undefined],
  ["kubectl get nope ", []],
])("%s", (line, words) => {
  expect(complete(line.split(" "), bench.server)).toEqual(words);
});
