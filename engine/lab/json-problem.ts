/** What is wrong with a JSON text, in the words of Go's decoder: for whoever serves the API over HTTP. */
export { jsonProblem } from "../bin/kubectl/json-syntax";
