module github.com/paxoskv/paxoskv

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/ergo-services/ergo v1.999.224
	github.com/stretchr/testify v1.12.1
	go.etcd.io/bbolt v1.5.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
