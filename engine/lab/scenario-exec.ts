/** Commands that a scenario runs on a host: a shell with the emulator's own tools, in the host's namespace. */
import type { Outcome } from "./scenario-probes";
import { ScenarioProblem, type StepSpec } from "./scenario-spec";
import type { Host, ScenarioWorld } from "./scenario-world";

export class Shells {
  constructor(private readonly world: ScenarioWorld) {}

  run(host: Host, step: StepSpec): Outcome {
    void this.world;
    throw new ScenarioProblem(`not modelled: exec on ${host.name}: ${step.sh ?? step.argv?.join(" ")}`);
  }
}
