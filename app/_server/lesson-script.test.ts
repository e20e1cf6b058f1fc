import { expect, test } from "vitest";
import { scriptUpTo } from "./lesson-script";

const LESSON = `
\`\`\`console world=sandbox title="One"
bastion$ kubectl get pods
No resources found
@wait 1.5s
\`\`\`

\`\`\`console world=payments
bastion$ curl http://payments
\`\`\`

\`\`\`console world="sandbox"
node-1$ iptables-save
\`\`\`
`;

test("a block is reached by the blocks before it in the same world", () => {
  expect(scriptUpTo(LESSON, "sandbox", 3)).toEqual([
    { kind: "command", place: "bastion", line: "kubectl get pods" },
    { kind: "wait", ms: 1500 },
    { kind: "command", place: "node-1", line: "iptables-save" },
  ]);
});

test("later blocks have not been typed yet", () => {
  expect(scriptUpTo(LESSON, "payments", 2)).toEqual([{ kind: "command", place: "bastion", line: "curl http://payments" }]);
  expect(scriptUpTo(LESSON, "payments", 1)).toEqual([]);
});
