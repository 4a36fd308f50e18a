// The real Helm 4 under another field manager, as programs that link it choose one: helm-controller takes its own name.
package main

import (
	"log/slog"
	"os"

	helmcmd "helm.sh/helm/v4/pkg/cmd"
	"helm.sh/helm/v4/pkg/kube"
)

func main() {
	kube.ManagedFieldsManager = os.Getenv("HELM_FIELD_MANAGER")
	command, err := helmcmd.NewRootCmd(os.Stdout, os.Args[1:], helmcmd.SetupLogging)
	if err == nil {
		err = command.Execute()
	}
	if err != nil {
		slog.Error("helm failed", "error", err)
		os.Exit(1)
	}
}
