import { expect, test } from "vitest";
import { goTemplate, TemplateError } from "./evaluate";

const OBJECT = { kind: "Deployment", metadata: { name: "web", labels: { app: "web", tier: "front" } }, spec: { replicas: 2, list: [{ a: 1 }, { a: 2 }] }, data: { k: "aGk=" } };

test.each([
  ["{{.metadata.name}}", "web"],
  ["{{.nope}}", "<no value>"],
  ["{{.metadata.labels}}", "map[app:web tier:front]"],
  ["{{.spec.list}}", "[map[a:1] map[a:2]]"],
  ["{{range .spec.list}}{{.a}},{{end}}", "1,2,"],
  ["{{range $i, $x := .spec.list}}{{$i}}={{$x.a}} {{end}}", "0=1 1=2 "],
  ["{{range $k, $v := .metadata.labels}}{{$k}}={{$v}};{{end}}", "app=web;tier=front;"],
  ["{{range .none}}x{{else}}nothing{{end}}", "nothing"],
  ['{{if eq .kind "Deployment"}}yes{{else}}no{{end}}', "yes"],
  ['{{if eq .kind "Pod"}}a{{else if .spec}}b{{else}}c{{end}}', "b"],
  ["{{with .spec}}{{.replicas}}{{end}}", "2"],
  ["{{$n := .metadata.name}}{{range .spec.list}}{{$n}}{{end}}", "webweb"],
  ['{{index .metadata.labels "app"}} {{len .spec.list}} {{(index .spec.list 1).a}}', "web 2 2"],
  ['{{printf "%s-%d|%5s|%-4s|" .metadata.name .spec.replicas "a" "b"}}', "web-2|    a|b   |"],
  ['{{"x" | printf "%q"}} {{.data.k | base64decode}}', '"x" hi'],
  ['a {{- "b" -}} c {{/* no */}}d', "abc d"],
  ["{{and .kind .nope}} {{or .nope .kind}} {{not .nope}}", "<no value> Deployment true"],
  ["{{range .spec.list}}{{.a}}{{break}}{{end}}", "1"],
])("%s", (template, output) => {
  expect(goTemplate(template, OBJECT, true)).toBe(output);
});

test("a field of what is no map is an error where it stands", () => {
  expect(() => goTemplate("{{.spec.replicas.foo}}", OBJECT, true)).toThrow(new TemplateError(`1:7: executing "output" at <.spec.replicas.foo>: can't evaluate field foo in type interface {}`, false));
});

test.each(["{{.a", "{{foo}}", "{{if .a}}", "{{end}}"])("%s does not parse", (template) => {
  expect(() => goTemplate(template, OBJECT, true)).toThrow(TemplateError);
});
