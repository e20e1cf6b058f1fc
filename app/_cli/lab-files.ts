/** Finds labs under content/: every folder that holds a lab.yaml. A lab is known by the id inside. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type LabFiles, LabProblem, type LabSummary, labSummary } from "@/engine";

export type FoundLab = { readonly folder: string; readonly files: LabFiles; readonly summary: LabSummary };

export function findLabs(root: string): readonly FoundLab[] {
  const content = path.join(root, "content");
  const folders = existsSync(content) ? foldersWithLab(content) : [];
  return folders.map((folder) => {
    const files = readFolder(folder);
    try {
      return { folder: path.relative(root, folder), files, summary: labSummary(files) };
    } catch (problem) {
      if (problem instanceof LabProblem) throw new LabProblem(`${path.relative(root, folder)}/${problem.message}`);
      throw problem;
    }
  });
}

export function findLab(root: string, id: string): FoundLab {
  const found = findLabs(root);
  const lab = found.find(({ summary }) => summary.id === id);
  if (lab === undefined) throw new LabProblem(`there is no lab "${id}"; there are ${found.map(({ summary }) => summary.id).join(", ")}`);
  return lab;
}

function foldersWithLab(folder: string): string[] {
  if (existsSync(path.join(folder, "lab.yaml"))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name))
    .sort()
    .flatMap(foldersWithLab);
}

export function readFolder(folder: string): LabFiles {
  const files: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const full = path.join(at, entry.name);
      if (entry.isDirectory()) walk(full);
      else files[path.relative(folder, full).split(path.sep).join("/")] = readFileSync(full, "utf8");
    }
  };
  walk(folder);
  return files;
}
