/** What `--help` says. Only what works is in it. */
export const HELP = `plumbline: where the cluster differs from Git

  plumbline scan [PATH…]          judge manifests against the cluster
  plumbline diff [PATH…]          the same, as unified diffs of what is live against the files
  plumbline render [PATH…]        what would be applied, as YAML; as JSON also where every value is set
  plumbline record FILE [PATH…]   save what a scan reads (Secrets masked), for --offline

PATH is a folder (every YAML and JSON file below it) or a file; the current folder where none is given.

  --kubeconfig FILE       in place of KUBECONFIG and ~/.kube/config
  --context NAME          in place of the current context
  --allow-exec            a kubeconfig among the files that are judged may start its login program
  -n, --namespace NS      for manifests that name none, in place of the context's
  --application KIND/NS/NAME   only this application, such as Kustomization/flux-system/apps
  --applier TOOL          auto, flux, argo, kubectl, kubectl-ssa, helm or none: who applies the manifests
  --base REV              what was applied last: auto, none or a revision of this repository
  -o, --output FORMAT     text, json, sarif, junit or markdown; for diff text or json
  --fail-on VERDICTS      what ends with 1: drift,conflict,missing,orphan,invalid,blocked where not given;
                          also pending, undecided, unknown, skipped
  --offline FILE          judge against a recording, or a list saved with kubectl get -o json
  --timeout DURATION      such as 60s (the default) or 2m
  --no-color              also by NO_COLOR; colours are for terminals only
  -q, --quiet             no progress, no hints; findings and errors only
  --version, -h, --help

Ends with 0 in sync, 1 something that --fail-on names, 2 not everything could be judged, 3 wrong usage,
4 cluster or repository not reachable. Reads only: it changes nothing in the cluster and nothing in the files.
`;
