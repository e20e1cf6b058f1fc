/** authorization.k8s.io and authentication.k8s.io: there is one user, and everything is allowed. RBAC objects are data. */
const USER = { username: "kubernetes-admin", groups: ["kubeadm:cluster-admins", "system:authenticated"] } as const;

type Review = { readonly spec?: unknown; readonly metadata?: unknown };

/** Undefined when the path is none of theirs. */
export function review(path: string, body: unknown): unknown {
  const { spec = {}, metadata = {} } = (body ?? {}) as Review;
  switch (path) {
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata, spec, status: { allowed: true } };
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": {
      const resourceRules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
      const nonResourceRules = [{ verbs: ["*"], nonResourceURLs: ["*"] }];
      return { kind: "SelfSubjectRulesReview", apiVersion: "authorization.k8s.io/v1", metadata, spec, status: { resourceRules, nonResourceRules, incomplete: false } };
    }
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return { kind: "SelfSubjectReview", apiVersion: "authentication.k8s.io/v1", metadata, status: { userInfo: USER } };
  }
  return undefined;
}
